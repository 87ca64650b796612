"""What results say of themselves: which positions are done, and whether that is so.

pyUSID 0.0.4 writes the number of positions done as the attribute ``last_pixel``; later
releases a dataset of zeros and ones, ``completed_positions``, which counts where both
are there. Killed writers leave claims to rows that were never written.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import UsidError
from usid_lab.storage.attributes import find_attribute
from usid_lab.storage.commit.extents import stored_chunks
from usid_lab.storage.groups import entry
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.mains import looks_main
from usid_lab.storage.numbers import shape_of
from usid_lab.storage.screening import check_dataset

COMPLETED = "completed_positions"
LAST = "last_pixel"
_BLOCK = 1 << 22  # bytes of rows that are looked at together
_MOST_CHUNKS = 1 << 24

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Status:
    """Which positions of a source have results.

    Attributes
    ----------
    done : ndarray of bool, shape (positions,)
        Those that are claimed to be done, and were written.
    claimed : int
        How many are claimed.
    claim : str
        Name of the dataset or attribute that claims it; '' if nothing does.
    """

    done: Rows
    claimed: int
    claim: str

    @property
    def is_complete(self) -> bool:
        """Whether all positions have results."""
        return bool(self.done.all()) and self.claim != ""


def status_of(group: h5py.Group, count: int, name: str = COMPLETED) -> Status:
    """Read what a group of results claims, as far as it was written.

    Parameters
    ----------
    group : h5py.Group
        Its Main datasets have one row for each position.
    count : int
        Positions of the source.
    name : str, optional
        Of the dataset that tells which positions are done.

    Returns
    -------
    Status
        Nothing is done where claims have another shape than the source, or where no
        Main dataset has a row for each position. Claims by another name than the
        customary one are about some of the Main datasets: such as a guess, before the
        fit is begun, of which nothing was written then.
    """
    claim, by = _claim(group, count, name)
    done = claim.copy()
    found = [main for main in mains_in(group) if main.shape[0] == count]
    if name != COMPLETED:
        found = [main for main in found if written_rows(main).any()]
    if not found:
        done[:] = False
    for main in found:
        done &= written_rows(main)
        if by == LAST:
            _cut_unwritten(done, main)
    return Status(done, int(claim.sum()), by)


def mains_in(group: h5py.Group) -> Iterator[h5py.Dataset]:
    """Give the datasets of a group that are meant to be Main ones.

    Parameters
    ----------
    group : h5py.Group
        Open.

    Yields
    ------
    h5py.Dataset
        Screened, with two axes.
    """
    for name in group:
        found = entry(group, name)
        if isinstance(found, h5py.Dataset) and len(shape_of(found) or ()) == 2:
            try:
                check_dataset(found)
                meant = looks_main(found)
            except (UsidError, *DAMAGE):
                continue
            if meant:
                yield found


def _claim(group: h5py.Group, count: int, name: str) -> tuple[Rows, str]:
    """Read what is claimed, and what claims it."""
    nothing = np.zeros(count, bool)
    status = entry(group, name)
    if isinstance(status, h5py.Dataset):
        return _marks(status, count), name
    last = np.asarray(find_attribute(group, LAST))
    if last.size != 1 or last.dtype.kind not in "iu":
        return nothing, ""
    nothing[: max(0, int(last.item()))] = True
    return nothing, LAST


def _marks(status: h5py.Dataset, count: int) -> Rows:
    try:
        check_dataset(status)
        if shape_of(status) == (count,) and status.dtype.kind in "biu":
            return np.asarray(status[()] == 1) & written_rows(status)
    except (UsidError, *DAMAGE):
        pass
    return np.zeros(count, bool)


def written_rows(dataset: h5py.Dataset) -> Rows:
    """Tell which rows of a dataset have a place in the file, all of them.

    Parameters
    ----------
    dataset : h5py.Dataset
        Screened.

    Returns
    -------
    ndarray of bool, shape (rows,)
        False where a chunk was never written, or where the file ends before. Chunks
        and pieces that have a place may still hold nothing but fill values.
    """
    rows = np.zeros(dataset.shape[0], bool)
    try:
        layout = dataset.id.get_create_plist().get_layout()
        if layout == h5py.h5d.CHUNKED:
            return _of_chunks(dataset)
        if layout == h5py.h5d.COMPACT:
            rows[:] = True
        elif layout == h5py.h5d.CONTIGUOUS:
            rows[: _of_piece(dataset)] = True
    except DAMAGE:
        rows[:] = False
    return rows


def _of_chunks(dataset: h5py.Dataset) -> Rows:
    sizes = list(zip(dataset.shape, dataset.chunks, strict=True))
    grid = [-(-size // length) for size, length in sizes]
    if np.prod(grid, dtype=float) > _MOST_CHUNKS:
        return np.zeros(dataset.shape[0], bool)
    there = np.zeros(grid, bool)
    for found in stored_chunks(dataset):
        place = zip(found.chunk_offset, dataset.chunks, strict=True)
        there[tuple(start // length for start, length in place)] = True
    whole = there.reshape(grid[0], -1).all(axis=1)
    return np.repeat(whole, dataset.chunks[0])[: dataset.shape[0]]


def _of_piece(dataset: h5py.Dataset) -> int:
    """Count the rows of a dataset in one piece that lie within the file."""
    start, stored = dataset.id.get_offset(), dataset.id.get_storage_size()
    if start is None or not stored:
        return 0
    row = dataset.dtype.itemsize * int(np.prod(dataset.shape[1:]))
    held = min(stored, dataset.file.id.get_filesize() - start)
    return max(0, held // row) if row else 0


def _cut_unwritten(done: Rows, main: h5py.Dataset) -> None:
    """Take back claims to rows at the end that hold nothing but fill values.

    A counter that ran ahead of what was written is wrong about the last rows only.
    """
    stop = int(np.flatnonzero(done)[-1]) + 1 if done.any() else 0
    row = max(1, main.dtype.itemsize * main.shape[1])
    step = max(1, _BLOCK // row)
    while stop:
        start = max(0, stop - step)
        filled = _is_filled(main, start, stop)
        last = int(filled.nonzero()[0][-1]) + 1 if filled.any() else 0
        done[start + last : stop] = False
        if last:
            return
        stop = start


def _is_filled(main: h5py.Dataset, start: int, stop: int) -> Rows:
    """Tell which rows hold anything but the fill value."""
    try:
        block = np.ascontiguousarray(main[start:stop])
        fill = np.asarray(main.fillvalue, main.dtype).reshape(1)
    except DAMAGE:
        return np.zeros(stop - start, bool)
    held = block.view(np.uint8).reshape(stop - start, -1, main.dtype.itemsize)
    return np.asarray((held != fill.view(np.uint8)).any(axis=(1, 2)))
