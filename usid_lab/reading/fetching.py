"""Hyperslabs by the quickest way: from memory, from beside the file, from the file."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import ChangedFileError, DamagedDataError, TruncatedFileError
from usid_lab.reading.damage import BadChunk, Damage, blanked, read_around
from usid_lab.reading.opened import OpenedDataset
from usid_lab.reading.planning.pieces import Box, boxes_of
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.rooms import rooms
from usid_lab.reading.routes.inflating import InflatingSource
from usid_lab.reading.routes.sources import Source, expect
from usid_lab.reading.sidecars.beside import Beside
from usid_lab.reading.slabcache import (
    Band,
    Bounds,
    Looks,
    SlabCache,
    beside,
    beyond,
    box_of,
    is_cheap,
    widened,
)
from usid_lab.reading.watch import Watch, so_far
from usid_lab.storage.stamps import Stamp, quick_stamp
from usid_lab.storage.text import plain, safe_name

Array = NDArray[np.generic]
Make = Callable[[Sequence[int], np.dtype[np.generic]], Array]


class Fetcher:
    """Reads hyperslabs of one dataset.

    Parameters
    ----------
    dataset : OpenedDataset
        The dataset.
    beside : Beside
        Its sidecar, if it has one.
    cache : SlabCache
        Where neighbours of what was read are kept.
    make : callable, optional
        Makes arrays, given shape and type.
    """

    def __init__(
        self,
        dataset: OpenedDataset,
        beside: Beside,
        cache: SlabCache,
        make: Make = np.empty,
    ) -> None:
        self._dataset = dataset
        self._beside = beside
        self._cache = cache
        self._make = make
        self._owner = object()  # not this: what is kept must not keep a dataset open
        self._looks = Looks()

    def fetch(
        self, runs: Sequence[Sequence[Run]], watch: Watch, *, keep: bool = True
    ) -> Array:
        """Read the hyperslabs of some runs along each axis.

        Parameters
        ----------
        runs : sequence of sequence of Run
            For each axis.
        watch : Watch
            Who waits.
        keep : bool, optional
            Whether the next read may be one beside it.

        Returns
        -------
        ndarray
            One run behind the other along each axis. Where chunks are damaged and
            noted, NaN; integers are then float64.
        """
        boxes = boxes_of(runs)
        stamp = quick_stamp(self._dataset.file)
        if len(boxes) == 1 and keep:
            self._looks.went(boxes[0])
            band = self._cache.find(self._owner, stamp, boxes[0])
            if band is not None:
                return self._taken(band, boxes[0], watch)
        with self._dataset.lent() as file:
            source = self._dataset.source(file)
            turned = self._turned(file, source, runs, watch)
            if turned is not None:
                return turned
            if len(boxes) == 1:
                bounds = self._wider(boxes[0], source) if keep else None
                if bounds is None:
                    return self._one(source, boxes[0], stamp, watch, keep=keep)
                asked = watch.through(lambda v: Band(bounds, v).taken(boxes[0]))
                band = self._loaded(source, bounds, stamp, asked)
                return self._taken(band, boxes[0], watch)
            buffer = self._buffer([sum(run.size for run in along) for along in runs])
            bad = self._fill(source, boxes, buffer, stamp, watch)
            return blanked(buffer, boxes, bad)

    def prefetch(self, runs: Sequence[Sequence[Run]], watch: Watch) -> None:
        """Decode what a reader that moves on as before will ask for next.

        Parameters
        ----------
        runs : sequence of sequence of Run
            What is read now, or next.
        watch : Watch
            Who waits.
        """
        boxes = boxes_of(runs)
        if len(boxes) != 1:
            return
        box, stamp = boxes[0], quick_stamp(self._dataset.file)
        with self._dataset.lent() as file:
            source = self._dataset.source(file)
            if self._beside.serves(file, source, runs):
                return
            storage = source.storage
            towards = self._looks.direction(box)
            band = self._cache.find(self._owner, stamp, box)
            if band is not None:
                box = beyond(box, band, towards, storage.shape)
                if self._cache.find(self._owner, stamp, box) is not None:
                    return
            bounds = widened(box, storage, self._cache.widest, towards)
            if bounds is not None:
                noted = Watch(watch.path, watch.stop, watch.progress, Damage())
                self._loaded(source, bounds, stamp, noted)

    def rehearse(self, runs: Sequence[Sequence[Run]]) -> None:
        """Read hyperslabs as if somebody waited, and throw them away.

        Parameters
        ----------
        runs : sequence of sequence of Run
            For each axis.
        """
        boxes, stamp = boxes_of(runs), quick_stamp(self._dataset.file)
        with self._dataset.lent() as file:
            source = self._dataset.source(file)
            if self._beside.serves(file, source, runs):
                return
            buffer = self._buffer([sum(run.size for run in along) for along in runs])
            watch = Watch(self._dataset.path, damage=Damage())
            self._fill(source, boxes, buffer, stamp, watch)

    def _turned(
        self,
        file: h5py.File,
        source: Source,
        runs: Sequence[Sequence[Run]],
        watch: Watch,
    ) -> Array | None:
        """Read from the sidecar, if it is quicker."""
        return self._beside.fetch(file, source, runs, watch)

    def _one(
        self,
        source: Source,
        box: Box,
        stamp: Stamp | None,
        watch: Watch,
        *,
        keep: bool,
    ) -> Array:
        """Read one hyperslab, at once where it is small."""
        if source.is_slab(box) and self._dataset.pacer(source).is_trifle(box):
            expect(source, box, watch.stop)
            watch.go_on()
            # Where it is damaged, it is read again to find out where.
            with suppress(DamagedDataError, TruncatedFileError):
                slab = source.slab(box)
                watch.tell(1.0)
                return slab
        # Blocks of a reduction follow each other.
        dtype = self._dataset.dtype
        buffer = self._buffer(box.shape) if keep else rooms.empty(box.shape, dtype)
        bad = self._fill(source, [box], buffer, stamp, watch)
        return blanked(buffer, [box], bad)

    def _wider(self, box: Box, source: Source) -> Bounds | None:
        """Say which neighbours to keep: those of a place that is looked at again."""
        storage = source.storage
        again = self._looks.again(box, storage)
        if not storage.decoded:
            return beside(box, storage, self._cache.widest) if again else None
        # To keep many takes as long as most decoders but that of gzip.
        if again and not isinstance(source, InflatingSource):
            again = self._looks.moves(box)
        bounds = widened(box, storage, self._cache.widest)
        if bounds is None or again or is_cheap(bounds, box, storage):
            return bounds
        return None

    def _buffer(self, shape: Sequence[int]) -> Array:
        return self._make(shape, self._dataset.dtype)

    def _loaded(
        self, source: Source, bounds: Bounds, stamp: Stamp | None, watch: Watch
    ) -> Band:
        """Read a band, and keep it unless the file was changed meanwhile."""
        box = box_of(bounds)
        self._cache.make_room(box.size * self._dataset.dtype.itemsize)
        buffer = np.empty(box.shape, self._dataset.dtype)
        bad = self._fill(source, [box], buffer, stamp, watch)
        band = Band(bounds, buffer, tuple(bad))
        if stamp is not None and stamp == quick_stamp(self._dataset.file):
            self._cache.keep(self._owner, stamp, band)
        return band

    def _taken(self, band: Band, box: Box, watch: Watch) -> Array:
        watch.go_on()
        bad = [chunk for chunk in band.bad if chunk.meets(box)]
        self._note(bad, watch)
        found = band.taken(box)
        watch.tell(1.0)
        return blanked(found, [Box(box.runs, (0,) * len(box.runs))], bad)

    def _fill(
        self,
        source: Source,
        boxes: Sequence[Box],
        buffer: Array,
        stamp: Stamp | None,
        watch: Watch,
    ) -> list[BadChunk]:
        """Read into a buffer, piece by piece; list what could not be read."""
        pacer = self._dataset.pacer(source)
        bad: list[BadChunk] = []
        read: list[Box] = []
        done, total = 0, max(1, buffer.size)
        for box in pacer.pieces(boxes):
            expect(source, box, watch.stop)
            watch.go_on()
            piece = partial(_read_piece, source, box, buffer, watch)
            found = pacer.timed(box, piece)
            if found:
                check_same(self._dataset.file, stamp)
                self._note(found, watch)
                bad.extend(found)
            done += box.size
            read.append(box)
            watch.tell(done / total)
            watch.offer(lambda: so_far(buffer, read, bad))
        # Else some of it may be old, some new, and some neither.
        check_same(self._dataset.file, stamp)
        return bad

    def _note(self, bad: Sequence[BadChunk], watch: Watch) -> None:
        if bad and watch.damage is None:
            file = plain(safe_name(self._dataset.file.name))
            text = (
                f"Some values of '{plain(self._dataset.path)}' are damaged in the file "
                f"'{file}': {bad[0].where} cannot be read."
            )
            raise DamagedDataError(text, bad[0].reason)
        if watch.damage is not None:
            watch.damage.add(bad)


def check_same(path: Path, stamp: Stamp | None) -> None:
    """Make sure that all that was read is of one state of a file.

    Parameters
    ----------
    path : Path
        Of the file.
    stamp : tuple of int or None
        Its state before.

    Raises
    ------
    ChangedFileError
        It is in another one.
    """
    if stamp != quick_stamp(path):
        name = plain(safe_name(path.name))
        text = f"'{name}' was changed while it was read; read it again."
        raise ChangedFileError(text)


def _read_piece(
    source: Source, box: Box, buffer: Array, watch: Watch
) -> list[BadChunk]:
    def read(part: Box) -> None:
        source.read(part, buffer)

    return read_around(read, box, source.storage, watch.go_on)
