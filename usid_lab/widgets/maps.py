"""The map: a slice at the marker, or the mean over the band, in float32."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from usid_lab.errors import ViewError
from usid_lab.widgets.bands import band_means
from usid_lab.widgets.cyclic import circular_mean
from usid_lab.widgets.forms import Frame, Singles
from usid_lab.widgets.streaming import grain_of, so_far
from usid_lab.widgets.subject import UNWATCHED, Selection, Subject, Watch
from usid_lab.widgets.titles import map_title, shown_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.forms import Dim
    from usid_lab.widgets.parts import Part

MOST_POINTS = 2**22
_BLOCK_BYTES = 8 * 2**20  # its mean takes about 20 ms, which nothing interrupts
_MOST_BLOCK_BYTES = 32 * 2**20


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
    if band_of(view, part, axes) is None:
        return drawn(subject, part, view, read_slice(subject, part, view, watch))
    _check_size(subject, axes)
    title = map_title(subject, part, view)

    def frame(mean: npt.NDArray[np.floating], valid: int) -> Frame:
        return Frame(map=upright(subject, mean, axes), title=title, valid=valid)

    return frame(*_mean_map(subject, part, view, watch, frame))


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
    chosen = selection_of(subject, view, part, axes)
    return subject.read(chosen, watch, lambda raw: drawn(subject, part, view, raw))


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
    """Refuse more points than can be drawn; a grid is reduced, points are not."""
    points = math.prod(subject.sizes[dim] for dim in axes)
    if len(axes) == 1 and points > MOST_POINTS:
        raise ViewError(
            "There are more scattered positions than can be shown.",
            f"{points} points; at most {MOST_POINTS} are drawn.",
        )


def band_of(
    view: ViewState, part: Part, axes: tuple[str, ...]
) -> tuple[int, int] | None:
    """First and last index of the band of which a map is the mean, if it is one.

    Parameters
    ----------
    view : ViewState
    part : Part
        Labels have no mean.
    axes : tuple of str
        Dims of the map.

    Returns
    -------
    tuple of (int, int) or None
    """
    if part.categorical or view.curve is None or view.curve in axes:
        return None
    return view.band


def selection_of(
    subject: Subject, view: ViewState, part: Part, axes: tuple[str, ...]
) -> dict[str, int | slice | npt.NDArray[np.int64]]:
    """Return what to read of every dim for the map at the marker.

    Parameters
    ----------
    subject : Subject
    view : ViewState
    part : Part
    axes : tuple of str
        Dims of the map, which are taken whole.

    Returns
    -------
    dict of str to int or slice
        In canonical order.
    """
    chosen: dict[str, int | slice | npt.NDArray[np.int64]] = {}
    for dim in subject.dims:
        at = view.index[dim.name]
        if dim.name == view.curve:
            at = shown_index(view, part)
        chosen[dim.name] = slice(None) if dim.name in axes else at
    return chosen


def _mean_map(
    subject: Subject,
    part: Part,
    view: ViewState,
    watch: Watch,
    frame: Callable[[npt.NDArray[np.floating], int], Frame],
) -> tuple[npt.NDArray[np.floating], int]:
    """Return the means, and how many numbers stand behind them.

    Where values must be read they come in blocks of rows, so that a wide band needs no
    more memory.
    """
    band = view.curve or "", _band_selection(subject, part, view)
    found = band_means(subject, part, band, watch, frame)
    if found is not None:
        return found
    means: list[npt.NDArray[np.floating]] = []
    valid = 0
    slowest = next(d for d in subject.dims if d.name in map_axes(subject, view))

    def preview() -> Frame:
        known = cast("npt.NDArray[np.floating]", so_far(means, slowest.size))
        return frame(known, valid)

    for selection, share in _blocks(subject, part, view):
        values = subject.read(selection, share(watch))
        mean, count = mean_over_band(subject, view, part, values)
        means.append(mean)
        valid += count
        watch.preview(preview)
    return np.concatenate(means), valid


def mean_over_band(
    subject: Subject,
    view: ViewState,
    part: Part,
    values: npt.NDArray[np.generic],
) -> tuple[npt.NDArray[np.floating], int]:
    """Return the mean over the curve axis, and how many numbers stand behind it.

    Parameters
    ----------
    subject : Subject
    view : ViewState
    part : Part
    values : ndarray
        Raw, with the axes of the map and of the curve in canonical order.

    Returns
    -------
    mean : ndarray of float
        NaN where no number is.
    valid : int
    """
    axis = _band_axis(subject, view, map_axes(subject, view))
    return _mean(part.of(values), part, axis)


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
    rows = _rows(subject, slowest, max(1, total // slowest.size))
    for start in range(0, slowest.size, rows):
        selection = _band_selection(subject, part, view)
        selection[slowest.name] = slice(start, start + rows)
        done = start / slowest.size
        yield selection, _Share(done, min(1.0, rows / slowest.size))


def _band_selection(
    subject: Subject, part: Part, view: ViewState
) -> dict[str, int | slice | npt.NDArray[np.int64]]:
    first, last = view.band or (0, 0)
    selection = selection_of(subject, view, part, map_axes(subject, view))
    selection[view.curve or ""] = slice(first, last + 1)
    return selection


def _rows(subject: Subject, slowest: Dim, nbytes: int) -> int:
    """Return how many rows, each of `nbytes`, are read at once: whole chunks."""
    grain = grain_of(subject, slowest)
    rows = -(-max(1, _BLOCK_BYTES // nbytes) // grain) * grain
    most = max(1, _MOST_BLOCK_BYTES // nbytes)
    return min(rows, most)


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
