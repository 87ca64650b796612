"""Reading selections of one dataset."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import (
    ChangedFileError,
    DamagedDataError,
    SelectionError,
    TruncatedFileError,
)
from usid_lab.model.axis import Axis
from usid_lab.model.layout import Layout
from usid_lab.model.selection import Indexer, Pick, picked_shape, picks
from usid_lab.reading.budget import Budget
from usid_lab.reading.damage import Damage
from usid_lab.reading.fetching import Fetcher, check_same
from usid_lab.reading.opened import Derive, OpenedDataset
from usid_lab.reading.outside import OutsideSource
from usid_lab.reading.planning.arranging import arrange
from usid_lab.reading.planning.axis_plan import AxisPlan, plan_axis
from usid_lab.reading.planning.cuts import Cuts
from usid_lab.reading.planning.pieces import boxes_of
from usid_lab.reading.planning.runs import IntArray, Run, runs_of
from usid_lab.reading.reducing.parting import in_parts, parts_of
from usid_lab.reading.reducing.reductions import Reduction, reduced
from usid_lab.reading.rehearsing import Rehearsal
from usid_lab.reading.resident import MAX_RESIDENT, Resident
from usid_lab.reading.rooms import rooms
from usid_lab.reading.routes.chunkindex import ChunkIndex
from usid_lab.reading.routes.sources import (
    expect,
    get_ready,
    is_in_any_order,
    is_serial,
    places,
    sweep,
)
from usid_lab.reading.sidecars.beside import Beside
from usid_lab.reading.slabcache import SlabCache, shared
from usid_lab.reading.stopping import Partial, Preview, Progress, Stop
from usid_lab.reading.watch import Offer, Watch
from usid_lab.storage.memory import most_bytes
from usid_lab.storage.numbers import array_bytes, native
from usid_lab.storage.permission import Permission
from usid_lab.storage.stamps import Stamp, is_settled, quick_stamp

Array = NDArray[np.generic]
T = TypeVar("T")


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
    mapped : bool, optional
        Whether the file may be mapped: only where this process may end when a file is
        cut short.
    budget : int, optional
        Bytes of private memory that this reader may take for decoded neighbours, for
        the dataset at rest in memory, and for pieces on their way, beside the arrays
        that it gives (and as much again where the scan is not stored in order); there
        is always room for one chunk. Readers without one share 32 MB for neighbours,
        keep datasets of at most 96 MB, and work on at most 32 MB at a time.
    permission : Permission, optional
        What the file may reach outside itself.
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
        mapped: bool = False,
        budget: int | None = None,
        permission: Permission | None = None,
    ) -> None:
        self._file = file
        self._path = path
        self._layout = layout
        self._dims, self._shape = layout.dims, layout.shape
        self._wholes = [_whole(axis) for axis in layout.axes]
        self._cuts = Cuts(layout)
        self._dtype = native(dtype)
        self._resident: tuple[Stamp, bool, Resident] | None = None
        limit = self._limit = None if budget is None else Budget(budget)
        self._dataset = OpenedDataset(
            file,
            path,
            layout,
            dtype,
            stamp,
            derive,
            mapped=mapped,
            permission=permission,
            room=None if limit is None else limit.working,
        )
        self._cache = shared if limit is None else SlabCache(limit.kept)
        self._beside = Beside(file, path, layout, dtype)
        # The reader process copies all that it reads, and lets go of it.
        make = rooms.empty if mapped else np.empty
        self._fetcher = Fetcher(self._dataset, self._beside, self._cache, make)
        self._rehearsal = Rehearsal(self._dataset, self._fetcher)

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
        damage: Damage | None = None,
        partial: Partial | None = None,
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
        damage : Damage, optional
            Takes note of chunks that cannot be decoded; the rest is read.
        partial : callable, optional
            Given the array so far, at most five times a second: NaN where nothing is
            read yet. Integers are float64 there, those of a compound too.

        Returns
        -------
        ndarray
            Canonical order, native byte order. Where the dataset has gaps they are
            NaN, and integers become float64; so it is with chunks that are noted.

        Raises
        ------
        Stopped
            If `stop` returned true.
        DamagedDataError
            If a chunk cannot be decoded, and nobody takes note of it.
        ChangedFileError
            If the file was changed while it was read.
        """
        watch = Watch(self._path, stop, progress, damage)
        held = self._held()
        if held is None:
            found = self._cut(selection, watch)
            if found is not None:
                return found
        chosen = picks(selection, self._dims, self._shape)
        check_budget(picked_shape(chosen), self._dtype)
        if held is not None:
            return held.read(chosen)
        plans = self._plans(chosen)
        if partial is not None:
            watch = replace(watch, show=_arranged(plans, Preview(partial)))
        buffer = self._fetcher.fetch([plan.runs for plan in plans], watch)
        return arrange(buffer, plans, gaps=self._layout.has_gaps)

    def stretches(self, selection: Mapping[str, Indexer]) -> tuple[int, int] | None:
        """Say how a selection lies in the file, where it is read past HDF5.

        Parameters
        ----------
        selection : mapping of str to int, slice or 1-D int array
            As for :meth:`read`.

        Returns
        -------
        tuple of int or None
            Bytes of its values, and in how many places they lie; None where HDF5 reads.
        """
        with self._dataset.lent() as file:
            storage = self._dataset.source(file).storage
        if not storage.placed:
            return None
        cut = self._cuts.of(selection)
        box = None if cut is None else cut.box(selection)
        if cut is not None and box is not None:
            return cut.weight(storage, box)[:2]
        plans = self._plans(picks(selection, self._dims, self._shape))
        weights = [storage.weight(box) for box in boxes_of([p.runs for p in plans])]
        return sum(w[0] for w in weights), sum(w[1] for w in weights)

    def prefetch(
        self, selection: Mapping[str, Indexer], stop: Stop | None = None
    ) -> None:
        """Decode ahead what is read next, where that is more than a selection.

        Parameters
        ----------
        selection : mapping of str to int, slice or 1-D int array
            What is read now, or next, on the way on which the last reads were.
        stop : callable, optional
            As for :meth:`read`.
        """
        if self._held() is None:
            plans = self._plans(picks(selection, self._dims, self._shape))
            watch = Watch(self._path, stop)
            self._fetcher.prefetch([plan.runs for plan in plans], watch)

    def entries(
        self,
        wanted: Sequence[IntArray],
        stop: Stop | None = None,
        damage: Damage | None = None,
    ) -> Array:
        """Read entries of the array as it is stored, crosswise.

        Parameters
        ----------
        wanted : sequence of ndarray of int
            For each axis of the stored array, strictly increasing.
        stop, damage : optional
            As for :meth:`read`.

        Returns
        -------
        ndarray
            One axis for each, native byte order.
        """
        held = self._held()
        if held is not None:
            return held.entries(wanted)
        covers = [runs_of(along) for along in wanted]
        watch = Watch(self._path, stop, None, damage)
        buffer = self._fetcher.fetch([runs for runs, _ in covers], watch, keep=False)
        for axis, (_, inside) in enumerate(covers):
            if inside is not None:
                buffer = np.take(buffer, inside, axis=axis)
        return buffer

    def sweep(
        self,
        wanted: Sequence[IntArray],
        work: Callable[[Iterator[Array]], T],
        stop: Stop | None = None,
    ) -> T | None:
        """Work on entries of the array as it is stored, some rows at a time.

        Parameters
        ----------
        wanted : sequence of ndarray of int
            As for :meth:`entries`.
        work : callable
            Given the rows in order, in arrays each of which is valid until the next.
        stop : callable, optional
            As for :meth:`read`.

        Returns
        -------
        object or None
            What `work` gave; None where :meth:`entries` is better.
        """
        covers = [runs_of(along) for along in wanted]
        runs = [along for along, inside in covers if inside is None and len(along) == 1]
        if len(runs) < len(covers) or self._held() is not None:
            return None
        Watch(self._path, stop).go_on()
        box = boxes_of(runs)[0]
        with self._dataset.lent() as file:
            source = self._dataset.source(file)
            if self._beside.serves(file, source, runs):
                return None
            with suppress(TruncatedFileError):  # it is read again, to say where
                rows = sweep(source, box, stop)
                return None if rows is None else work(rows)
        return None

    def get_ready(self, stop: Stop | None = None) -> bool:
        """Find out what reads will need: where chunks lie, unless there are very many.

        Parameters
        ----------
        stop : callable, optional
            Asked every few milliseconds; true ends it.

        Returns
        -------
        bool
            Whether it came to its end.
        """
        with self._dataset.lent() as file:
            return get_ready(self._dataset.source(file), stop)

    def rehearse(self, stop: Stop) -> bool:
        """Read a little and throw it away: the first read then takes no longer.

        Parameters
        ----------
        stop : callable
            Asked every few milliseconds; true ends it, to be gone on with later.

        Returns
        -------
        bool
            Whether it came to its end.
        """
        return self._rehearsal.go_on(stop)

    def places(self) -> ChunkIndex | None:
        """Say where chunks lie, if that is known."""
        with self._dataset.lent() as file:
            return places(self._dataset.source(file))

    def is_in_any_order(self, stop: Stop | None = None) -> bool:
        """Whether chunks are read as quickly in any order: they are in memory."""
        with self._dataset.lent() as file:
            return is_in_any_order(self._dataset.source(file), stop)

    def is_serial(self) -> bool:
        """Whether several threads read no sooner than one."""
        with self._dataset.lent() as file:
            return is_serial(self._dataset.source(file))

    def reduce(
        self,
        asked: Reduction,
        stop: Stop | None = None,
        progress: Progress | None = None,
        partial: Partial | None = None,
    ) -> Array:
        """Reduce a selection, block by block, each chunk read once.

        Parameters
        ----------
        asked : Reduction
            What is wanted, checked.
        stop : callable, optional
            Asked about every 20 ms; true ends the work.
        progress : callable, optional
            Told the fraction that is done.
        partial : callable, optional
            Given the result so far, at most five times a second; NaN where nothing is
            known yet.

        Returns
        -------
        ndarray
            The dimensions that are left, in canonical order.

        Raises
        ------
        Stopped
            If `stop` returned true.
        ChangedFileError
            The file was changed meanwhile.
        """
        stamp = quick_stamp(self._file)
        with self._dataset.lent() as file:
            chunks = self._dataset.source(file).storage.chunk
        about = self._layout, self._dtype, chunks
        limit = self._limit
        block, gathered = (
            (None, None) if limit is None else (limit.block, limit.gathered)
        )

        def one(part: Reduction, told: Progress | None, shown: Partial | None) -> Array:
            return reduced(self, *about, part, stop, told, shown, block)

        parts = parts_of(asked, *about, gathered)
        try:
            found = in_parts(parts, one, progress, partial)
        finally:
            rooms.tidy()
        check_same(self._file, stamp)
        return found

    def make_resident(
        self, stop: Stop | None = None, progress: Progress | None = None
    ) -> bool:
        """Load the dataset into memory, if it takes at most 96 MB, or half the budget.

        Parameters
        ----------
        stop, progress : callable, optional
            As for :meth:`read`.

        Returns
        -------
        bool
            Whether later reads come from memory; not where some of it is damaged.
        """
        if self._held() is not None:
            return True
        stamp = quick_stamp(self._file)
        if stamp is None or self.nbytes > self._most_kept or self._reaches_out():
            return False
        settled = is_settled(stamp)
        if self._limit is not None:
            self._cache.make_room(self._limit.kept)
        whole = [(Run(0, 1, 1, n),) if n else () for n in self._layout.stored_shape]
        watch = Watch(self._path, stop, progress)
        try:
            values = self._fetcher.fetch(whole, watch)
        except (DamagedDataError, ChangedFileError):
            return False
        self._resident = (stamp, settled, Resident(values, self._layout))
        return True

    @property
    def _most_kept(self) -> int:
        limit = self._limit
        return MAX_RESIDENT if limit is None else min(MAX_RESIDENT, limit.kept)

    def _reaches_out(self) -> bool:
        """Whether values come from other files, whose changes are seen by reading."""
        with self._dataset.lent() as file:
            return isinstance(self._dataset.source(file), OutsideSource)

    def _held(self) -> Resident | None:
        """Values in memory, dropped once the file was changed."""
        held = self._resident
        if held is None:
            return None
        stamp, settled, values = held
        if stamp != quick_stamp(self._file) or (not settled and is_settled(stamp)):
            self._resident = None
            return None
        return values

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

    def _cut(self, selection: Mapping[str, Indexer], watch: Watch) -> Array | None:
        """Read one spectrum or the like by the shortest way, where there is one."""
        cut = self._cuts.of(selection)
        box = None if cut is None else cut.box(selection)
        if cut is None or box is None or self._beside.concerns(box.runs):
            return None
        with self._dataset.lent() as file:
            source = self._dataset.source(file)
            alone = cut.stands_alone(source.storage, box)
            if not (alone and source.is_slab(box)):
                return None
            weight = cut.weight(source.storage, box)
            if not self._dataset.pacer(source).is_light(weight):
                return None
            expect(source, box, watch.stop)
            watch.go_on()
            try:
                values = source.slab(box).reshape(cut.shape)
            except DamagedDataError:
                return None  # it is read again, to find out where it is damaged
        watch.tell(1.0)
        return values


def _whole(axis: Axis) -> tuple[tuple[range, ...], AxisPlan | None]:
    """Give what picks all of an axis, and its plan where that weighs nothing."""
    everything = tuple(range(size) for size in axis.sizes)
    return everything, plan_axis(axis, everything) if axis.entries is None else None


def _arranged(plans: Sequence[AxisPlan], preview: Preview) -> Offer:
    """Show what was read so far in the form that was asked for."""
    return lambda make: preview.offer(lambda: arrange(make(), plans, gaps=False))


def _equal(mine: Sequence[Pick], everything: tuple[range, ...]) -> bool:
    return all(
        isinstance(pick, range) and pick == whole
        for pick, whole in zip(mine, everything, strict=True)
    )


def check_budget(shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> None:
    """Refuse a result that the memory of this computer cannot hold.

    Parameters
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    """
    nbytes = array_bytes(shape, dtype)
    if nbytes > most_bytes():
        raise SelectionError(
            f"The selection takes {nbytes / 2**30:,.1f} GB, more than the memory of "
            "this computer. Select a part of it.",
            f"shape {shape}, dtype {dtype}",
        )
