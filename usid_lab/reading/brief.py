"""What a reader must know of a dataset: plain data, so that it can travel."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from usid_lab.model.layout import Layout
from usid_lab.reading.reader import Reader
from usid_lab.storage.permission import Permission
from usid_lab.storage.stamps import Stamp

Derive = Callable[[h5py.Dataset, Stamp], Layout]


@dataclass(frozen=True, slots=True, eq=False)
class Brief:
    """A dataset, told to somebody who is to read it, in this process or in another.

    Attributes
    ----------
    file : Path
        The HDF5 file.
    path : str
        HDF5 path of the dataset.
    layout : Layout
        Its N-D form.
    dtype : numpy.dtype
        Type of its values, as stored.
    stamp : tuple of int
        State of the file from which `layout` was derived.
    derive : callable
        Derives the layout anew, once the file is in another state: a function of a
        module, which other processes find there.
    chunks : tuple of int, optional
        Shape of the chunks in which it is stored.
    permission : Permission, optional
        What the file may reach outside itself.
    budget : int, optional
        Bytes of private memory of the reader, as of :class:`Reader`.
    """

    file: Path
    path: str
    layout: Layout
    dtype: np.dtype[np.generic]
    stamp: Stamp
    derive: Derive
    chunks: tuple[int, ...] | None
    permission: Permission | None = None
    budget: int | None = None

    @property
    def is_chunked(self) -> bool:
        """Whether it is stored in chunks."""
        return self.chunks is not None

    def reader(self, *, mapped: bool = False) -> Reader:
        """Make a reader, for many selections.

        Parameters
        ----------
        mapped : bool, optional
            Whether it may map the file: only where this process may end with it.

        Returns
        -------
        Reader
        """
        return Reader(
            self.file,
            self.path,
            self.layout,
            self.dtype,
            self.stamp,
            self.derive,
            mapped=mapped,
            permission=self.permission,
            budget=self.budget,
        )
