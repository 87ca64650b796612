"""Values that come from other files, where their user permitted that."""

from dataclasses import replace

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.routes.slabs import SlabSource
from usid_lab.storage.outside import outside_of


class OutsideSource:
    """A dataset whose values HDF5 takes from other files, or that lies in another one.

    Nothing of it is kept, for what is known of its file says nothing of theirs. Whether
    those are still there is looked at after each piece: HDF5 gives zeros for what is
    gone.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened; open as long as this is used.
    """

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._slabs = SlabSource(dataset)
        self._outside = outside_of(dataset)
        self.storage = replace(self._slabs.storage, decoded=False)
        """How it lies in its file."""

    def is_slab(self, box: Box) -> bool:
        """Whether :meth:`slab` gives it: one block of neighbours along each axis."""
        return self._slabs.is_slab(box)

    def slab(self, box: Box) -> NDArray[np.generic]:
        """Read a block of neighbours."""
        try:
            return self._slabs.slab(box)
        finally:
            self._check()

    def read(self, box: Box, buffer: NDArray[np.generic]) -> None:
        """Read a hyperslab into its place in `buffer`, which is C-contiguous."""
        try:
            self._slabs.read(box, buffer)
        finally:
            self._check()

    def _check(self) -> None:
        if self._outside is not None:
            self._outside.check()
