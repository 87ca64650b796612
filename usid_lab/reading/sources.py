"""Ways to read hyperslabs of a dataset; which one is taken."""

from typing import Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.pieces import Box, Storage
from usid_lab.reading.positioned import PositionedSource
from usid_lab.reading.slabs import SlabSource


class Source(Protocol):
    """A dataset that gives hyperslabs; several threads may ask at a time."""

    storage: Storage
    """How it lies in its file."""

    def is_slab(self, box: Box) -> bool:
        """Whether :meth:`slab` gives it."""

    def slab(self, box: Box) -> NDArray[np.generic]:
        """Read a hyperslab of its own."""

    def read(self, box: Box, buffer: NDArray[np.generic]) -> None:
        """Read a hyperslab into its place in `buffer`, which is C-contiguous."""


def source_of(dataset: h5py.Dataset) -> Source:
    """Choose how to read a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened; open as long as the source is used.

    Returns
    -------
    Source
        The quickest one that is right for it; all of them give the same values.
    """
    return PositionedSource.of(dataset) or SlabSource(dataset)
