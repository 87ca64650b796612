"""Values that were decoded lately, and their neighbours that came along."""

import math
import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.damage import BadChunk
from usid_lab.reading.planning.parts import chosen, parts_of
from usid_lab.reading.planning.pieces import Box, Storage
from usid_lab.reading.planning.runs import Run
from usid_lab.storage.stamps import Stamp, is_settled

Array = NDArray[np.generic]
Bounds = tuple[tuple[int, int], ...]

SCRIPT_BYTES = 32 << 20
VIEWER_BYTES = 64 << 20
_SHARE = 3  # bands that fit: the one in use, the next one, and one across
_GAIN = 2  # values of a band for each one that is wanted
_CHEAP = 16  # values that are decoded for each one that is kept at the first look
_ROWS = 4096  # below, as many are read in no time
_NEAR = 4 << 10  # bytes of a row of a chunk
_BESIDE = 16  # as many neighbours as there are numbers in a line of cache
_CLOSE = 8  # times its own extent that a read lies at most from one beside it
_LOOKS = 4  # reads that are remembered, to tell who moves among neighbours


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A block of an array, as it is stored.

    Attributes
    ----------
    bounds : tuple of (int, int)
        First entry and the one after the last, along each axis.
    values : ndarray
        Native byte order.
    bad : tuple of BadChunk
        What of it could not be decoded.
    """

    bounds: Bounds
    values: Array
    bad: tuple[BadChunk, ...] = ()

    def has(self, box: Box) -> bool:
        """Whether all of a hyperslab lies in it."""
        return all(
            low <= run.start and run.last < high
            for run, (low, high) in zip(box.runs, self.bounds, strict=True)
        )

    def taken(self, box: Box) -> Array:
        """Copy a hyperslab out of it."""
        inside = []
        for run, (low, high) in zip(box.runs, self.bounds, strict=True):
            moved = Run(run.start - low, run.stride, run.count, run.block)
            inside.append(parts_of(moved, 0, high - low)[0].inside)
        return np.array(chosen(self.values, inside), order="C")


class SlabCache:
    """Bands of several arrays, within a budget of memory.

    Parameters
    ----------
    budget : int
        Bytes; the bands that were not used for longest are dropped beyond it.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        """Bytes that may be kept."""
        self._bands: OrderedDict[Band, tuple[object, Stamp, bool]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def widest(self) -> int:
        """Bytes that one band may take."""
        return self.budget // _SHARE

    @property
    def nbytes(self) -> int:
        """Bytes of all that is kept."""
        return sum(band.values.nbytes for band in self._bands)

    def find(self, owner: object, stamp: Stamp | None, box: Box) -> Band | None:
        """Return a band that has all of a hyperslab; None if there is none.

        Parameters
        ----------
        owner : object
            Whose array it is.
        stamp : tuple of int, optional
            State of its file; bands of any other are dropped.
        box : Box
            What is wanted.
        """
        if not self._bands:
            return None
        with self._lock:
            mine = [band for band, (whose, *_) in self._bands.items() if whose is owner]
            for band in reversed(mine):
                _, state, settled = self._bands[band]
                if state != stamp or (not settled and is_settled(state)):
                    del self._bands[band]
                elif band.has(box):
                    self._bands.move_to_end(band)
                    return band
        return None

    def make_room(self, nbytes: int) -> None:
        """Drop what must go before as many bytes are read."""
        with self._lock:
            while self._bands and self.nbytes + nbytes > self.budget:
                self._bands.popitem(last=False)

    def keep(self, owner: object, stamp: Stamp, band: Band) -> None:
        """Keep a band of a file that was in a state before and after it was read."""
        self.make_room(band.values.nbytes)
        with self._lock:
            self._bands[band] = (owner, stamp, is_settled(stamp))


shared = SlabCache(SCRIPT_BYTES)
"""That of all readers which have no budget of their own."""


class Looks:
    """Remembers the last reads: whether neighbours are wanted, and on which side."""

    def __init__(self) -> None:
        self._chunks: deque[Bounds] = deque(maxlen=_LOOKS)
        self._places: deque[Bounds] = deque(maxlen=_LOOKS)

    def went(self, box: Box) -> None:
        """Remember a read."""
        self._places.append(_bounds(box))

    def again(self, box: Box, storage: Storage) -> bool:
        """Whether the same chunks were decoded lately; remember that they are now."""
        around = aligned(box, storage)
        found = around in self._chunks
        self._chunks.append(around)
        return found

    def moves(self, box: Box) -> bool:
        """Whether the read that was remembered last lies close to one before it."""
        before = list(self._places)[:-1]
        return any(_are_close(_bounds(box), theirs) for theirs in before)

    def direction(self, box: Box) -> tuple[int, ...]:
        """Say where a read lies beside the last one that is like it: -1, 0, 1."""
        mine = _bounds(box)
        sizes = [high - low for low, high in mine]
        for theirs in reversed(self._places):
            if sizes == [high - low for low, high in theirs] and theirs != mine:
                pairs = zip(mine, theirs, strict=True)
                return tuple(int(np.sign(one[0] - two[0])) for one, two in pairs)
        return (0,) * len(sizes)


def aligned(box: Box, storage: Storage) -> Bounds:
    """Bounds of the chunks in which a hyperslab lies."""
    chunk = storage.chunk or (1,) * len(storage.shape)
    return tuple(
        (low // length * length, min(-(-high // length) * length, size))
        for (low, high), length, size in zip(
            _bounds(box), chunk, storage.shape, strict=True
        )
    )


def widened(
    box: Box, storage: Storage, most: int, towards: Sequence[int] = ()
) -> Bounds | None:
    """Say which neighbours of a hyperslab are decoded with it.

    Parameters
    ----------
    box : Box
        What is wanted.
    storage : Storage
        How the array lies in its file.
    most : int
        Bytes at most.
    towards : sequence of int, optional
        Along each axis: 1 if those after it are wanted, -1 for those before, 0 for
        both.

    Returns
    -------
    tuple of (int, int) or None
        Bounds, within the same chunks; None where nothing is gained.
    """
    if storage.chunk is None or not storage.decoded or _skips(box, storage.chunk):
        return None
    wanted, around = _bounds(box), aligned(box, storage)
    sizes = _shrunk(wanted, around, most // storage.itemsize)
    if sizes is None or math.prod(sizes) < _GAIN * box.size:
        return None
    sides = towards or (0,) * len(sizes)
    return tuple(map(_window, wanted, around, sizes, sides))


def beside(box: Box, storage: Storage, most: int) -> Bounds | None:
    """Say which neighbours of a hyperslab come along from chunks that are not decoded.

    Parameters
    ----------
    box : Box
        What is wanted.
    storage : Storage
        How the array lies in its file.
    most : int
        Bytes at most.

    Returns
    -------
    tuple of (int, int) or None
        Bounds, wider along the last axis only: what is between two rows of a chunk is
        read anyway, or lies in the same lines of the processor's cache.
    """
    if storage.chunk is None or storage.decoded or _skips(box, storage.chunk):
        return None
    wanted, around = _bounds(box), aligned(box, storage)
    rows, own = _size(wanted[:-1]), wanted[-1][1] - wanted[-1][0]
    if rows < _ROWS or storage.chunk[-1] * storage.itemsize > _NEAR:
        return None
    room = min(_BESIDE * own, most // storage.itemsize // rows)
    width = min(room, around[-1][1] - around[-1][0])
    if width < _GAIN * own:
        return None
    return (*wanted[:-1], _window(wanted[-1], around[-1], width, 0))


def is_cheap(bounds: Bounds, box: Box, storage: Storage) -> bool:
    """Whether to keep a band takes no time beside the decoding of its chunks."""
    return _CHEAP * _size(bounds) <= _size(aligned(box, storage))


def box_of(bounds: Bounds) -> Box:
    """Make a hyperslab of bounds."""
    return Box(
        tuple(Run(low, 1, 1, high - low) for low, high in bounds), (0,) * len(bounds)
    )


def beyond(box: Box, band: Band, towards: Sequence[int], shape: Sequence[int]) -> Box:
    """Move a hyperslab out of a band, if it is about to leave it anyway.

    Parameters
    ----------
    box : Box
        In the band.
    band : Band
        Where it is.
    towards : sequence of int
        Where it moves along each axis: -1, 0, 1.
    shape : sequence of int
        Of the array.

    Returns
    -------
    Box
        The first one after the band; the same one where there is time.
    """
    moved = []
    rows = zip(box.runs, band.bounds, towards, shape, strict=True)
    for run, (low, high), side, size in rows:
        extent = run.last + 1 - run.start
        left = high - run.last - 1 if side > 0 else run.start - low
        start = high if side > 0 else low - extent
        near = side and 2 * left < high - low - extent + 1
        if near and 0 <= start <= size - extent:
            run = Run(start, run.stride, run.count, run.block)
        moved.append(run)
    return Box(tuple(moved), box.offsets)


def _bounds(box: Box) -> Bounds:
    return tuple((run.start, run.last + 1) for run in box.runs)


def _are_close(mine: Bounds, theirs: Bounds) -> bool:
    """Whether two blocks are much alike, and a few steps apart."""
    for (low, high), (first, last) in zip(mine, theirs, strict=True):
        small, large = sorted((high - low, last - first))
        if large > _BESIDE * small or abs(low - first) > _CLOSE * large:
            return False
    return True


def _size(bounds: Bounds) -> int:
    return math.prod(high - low for low, high in bounds)


def _skips(box: Box, chunk: tuple[int, ...]) -> bool:
    """Whether chunks lie between the blocks that are wanted."""
    return any(
        run.count > 1 and run.stride - run.block >= length
        for run, length in zip(box.runs, chunk, strict=True)
    )


def _shrunk(wanted: Bounds, around: Bounds, most: int) -> list[int] | None:
    """Sizes of a block of at most so many values; None if what is wanted has more."""
    least = [high - low for low, high in wanted]
    sizes = [high - low for low, high in around]
    if math.prod(least) > most:
        return None
    while (values := math.prod(sizes)) > most:
        ratios = [size / small for size, small in zip(sizes, least, strict=True)]
        axis = int(np.argmax(ratios))
        sizes[axis] = max(least[axis], sizes[axis] * most // values)
    return sizes


def _window(
    wanted: tuple[int, int], around: tuple[int, int], size: int, side: int
) -> tuple[int, int]:
    """Place a window of `size` around what is wanted, or to one side of it."""
    low, high = wanted
    before = (size - (high - low)) * (1 - side) // 2
    start = min(max(low - before, around[0]), around[1] - size)
    return start, start + size
