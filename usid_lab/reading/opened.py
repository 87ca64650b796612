"""A dataset that stays open between reads."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import h5py
import numpy as np

from usid_lab.errors import LayoutError
from usid_lab.model.layout import Layout
from usid_lab.reading.planning.pieces import Pacer
from usid_lab.reading.routes.sources import Source, source_of
from usid_lab.storage.handles import lend
from usid_lab.storage.mains import find_dataset
from usid_lab.storage.numbers import dtype_of, native
from usid_lab.storage.permission import Permission
from usid_lab.storage.stamps import Stamp, quick_stamp

Derive = Callable[[h5py.Dataset, Stamp], Layout]


class OpenedDataset:
    """Finds, screens and checks a dataset once for each handle of its file.

    Parameters
    ----------
    file : Path
        The HDF5 file.
    path : str
        HDF5 path of the dataset.
    layout : Layout
        Its N-D form.
    dtype : numpy.dtype
        Type of its values.
    stamp : tuple of int
        State of the file from which `layout` was derived.
    derive : callable
        Derives the layout anew, once the file is in another state.
    mapped : bool
        As for :func:`usid_lab.reading.routes.sources.source_of`.
    permission : Permission, optional
        What the file may reach outside itself.
    room : int, optional
        Bytes of the chunks that are decoded at a time.
    """

    def __init__(
        self,
        file: Path,
        path: str,
        layout: Layout,
        dtype: np.dtype[np.generic],
        stamp: Stamp,
        derive: Derive,
        *,
        mapped: bool,
        permission: Permission | None = None,
        room: int | None = None,
    ) -> None:
        self.file = file
        """The HDF5 file."""
        self.path = path
        """HDF5 path of the dataset."""
        self.dtype = native(dtype)
        """Type of the values, native byte order."""
        self._layout = layout
        self._stamp = stamp
        self._derive = derive
        self._mapped = mapped
        self._permission = permission
        self._room = room
        self._pacer: Pacer | None = None
        self._lock = threading.Lock()
        self._opened: tuple[h5py.File, Source] | None = None

    def lent(self) -> AbstractContextManager[h5py.File]:
        """Lend the file, with what it may reach."""
        return lend(self.file, self._permission)

    def source(self, file: h5py.File) -> Source:
        """Return the dataset in a file that was lent.

        The pool lends another handle as soon as the file has another stamp.

        Raises
        ------
        LayoutError
            If it has another form or type by now.
        """
        opened = self._opened
        if opened is not None and opened[0] is file:
            return opened[1]
        dataset = find_dataset(file, self.path)
        # The pool lends files for reading only; then h5py need not look again.
        readonly = h5py.Dataset(dataset.id, readonly=True)
        source = source_of(readonly, file, mapped=self._mapped, room=self._room)
        same_type = dtype_of(dataset)
        if source.storage.shape != self._layout.stored_shape or (
            same_type is None or native(same_type) != self.dtype
        ):
            raise self._changed()
        self._check_order(dataset, anew=self._permission is not None)
        self._opened = (file, source)
        return source

    def pacer(self, source: Source) -> Pacer:
        """Return what knows how long reads of it take."""
        with self._lock:
            if self._pacer is None:
                self._pacer = Pacer(source.storage)
            return self._pacer

    def _check_order(self, dataset: h5py.Dataset, *, anew: bool) -> None:
        """Make sure that a file which was written since has the same N-D form."""
        stamp = quick_stamp(self.file)
        if stamp is None or (stamp == self._stamp and not anew):
            return
        fresh = self._derive(dataset, stamp)
        if [a.key for a in fresh.axes] != [a.key for a in self._layout.axes]:
            raise self._changed()
        self._stamp = stamp

    def _changed(self) -> LayoutError:
        text = f"'{self.path}' was changed in the file; open the file again."
        return LayoutError(text)
