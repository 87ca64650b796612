"""A dataset made ready for viewing: its dims, its parts, its reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from usid_lab.model.dimension import Side
from usid_lab.reading.process.remote import RemoteReader
from usid_lab.widgets.dims import described, is_spatial, runs_across, runs_down
from usid_lab.widgets.forms import Dim, Floats, Frame, Points
from usid_lab.widgets.haste import Haste
from usid_lab.widgets.parts import Part, parts_of

if TYPE_CHECKING:
    from usid_lab.dataset import PlainArray, USIDataset
    from usid_lab.reading import Reader
    from usid_lab.reading.damage import Damage
    from usid_lab.reading.process.client import ReaderProcess

Selection = Mapping[str, "int | slice | npt.NDArray[np.int64]"]

Hastes = defaultdict[tuple[tuple[str, ...], bool], Haste]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who watches a read.

    Attributes
    ----------
    stop : callable, optional
        Ends it between two pieces.
    progress : callable, optional
        Hears 0-1.
    partial : callable, optional
        Takes what makes a frame of that which has come so far, and makes it if
        there has been nothing to see for a while.
    damage : Damage, optional
        Takes note of chunks that cannot be decoded; their values are NaN.
    """

    stop: Callable[[], bool] | None = None
    progress: Callable[[float], None] | None = None
    partial: Callable[[Callable[[], Frame]], None] | None = None
    damage: Damage | None = None

    def share(self, done: float, part: float) -> Watch:
        """Return the watch of a read that is only a part of the whole.

        What it has read is no frame, so it shows nothing by itself.
        """
        return replace(self.told(done, part), partial=None)

    def told(self, done: float, part: float) -> Watch:
        """Return the watch of a read that is a part of the whole, for the progress."""
        whole = self.progress
        if whole is None:
            return self
        return replace(self, progress=lambda fraction: whole(done + part * fraction))

    def shows(
        self, drawn: Callable[[npt.NDArray[np.generic]], Frame]
    ) -> Callable[[npt.NDArray[np.generic]], None] | None:
        """Return what shows values so far as a frame; None if nobody sees it."""
        if self.partial is None:
            return None
        return lambda values: self.preview(lambda: drawn(values))

    def framed(self, around: Callable[[Frame], Frame]) -> Watch:
        """Return the watch of a read whose frames are a part of a larger one."""
        whole = self.partial
        if whole is None:
            return self
        return replace(self, partial=lambda make: whole(lambda: around(make())))

    def preview(self, make: Callable[[], Frame]) -> None:
        """Show what has come so far, if the read takes long."""
        if self.partial is not None:
            self.partial(make)


UNWATCHED = Watch()


@dataclass(frozen=True)
class Subject:
    """What viewing functions know of a dataset.

    Attributes
    ----------
    source : USIDataset or PlainArray
    dims : tuple of Dim
        Canonical order.
    points : Points, optional
        Scattered positions.
    parts : tuple of Part
        The components; the one that opens is the first.
    haste : mapping to Haste
        How long its maps take, by their dims and whether they are means.
    process : ReaderProcess, optional
        What reads; without one it is done in the kernel.
    """

    source: USIDataset | PlainArray
    dims: tuple[Dim, ...]
    points: Points | None
    parts: tuple[Part, ...]
    haste: Hastes = field(default_factory=lambda: defaultdict(Haste), compare=False)
    process: ReaderProcess | None = field(default=None, compare=False, repr=False)

    @cached_property
    def reader(self) -> Reader | RemoteReader:
        """One reader for all frames, so that what it keeps in memory serves all."""
        if self.process is None:
            return self.source.reader()
        return RemoteReader(self.process, self.source.brief())

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Size of each dim."""
        return {dim.name: dim.size for dim in self.dims}

    def dim(self, name: str) -> Dim:
        """Return the dim of this name."""
        return next(dim for dim in self.dims if dim.name == name)

    def part(self, name: str) -> Part | None:
        """Return the component of this name, if there is one."""
        return next((part for part in self.parts if part.name == name), None)

    def read(
        self,
        selection: Selection,
        watch: Watch = UNWATCHED,
        drawn: Callable[[npt.NDArray[np.generic]], Frame] | None = None,
    ) -> npt.NDArray[np.generic]:
        """Values of the file's type; dims with an index are dropped.

        Parameters
        ----------
        selection : mapping of str to int, slice or ndarray of int
        watch : Watch
        drawn : callable, optional
            Makes a frame of values, NaN where they have not been read yet (of a type
            that has NaN): then a slow read shows what has come.

        Returns
        -------
        ndarray
            Axes in canonical order.
        """
        show = None if drawn is None else watch.shows(drawn)
        return self.reader.read(
            selection, watch.stop, watch.progress, watch.damage, show
        )

    def read_ahead(self, selection: Selection, watch: Watch = UNWATCHED) -> None:
        """Have decoded what is read next, where that is more than a selection."""
        self.reader.prefetch(selection, watch.stop)


def subject_of(
    source: USIDataset | PlainArray, process: ReaderProcess | None = None
) -> Subject:
    """Make a dataset ready for viewing. Reads no values.

    Parameters
    ----------
    source : USIDataset or PlainArray
    process : ReaderProcess, optional
        What is to read.

    Returns
    -------
    Subject
    """
    dims = described(source.dimensions)
    parts = parts_of(source.dtype, source.quantity, source.units)
    return Subject(source, dims, _points(source, dims), parts, process=process)


def _points(source: USIDataset | PlainArray, dims: tuple[Dim, ...]) -> Points | None:
    """Places of positions that make no grid, if they lie in a plane."""
    along = [d for d in source.layout.along if d.side is Side.POSITION]
    spatial = [d for d in along if is_spatial(d.label or d.name, d.units)]
    numbered = next((d for d in dims if d.side == "position"), None)
    if numbered is None or len(spatial) < 2:
        return None
    candidates = described(d.moved(Side.POSITION) for d in spatial)
    x = next((d for d in candidates if runs_across(d)), None)
    x = x or next((d for d in candidates if not runs_down(d)), candidates[0])
    rest = [d for d in candidates if d is not x]
    y = next((d for d in rest if runs_down(d)), rest[0])
    return Points(numbered.name, x.values, y.values, x.name, y.name, x.units, y.units)


def as_floats(values: npt.NDArray[np.generic]) -> Floats:
    """Finite numbers as float64, flat.

    Parameters
    ----------
    values : ndarray of any real dtype

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    flat = values.reshape(-1).astype(np.float64)
    return flat[np.isfinite(flat)]
