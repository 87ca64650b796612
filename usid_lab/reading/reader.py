"""Reading selections of one dataset."""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import LayoutError, SelectionError
from usid_lab.model.axis import Axis
from usid_lab.model.layout import Layout
from usid_lab.model.selection import Indexer, Pick, picked_shape, picks
from usid_lab.reading.arranging import arrange
from usid_lab.reading.axis_plan import AxisPlan, plan_axis
from usid_lab.reading.pieces import Pacer, boxes_of
from usid_lab.reading.resident import MAX_RESIDENT, Resident
from usid_lab.reading.runs import IntArray, Run, runs_of
from usid_lab.reading.sources import Source, source_of
from usid_lab.reading.stopping import Progress, Stop, Stopped
from usid_lab.storage.handles import Stamp, lend, quick_stamp
from usid_lab.storage.mains import find_dataset
from usid_lab.storage.memory import most_bytes
from usid_lab.storage.numbers import array_bytes, dtype_of, native

Array = NDArray[np.generic]


class Reader:
    """Reads selections of one dataset, in pieces of at most about 30 ms.

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
    """

    def __init__(
        self,
        file: Path,
        path: str,
        layout: Layout,
        dtype: np.dtype[np.generic],
        stamp: Stamp,
        derive: Callable[[h5py.Dataset, Stamp], Layout],
    ) -> None:
        self._file = file
        self._path = path
        self._layout = layout
        self._dims, self._shape = layout.dims, layout.shape
        self._wholes = [_whole(axis) for axis in layout.axes]
        self._dtype = native(dtype)
        self._stamp = stamp
        self._derive = derive
        self._resident: tuple[Stamp, Resident] | None = None
        self._pacer: Pacer | None = None
        self._lock = threading.Lock()
        self._opened: tuple[h5py.File, Source] | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of all stored values."""
        return array_bytes(self._layout.stored_shape, self._dtype)

    @property
    def is_resident(self) -> bool:
        """Whether the values are in memory, and still those of the file."""
        return self._held() is not None

    def read(
        self,
        selection: Mapping[str, Indexer],
        stop: Stop | None = None,
        progress: Progress | None = None,
    ) -> Array:
        """Read a selection.

        Parameters
        ----------
        selection : mapping of str to int, slice or 1-D int array
            By name of the dimension; single indices drop it, the others are taken
            whole.
        stop : callable, optional
            Asked before every piece; true ends the read.
        progress : callable, optional
            Told the fraction that is read, after every piece.

        Returns
        -------
        ndarray
            Canonical order, native byte order. Where the dataset has gaps they are
            NaN, and integers become float64.

        Raises
        ------
        Stopped
            If `stop` returned true.
        """
        chosen = picks(selection, self._dims, self._shape)
        _check_budget(picked_shape(chosen), self._dtype)
        held = self._held()
        if held is not None:
            return held.read(chosen)
        plans = self._plans(chosen)
        buffer = self._fetch([plan.runs for plan in plans], stop, progress)
        return arrange(buffer, plans, gaps=self._layout.has_gaps)

    def entries(self, wanted: Sequence[IntArray], stop: Stop | None = None) -> Array:
        """Read entries of the array as it is stored, crosswise.

        Parameters
        ----------
        wanted : sequence of ndarray of int
            For each axis of the stored array, strictly increasing.
        stop : callable, optional
            As for :meth:`read`.

        Returns
        -------
        ndarray
            One axis for each, native byte order.
        """
        covers = [runs_of(along) for along in wanted]
        buffer = self._fetch([runs for runs, _ in covers], stop, None)
        for axis, (_, inside) in enumerate(covers):
            if inside is not None:
                buffer = np.take(buffer, inside, axis=axis)
        return buffer

    def make_resident(
        self, stop: Stop | None = None, progress: Progress | None = None
    ) -> bool:
        """Load the dataset into memory, if it takes at most 96 MB.

        Parameters
        ----------
        stop, progress : callable, optional
            As for :meth:`read`.

        Returns
        -------
        bool
            Whether later reads come from memory.
        """
        if self._held() is not None:
            return True
        stamp = quick_stamp(self._file)
        if stamp is None or self.nbytes > MAX_RESIDENT:
            return False
        whole = [(Run(0, 1, 1, n),) if n else () for n in self._layout.stored_shape]
        values = self._fetch(whole, stop, progress)
        self._resident = (stamp, Resident(values, self._layout))
        return True

    def _held(self) -> Resident | None:
        """Values in memory, dropped once the file was changed."""
        held = self._resident
        if held is None:
            return None
        if held[0] != quick_stamp(self._file):
            self._resident = None
            return None
        return held[1]

    def _plans(self, chosen: Sequence[Pick]) -> list[AxisPlan]:
        plans = []
        first = 0
        for axis, (everything, plan) in zip(
            self._layout.axes, self._wholes, strict=True
        ):
            mine = chosen[first : first + len(everything)]
            first += len(everything)
            if plan is not None and _equal(mine, everything):
                plans.append(plan)
            else:
                plans.append(plan_axis(axis, mine))
        return plans

    def _fetch(
        self,
        runs: Sequence[Sequence[Run]],
        stop: Stop | None,
        progress: Progress | None,
    ) -> Array:
        boxes = boxes_of(runs)
        with lend(self._file) as file:
            source = self._source(file)
            pacer = self._paced(source)
            box = boxes[0] if len(boxes) == 1 else None
            if box is not None and source.is_slab(box) and pacer.is_trifle(box):
                _go_on(self._path, stop)
                slab = source.slab(box)
                _tell(progress, 1.0)
                return slab
            shape = tuple(sum(run.size for run in along) for along in runs)
            buffer = np.empty(shape, self._dtype)
            done, total = 0, max(1, buffer.size)
            for box in pacer.pieces(boxes):
                _go_on(self._path, stop)
                pacer.timed(box, partial(source.read, box, buffer))
                done += box.size
                _tell(progress, done / total)
        return buffer

    def _source(self, file: h5py.File) -> Source:
        """Return the dataset; found, screened and checked once for each handle.

        The pool lends another handle as soon as the file has another stamp.
        """
        opened = self._opened
        if opened is not None and opened[0] is file:
            return opened[1]
        dataset = find_dataset(file, self._path)
        # The pool lends files for reading only; then h5py need not look again.
        source = source_of(h5py.Dataset(dataset.id, readonly=True))
        same_type = dtype_of(dataset)
        if source.storage.shape != self._layout.stored_shape or (
            same_type is None or native(same_type) != self._dtype
        ):
            raise self._changed()
        self._check_order(dataset)
        self._opened = (file, source)
        return source

    def _check_order(self, dataset: h5py.Dataset) -> None:
        """Make sure that a file which was written since has the same N-D form."""
        stamp = quick_stamp(self._file)
        if stamp is None or stamp == self._stamp:
            return
        fresh = self._derive(dataset, stamp)
        if [a.key for a in fresh.axes] != [a.key for a in self._layout.axes]:
            raise self._changed()
        self._stamp = stamp

    def _changed(self) -> LayoutError:
        text = f"'{self._path}' was changed in the file; open the file again."
        return LayoutError(text)

    def _paced(self, source: Source) -> Pacer:
        with self._lock:
            if self._pacer is None:
                self._pacer = Pacer(source.storage)
            return self._pacer


def _whole(axis: Axis) -> tuple[tuple[range, ...], AxisPlan | None]:
    """Give what picks all of an axis, and its plan where that weighs nothing."""
    everything = tuple(range(size) for size in axis.sizes)
    return everything, plan_axis(axis, everything) if axis.entries is None else None


def _equal(mine: Sequence[Pick], everything: tuple[range, ...]) -> bool:
    return all(
        isinstance(pick, range) and pick == whole
        for pick, whole in zip(mine, everything, strict=True)
    )


def _go_on(path: str, stop: Stop | None) -> None:
    if stop is not None and stop():
        raise Stopped(path)


def _tell(progress: Progress | None, fraction: float) -> None:
    if progress is not None:
        progress(fraction)


def _check_budget(shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> None:
    nbytes = array_bytes(shape, dtype)
    if nbytes > most_bytes():
        raise SelectionError(
            f"The selection takes {nbytes / 2**30:,.1f} GB, more than the memory of "
            "this computer. Select a part of it.",
            f"shape {shape}, dtype {dtype}",
        )
