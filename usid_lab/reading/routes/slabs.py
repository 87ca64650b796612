"""Hyperslabs of a dataset in a file, read through HDF5."""

from contextlib import suppress
from importlib import import_module

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError, MissingFilterError
from usid_lab.reading.planning.pieces import FEW_SEGMENTS, Box, Storage
from usid_lab.reading.routes.spacing import Spaced, is_spaced, select, spanned
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.text import plain, safe_name

_PLUGINS = "hdf5plugin"


class SlabSource:
    """A dataset, as a source of hyperslabs.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened; open as long as this is used.
    """

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._dataset = dataset
        width, chunk = dataset.dtype.itemsize, dataset.chunks
        self.storage = Storage(
            dataset.shape,
            width,
            chunk,
            _is_filtered(dataset),
            elsewhere=_is_elsewhere(dataset),
            most=FEW_SEGMENTS,
        )
        """How it lies in its file."""
        self._native = dataset.dtype.isnative
        _get_filters(dataset)

    def is_slab(self, box: Box) -> bool:
        """Whether :meth:`slab` gives it: one block of neighbours along each axis."""
        return (
            self._native
            and len(box.runs) > 0
            and all(run.count == 1 and run.block for run in box.runs)
        )

    def slab(self, box: Box) -> NDArray[np.generic]:
        """Read a block of neighbours: h5py's shortest way to a few values."""
        try:
            found: NDArray[np.generic] = self._dataset[
                tuple(slice(run.start, run.start + run.block) for run in box.runs)
            ]
        except DAMAGE as error:
            raise self._explain(error) from error
        return found

    def read(self, box: Box, buffer: NDArray[np.generic]) -> None:
        """Read a hyperslab into its place in `buffer`, which is C-contiguous."""
        try:
            self._read(box, buffer)
        except DAMAGE as error:
            raise self._explain(error) from error

    def _read(self, box: Box, buffer: NDArray[np.generic]) -> None:
        if not box.runs:
            self._dataset.read_direct(buffer)
            return
        for part in spanned(box, self.storage):
            if is_spaced(part, self.storage):
                self._read_spaced(part, buffer)
            else:
                self._read_close(part, buffer)

    def _read_close(self, box: Box, buffer: NDArray[np.generic]) -> None:
        memory = h5py.h5s.create_simple(buffer.shape)
        memory.select_hyperslab(box.offsets, box.shape)
        self._dataset.id.read(memory, self._selected(box), buffer)

    def _read_spaced(self, box: Box, buffer: NDArray[np.generic]) -> None:
        spaced = Spaced(box, buffer.dtype)
        self._dataset.id.read(spaced.space, self._selected(box), spaced.values)
        spaced.put(buffer)

    def _selected(self, box: Box) -> h5py.h5s.SpaceID:
        # A space of its own: several threads may read through one source.
        space = self._dataset.id.get_space()
        select(space, box, [run.start for run in box.runs])
        return space

    def _explain(self, error: Exception) -> DamagedDataError:
        name = plain(safe_name(self._dataset.name))
        missing = _missing_filter(self._dataset)
        if missing:
            advice = f"install the package {_PLUGINS}"
            text = f"'{name}' is compressed in a way unknown here; {advice}."
            return MissingFilterError(text, f"filter {missing}: {error}")
        text = f"Some values of '{name}' are damaged in the file."
        return DamagedDataError(text, str(error))


def _missing_filter(dataset: h5py.Dataset) -> int:
    """Give the code of a filter that HDF5 does not have; 0 if it has them all."""
    plist = dataset.id.get_create_plist()
    for number in range(plist.get_nfilters()):
        code = int(plist.get_filter(number)[0])
        if not h5py.h5z.filter_avail(code):
            return code
    return 0


def _get_filters(dataset: h5py.Dataset) -> None:
    """Bring in the package that has most filters, where it is installed and needed."""
    if _missing_filter(dataset):
        with suppress(ImportError):
            import_module(_PLUGINS)


def _is_elsewhere(dataset: h5py.Dataset) -> bool:
    plist = dataset.id.get_create_plist()
    external: int = plist.get_external_count()
    return external > 0 or plist.get_layout() == h5py.h5d.VIRTUAL


def _is_filtered(dataset: h5py.Dataset) -> bool:
    return bool(dataset.id.get_create_plist().get_nfilters())
