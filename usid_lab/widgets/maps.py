"""The map: a slice at the marker, or the mean over the band, in float32."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from usid_lab.errors import ViewError
from usid_lab.widgets.cyclic import circular_mean
from usid_lab.widgets.forms import Frame, Singles
from usid_lab.widgets.subject import UNWATCHED, Selection, Subject, Watch
from usid_lab.widgets.titles import map_title, shown_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.parts import Part

MOST_PIXELS = 2**26
_BLOCK_BYTES = 32 * 2**20


def map_axes(subject: Subject, view: ViewState) -> tuple[str, ...]:
    """Names of the dims of the map: (y, x), (points,), or none where no map is.

    Parameters
    ----------
    subject : Subject
    view : ViewState

    Returns
    -------
    tuple of str
    """
    if view.x is not None and view.y is not None:
        return view.y, view.x
    return (subject.points.dim,) if subject.points is not None else ()


def read_map(
    subject: Subject, part: Part, view: ViewState, watch: Watch = UNWATCHED
) -> Frame:
    """Return the map of a view.

    Parameters
    ----------
    subject : Subject
    part : Part
        The component.
    view : ViewState
        It fits the subject and has a map.
    watch : Watch

    Returns
    -------
    Frame
        With `map`, `title`, and `valid` for a mean.
    """
    axes = map_axes(subject, view)
    if _band_of(view, part, axes) is None:
        return drawn(subject, part, view, read_slice(subject, part, view, watch))
    _check_size(subject, axes)
    mean, valid = _mean_map(subject, part, view, watch)
    title = map_title(subject, part, view)
    return Frame(map=upright(subject, mean, axes), title=title, valid=valid)


def read_slice(
    subject: Subject, part: Part, view: ViewState, watch: Watch = UNWATCHED
) -> npt.NDArray[np.generic]:
    """Return the raw values of the map at the marker, of the dataset's dtype.

    Parameters
    ----------
    subject : Subject
    part : Part
        The component that is shown.
    view : ViewState
        It fits the subject and has a map.
    watch : Watch

    Returns
    -------
    ndarray, shape (y, x), (x, y) or (points,)
        In the dataset's order of dims.
    """
    axes = map_axes(subject, view)
    _check_size(subject, axes)
    return subject.read(_selection(subject, view, part, axes), watch)


def drawn(
    subject: Subject, part: Part, view: ViewState, raw: npt.NDArray[np.generic]
) -> Frame:
    """Return the map that a slice makes.

    Parameters
    ----------
    subject : Subject
    part : Part
    view : ViewState
    raw : ndarray, shape (y, x), (x, y) or (points,)
        As :func:`read_slice` returns it.

    Returns
    -------
    Frame
    """
    pixels = upright(subject, part.of(raw), map_axes(subject, view))
    return Frame(map=pixels, title=map_title(subject, part, view))


def _check_size(subject: Subject, axes: tuple[str, ...]) -> None:
    pixels = math.prod(subject.sizes[dim] for dim in axes)
    if pixels > MOST_PIXELS:
        raise ViewError(
            "This map has more pixels than can be shown.",
            f"{pixels} pixels; at most {MOST_PIXELS} are drawn.",
        )


def _band_of(
    view: ViewState, part: Part, axes: tuple[str, ...]
) -> tuple[int, int] | None:
    if part.categorical or view.curve is None or view.curve in axes:
        return None
    return view.band


def _selection(
    subject: Subject, view: ViewState, part: Part, axes: tuple[str, ...]
) -> dict[str, int | slice | npt.NDArray[np.int64]]:
    chosen: dict[str, int | slice | npt.NDArray[np.int64]] = {}
    for dim in subject.dims:
        at = view.index[dim.name]
        if dim.name == view.curve:
            at = shown_index(view, part)
        chosen[dim.name] = slice(None) if dim.name in axes else at
    return chosen


def _mean_map(
    subject: Subject, part: Part, view: ViewState, watch: Watch
) -> tuple[npt.NDArray[np.floating], int]:
    """Means in blocks of rows, so that a wide band needs no more memory."""
    axes = map_axes(subject, view)
    means, valid = [], 0
    for selection, share in _blocks(subject, part, view):
        values = part.of(subject.read(selection, share(watch)))
        mean, count = _mean(values, part, _band_axis(subject, view, axes))
        means.append(mean)
        valid += count
    return np.concatenate(means), valid


def _band_axis(subject: Subject, view: ViewState, axes: tuple[str, ...]) -> int:
    kept = [d.name for d in subject.dims if d.name in axes or d.name == view.curve]
    return kept.index(view.curve or "")


class _Share:
    """The part of the progress that belongs to one block."""

    def __init__(self, done: float, part: float) -> None:
        self._done, self._part = done, part

    def __call__(self, watch: Watch) -> Watch:
        return watch.share(self._done, self._part)


def _blocks(
    subject: Subject, part: Part, view: ViewState
) -> Iterator[tuple[Selection, _Share]]:
    axes = map_axes(subject, view)
    first, last = view.band or (0, 0)
    slowest = next(dim for dim in subject.dims if dim.name in axes)
    pixels = math.prod(subject.sizes[dim] for dim in axes)
    total = pixels * (last + 1 - first) * subject.source.dtype.itemsize
    rows = max(1, slowest.size * _BLOCK_BYTES // max(1, total))
    for start in range(0, slowest.size, rows):
        selection = _selection(subject, view, part, axes)
        selection[view.curve or ""] = slice(first, last + 1)
        selection[slowest.name] = slice(start, start + rows)
        done = start / slowest.size
        yield selection, _Share(done, min(1.0, rows / slowest.size))


def _mean(
    values: npt.NDArray[np.floating], part: Part, axis: int
) -> tuple[npt.NDArray[np.floating], int]:
    finite = np.isfinite(values)
    valid = int(np.count_nonzero(finite))
    if part.period is not None:
        return circular_mean(values, part.period, axis), valid
    if valid == values.size:
        return values.mean(axis=axis, dtype=np.float64), valid
    total = np.where(finite, values, 0).sum(axis=axis, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / finite.sum(axis=axis), valid


def upright(
    subject: Subject, drawn: npt.NDArray[np.floating], axes: tuple[str, ...]
) -> Singles:
    """Turn a map so that it has rows of y and columns of x, in float32.

    Parameters
    ----------
    subject : Subject
    drawn : ndarray of float
        Axes in canonical order.
    axes : tuple of str
        Dims of the map: (y, x) or (points,).

    Returns
    -------
    ndarray of float32
    """
    order = [dim.name for dim in subject.dims if dim.name in axes]
    if len(axes) == 2 and order[0] != axes[0]:
        drawn = drawn.T
    return to_single(drawn)


def to_single(values: npt.NDArray[np.floating]) -> Singles:
    """Values as float32 in C order; what it cannot hold becomes infinite.

    Parameters
    ----------
    values : ndarray of float

    Returns
    -------
    ndarray of float32
    """
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=np.float32)
