"""Which positions of a result were computed, as pyUSID marks them in its groups.

A dataset ``completed_positions`` with a 0 or 1 for each position says it; releases
before it wrote how many positions, from the first, as the attribute ``last_pixel``.
Where both are there the dataset is right: newer releases write too large a
``last_pixel`` into groups that are not finished.
Neither is believed where no values stand behind it.
"""

from collections.abc import Iterator

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.storage.groups import entry
from usid_lab.storage.links import DAMAGE
from usid_lab.storage.mains import faults_of, is_main
from usid_lab.storage.screening import refusal

STATUS = "completed_positions"
LAST = "last_pixel"
_BYTES = 16 << 20  # of results that are looked at at once
Marks = NDArray[np.bool_]


def completed(group: h5py.Group, count: int, name: str = STATUS) -> Marks | None:
    """Positions that are marked as computed, and for which there is storage.

    Parameters
    ----------
    group : h5py.Group
        A results group.
    count : int
        Positions of the source.
    name : str, optional
        Name of the dataset with the marks.

    Returns
    -------
    ndarray of bool, shape (count,)
        None if the group says nothing of it, or nothing that can be understood.
    """
    found = entry(group, name)
    marks = _last(group, count) if found is None else _flags(found, count)
    if marks is None:
        return None
    results = _results(group, count)
    if not results:
        return marks
    stored = np.logical_or.reduce([_stored(result) for result in results])
    both: Marks = marks & stored
    return both


def written(group: h5py.Group, marks: Marks) -> Marks:
    """Keep the marks behind which values stand.

    Of each stretch of marked positions, those at its end lose their mark at which
    all results hold nothing but what HDF5 fills in: a program may have been ended
    between mark and values. To compute them again does no harm if they are so.

    Parameters
    ----------
    group : h5py.Group
        A results group.
    marks : ndarray of bool, shape (positions,)
        As :func:`completed` gives them.

    Returns
    -------
    ndarray of bool, shape (positions,)
        A copy, with fewer marks.
    """
    kept = marks.copy()
    results = _results(group, len(marks))
    if results:
        for start, stop in stretches(marks):
            kept[_untouched_from(results, start, stop) : stop] = False
    return kept


def stretches(marks: Marks) -> Iterator[tuple[int, int]]:
    """Yield start and stop of each stretch of marked positions.

    Parameters
    ----------
    marks : ndarray of bool, shape (positions,)
        The marks.

    Yields
    ------
    tuple of int
        Half open, in order.

    Examples
    --------
    >>> list(stretches(np.array([True, True, False, True])))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(marks, prepend=False, append=False))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _flags(found: h5py.HLObject, count: int) -> Marks | None:
    if not isinstance(found, h5py.Dataset) or refusal(found):
        return None
    if found.shape != (count,) or found.dtype.kind not in "biu":
        return None
    try:
        marks: Marks = found[()] == 1
    except DAMAGE:
        return None
    return marks


def _last(group: h5py.Group, count: int) -> Marks | None:
    try:
        value = np.asarray(group.attrs[LAST])
    except (KeyError, *DAMAGE):
        return None
    if value.size != 1 or value.dtype.kind not in "iu":
        return None
    marks: Marks = np.arange(count) < int(value.item())
    return marks


def _results(group: h5py.Group, count: int) -> list[h5py.Dataset]:
    found = (entry(group, name) for name in group)
    datasets = [one for one in found if isinstance(one, h5py.Dataset)]
    return [one for one in datasets if _is_result(one, count)]


def _is_result(dataset: h5py.Dataset, count: int) -> bool:
    if refusal(dataset) or not is_main(faults_of(dataset)):
        return False
    return bool(dataset.shape[0] == count)


def _stored(result: h5py.Dataset) -> Marks:
    """Rows for which the file has room, which HDF5 gives when they are written."""
    rows: int = result.shape[0]
    if result.chunks is None:
        return np.full(rows, result.is_virtual or result.id.get_storage_size() > 0)
    stored = np.zeros(rows, bool)
    height = result.chunks[0]

    def note(chunk: h5py.h5d.StoreInfo) -> None:
        first = chunk.chunk_offset[0]
        stored[first : first + height] = True

    result.id.chunk_iter(note)
    return stored


def _untouched_from(results: list[h5py.Dataset], start: int, stop: int) -> int:
    """First position, from the end of a stretch, behind which nothing was written."""
    width: int = max(result.dtype.itemsize * result.shape[1] for result in results)
    step = max(1, _BYTES // max(1, width))
    while stop > start:
        first = max(start, stop - step)
        each = [_touched(result, first, stop) for result in results]
        touched: Marks = np.logical_or.reduce(each)
        if touched.any():
            return first + int(np.flatnonzero(touched)[-1]) + 1
        stop = first
    return start


def _touched(result: h5py.Dataset, start: int, stop: int) -> Marks:
    rows = result[start:stop]
    filled = np.broadcast_to(np.asarray(result.fillvalue, rows.dtype), rows.shape)
    # By their bytes: NaN too may be what is filled in.
    same = _bytes(rows) == _bytes(filled)
    touched: Marks = ~same.all(axis=1)
    return touched


def _bytes(rows: NDArray[np.generic]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)
