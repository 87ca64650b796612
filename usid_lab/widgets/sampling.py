"""A small sample of the data: where it varies, and between which limits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from usid_lab.widgets.subject import UNWATCHED, Subject, Watch, as_floats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usid_lab.widgets.forms import Dim, Floats, Limits
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.roles import Roles

SPECTRA = 64
MOST_BYTES = 8 * 2**20
MOST_CHUNKS = 16
MOST_PIXELS = 2**22
MOST_SAMPLED = 2**18
MOST_VALUES = 4096

Picks = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """Raw values at evenly spread positions.

    Attributes
    ----------
    values : ndarray, shape (positions, spectral values)
        Of the dataset's dtype.
    picks : dict of str to ndarray of int64
        The indices taken of each dim that is not a position, canonical order.
    """

    values: npt.NDArray[np.generic]
    picks: dict[str, Picks]

    def near(self, index: Mapping[str, int]) -> npt.NDArray[np.generic]:
        """Return the values nearest to a place that is no position.

        Parameters
        ----------
        index : mapping of str to int

        Returns
        -------
        ndarray, shape (positions,)
        """
        at = 0
        for name, indices in self.picks.items():
            at = at * len(indices) + int(np.abs(indices - index[name]).argmin())
        return self.values[:, at]


def take_sample(
    subject: Subject, roles: Roles, watch: Watch = UNWATCHED
) -> Sample | None:
    """Read at most 64 spectra, 16 chunks and 8 MB.

    Parameters
    ----------
    subject : Subject
    roles : Roles
        Which dims are positions in a plain array.
    watch : Watch

    Returns
    -------
    Sample or None
        None where even one spectrum would cost more.
    """
    places = [dim for dim in subject.dims if _is_place(dim, roles)]
    others = [dim for dim in subject.dims if dim not in places]
    picks = _spectral_picks(others, roles, subject.source.dtype.itemsize)
    count = _affordable(subject, picks)
    if count == 0:
        return None
    selection = picks | _place_picks(subject, places, count)
    ordered = {dim.name: selection[dim.name] for dim in subject.dims}
    values = subject.read(ordered, watch)
    axes = [i for i, dim in enumerate(subject.dims) if dim in places]
    values = np.moveaxis(values, axes, range(len(axes)))
    taken = math.prod(len(selection[dim.name]) for dim in places)
    return Sample(values.reshape(taken, -1), {d.name: picks[d.name] for d in others})


def _is_place(dim: Dim, roles: Roles) -> bool:
    if dim.side == "array":
        return dim.name in (roles.x, roles.y)
    return dim.side == "position"


def _spectral_picks(
    others: Sequence[Dim], roles: Roles, itemsize: int
) -> dict[str, Picks]:
    """Everything, as long as eight spectra can be afforded; else less."""
    whole = {dim.name: np.arange(dim.size) for dim in others}
    if math.prod(d.size for d in others) * itemsize * 8 <= MOST_BYTES:
        return whole
    middle = {dim.name: np.array([dim.size // 2]) for dim in others}
    curve = next((dim for dim in others if dim.name == roles.curve), None)
    if curve is not None:
        most = MOST_BYTES // (8 * itemsize)
        middle[curve.name] = _spread(curve.size, min(curve.size, most))
    return middle


def _affordable(subject: Subject, picks: dict[str, Picks]) -> int:
    """How many spectra may be read, by bytes and by chunks."""
    spectrum = math.prod(len(p) for p in picks.values())
    chunks = subject.source.chunks
    if chunks is None:
        return min(
            SPECTRA, MOST_BYTES // max(1, spectrum * subject.source.dtype.itemsize)
        )
    most = min(MOST_CHUNKS, MOST_BYTES // _chunk_bytes(subject))
    across = _chunks_of_a_spectrum(subject)
    return min(SPECTRA, most // across)


def _chunk_bytes(subject: Subject) -> int:
    return math.prod(subject.source.chunks or ()) * subject.source.dtype.itemsize


def _chunks_of_a_spectrum(subject: Subject) -> int:
    shape, chunks = subject.source.shape, subject.source.chunks or ()
    if any(dim.side == "array" for dim in subject.dims):
        return math.prod(-(-n // c) for n, c in zip(shape[:-2], chunks, strict=False))
    return -(-shape[-1] // chunks[-1])


def _place_picks(
    subject: Subject, places: Sequence[Dim], count: int
) -> dict[str, Picks]:
    """Evenly spread indices of each dim; neighbours where these cost no chunk more."""
    rows = (subject.source.chunks or (1,))[0]
    if count >= SPECTRA or rows < 2 or not places or places[-1].side == "array":
        return _grid_picks(places, count)
    # A run of neighbours may lie across two chunks.
    lines = max(1, count // 2)
    run = min(SPECTRA // lines, rows, places[-1].size)
    start = (places[-1].size - run) // 2
    picks = _grid_picks(places[:-1], lines)
    return picks | {places[-1].name: np.arange(start, start + run)}


def _grid_picks(places: Sequence[Dim], count: int) -> dict[str, Picks]:
    """Evenly spread indices of each dim, in all at most `count` places."""
    picks: dict[str, Picks] = {}
    left, drawable = count, sum(dim.size > 1 for dim in places)
    for dim in sorted(places, key=lambda dim: dim.size):
        share = max(1, math.floor(left ** (1 / max(1, drawable)) + 1e-9))
        picks[dim.name] = _spread(dim.size, min(dim.size, share))
        left //= len(picks[dim.name])
        drawable -= dim.size > 1
    return picks


def _spread(size: int, count: int) -> Picks:
    """Return indices in the middles of `count` equal parts.

    Examples
    --------
    >>> _spread(9, 3).tolist()
    [1, 4, 7]
    """
    return ((2 * np.arange(count) + 1) * size // (2 * count)).astype(np.int64)


def ordered(values: npt.NDArray[np.generic], most: int = MOST_PIXELS) -> Floats:
    """Sort the finite values.

    Parameters
    ----------
    values : ndarray of any real dtype
    most : int
        Above so many, every n-th counts.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    flat = values.reshape(-1)
    every = -(-flat.size // most) or 1
    # An odd step does not fall in with the rows of a usual image.
    return np.sort(as_floats(flat[:: every | 1]))


def thinned(values: Floats) -> Floats:
    """Keep at most 4,096 sorted values, evenly by rank: percentiles stay.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Sorted.

    Returns
    -------
    ndarray of float64
    """
    if values.size <= MOST_VALUES:
        return values
    ranks = np.linspace(0, values.size - 1, MOST_VALUES).round().astype(np.int64)
    return values[ranks]


def percentile_limits(
    sample: Floats, low: float = 1, high: float = 99
) -> Limits | None:
    """Limits that leave the outermost values out.

    Parameters
    ----------
    sample : ndarray of float64, shape (n,)
        Sorted.
    low, high : float
        Percentiles.

    Returns
    -------
    tuple of (float, float) or None
        None where there is no value.
    """
    if not sample.size:
        return None
    bounds = np.percentile(sample, [low, high])
    return float(bounds[0]), float(bounds[1])


def liveliest(sample: Sample, part: Part, free: Sequence[str]) -> dict[str, int] | None:
    """Where the data vary most over positions.

    The largest 10-90 % spread; dims that are not `free` stay at index 0.

    Parameters
    ----------
    sample : Sample
    part : Part
        The component whose values count.
    free : sequence of str
        Dims whose index may be chosen.

    Returns
    -------
    dict of str to int, or None
        Index of each free dim; None where nothing varies.
    """
    sizes = tuple(len(indices) for indices in sample.picks.values())
    spread = _spread_over_rows(part.of(sample.values)).reshape(sizes)
    held = tuple(slice(None) if dim in free else slice(1) for dim in sample.picks)
    spread = spread[held]
    if not spread.size or not (spread > 0).any():
        return None
    place = np.unravel_index(int(np.argmax(spread)), spread.shape)
    found = zip(sample.picks.items(), place, strict=True)
    return {dim: int(indices[i]) for (dim, indices), i in found if dim in free}


def _spread_over_rows(values: npt.NDArray[np.floating]) -> Floats:
    """10-90 % spread of each column; 0 where fewer than two values are finite."""
    # Sorting along contiguous memory is several times faster.
    columns = np.where(np.isfinite(values), values, np.nan).T.copy()
    columns.sort(axis=1)
    last = np.isfinite(columns).sum(axis=1) - 1
    ends = [
        np.rint(share * np.maximum(last, 0)).astype(np.int64)[:, None]
        for share in (0.1, 0.9)
    ]
    low, high = (np.take_along_axis(columns, end, axis=1)[:, 0] for end in ends)
    return np.where(last > 0, high - low, 0.0).astype(np.float64)
