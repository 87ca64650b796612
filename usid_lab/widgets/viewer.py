"""What a viewer can be told of a file: descriptions, frames, pages of the tree.

It reads when it is asked, and knows no messages.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.errors import UsidError, ViewError
from usid_lab.widgets import tree
from usid_lab.widgets.channels import is_recorded_axis, sweep_partners
from usid_lab.widgets.curves import read_curve
from usid_lab.widgets.describe import Described, describe
from usid_lab.widgets.firstview import carried
from usid_lab.widgets.forms import (
    AttributeList,
    Description,
    Dim,
    FileInfo,
    Frame,
    GridMap,
    Opened,
    TreePage,
)
from usid_lab.widgets.maps import map_axes, read_map
from usid_lab.widgets.opening import Findings, explore
from usid_lab.widgets.subject import UNWATCHED, Subject, Watch, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usid_lab.dataset import PlainArray, USIDataset
    from usid_lab.file import USIDFile
    from usid_lab.model.view import ViewState

MOST_KEPT = 8
MOST_IN_GRID = 9
_MOST_TRIED = 16
_MOST_RESIDENT = 96 * 2**20


@dataclass(frozen=True, slots=True)
class Start:
    """What to open with where no view was saved: a dataset, indices of dims."""

    dataset: str | None = None
    index: Mapping[str, int] | None = None


class Viewer:
    """Answers what a viewer asks of one file.

    Parameters
    ----------
    open_file : callable
        Opens the file; called when something is first asked, and after
        :meth:`forget`.
    start : Start
        What to open with.
    """

    def __init__(
        self, open_file: Callable[[], USIDFile], start: Start | None = None
    ) -> None:
        self._open_file = open_file
        self._start = start or Start()
        self._file: USIDFile | None = None
        self._findings: Findings | None = None
        self._known: OrderedDict[str, Described] = OrderedDict()

    @property
    def file(self) -> USIDFile:
        """The file, opened when first asked for."""
        if self._file is None:
            self._file = self._open_file()
        return self._file

    def forget(self) -> None:
        """Look at the file anew at the next question."""
        self._file = None
        self._findings = None
        self._known.clear()

    def open(self, saved: ViewState | None, watch: Watch = UNWATCHED) -> Opened:
        """Everything for the first paint.

        Parameters
        ----------
        saved : ViewState, optional
            Wins where it still fits.
        watch : Watch

        Returns
        -------
        Opened
        """
        root = self.children("/", 0, tree.PAGE)
        description = self._first(saved, watch)
        unfolded: tuple[TreePage, ...] = ()
        drawn = curve = None
        if description is not None:
            unfolded = tree.pages_down_to(self.file, description.path)
            drawn = self._first_frame("map", description.view, watch)
            curve = self._first_frame("curve", description.view, watch)
        return Opened(self._info(), root, description, unfolded, drawn, curve)

    def describe(
        self, path: str, view: ViewState | None = None, watch: Watch = UNWATCHED
    ) -> Description:
        """Return a dataset of the file, and the view in which it opens.

        Parameters
        ----------
        path : str
            HDF5 path of a Main dataset or of an array.
        view : ViewState, optional
            The view so far; what it has in common with the dataset stays.
        watch : Watch

        Returns
        -------
        Description
        """
        known = self._described(path, watch)
        description = known.description
        if view is None:
            return description
        if view.dataset == path and self._fits(view, known):
            return replace(description, view=view)
        return replace(description, view=self._carried(known, view))

    def frame(self, slot: str, view: ViewState, watch: Watch = UNWATCHED) -> Frame:
        """Values of one panel.

        Parameters
        ----------
        slot : {"map", "curve", "grid"}
        view : ViewState
        watch : Watch

        Returns
        -------
        Frame

        Raises
        ------
        ViewError
            The view does not fit its dataset.
        """
        known = self._described(view.dataset, watch)
        if not self._fits(view, known):
            raise ViewError(
                "This view does not fit the dataset.",
                f"{view.dataset} has the dimensions {known.subject.sizes}.",
            )
        if slot == "curve":
            return self._curve(known, view, watch)
        return (
            self._grid(known, view, watch)
            if slot == "grid"
            else _map(known, view, watch)
        )

    def children(self, path: str, start: int, count: int) -> TreePage:
        """Part of what a group holds."""
        return tree.children_of(self.file, path, start, count)

    def attributes(self, path: str, start: int, count: int) -> AttributeList:
        """Part of the attributes of an object."""
        return tree.attributes_of(self.file, path, start, count)

    def keep_near(self, path: str, watch: Watch = UNWATCHED) -> None:
        """Bring a small dataset into memory.

        Parameters
        ----------
        path : str
        watch : Watch
        """
        known = self._known.get(path)
        if known is None:
            return
        source = known.subject.source
        size = int(np.prod(source.shape, dtype=np.int64)) * source.dtype.itemsize
        if size <= _MOST_RESIDENT:
            known.subject.reader.make_resident(watch.stop)

    def _info(self) -> FileInfo:
        path = self.file.path
        return FileInfo(self.file.name, str(path), path.stat().st_size)

    def _look(self) -> Findings:
        if self._findings is None:
            self._findings = explore(self.file)
        return self._findings

    def _first(self, saved: ViewState | None, watch: Watch) -> Description | None:
        if saved is not None:
            restored = self._restored(saved, watch)
            if restored is not None:
                return restored
        if self._start.dataset is not None:
            return self._placed(self.describe(self._start.dataset, None, watch))
        return self._best(watch)

    def _restored(self, saved: ViewState, watch: Watch) -> Description | None:
        try:
            known = self._described(saved.dataset, watch)
        except UsidError:
            return None
        if not self._fits(saved, known):
            return None
        return replace(known.description, view=saved)

    def _placed(self, description: Description) -> Description:
        index = {
            name: min(max(0, i), dim.size - 1)
            for dim in description.dims
            for name, i in (self._start.index or {}).items()
            if name == dim.name
        }
        view = replace(description.view, index=dict(description.view.index) | index)
        return replace(description, view=view)

    def _best(self, watch: Watch) -> Description | None:
        """Return the first dataset that can be shown; recorded axes rank last."""
        axes = []
        for node in self._look().candidates()[:_MOST_TRIED]:
            try:
                if self._is_axis(node.path, watch):
                    axes.append(node.path)
                else:
                    return self.describe(node.path, None, watch)
            except UsidError:
                continue
        return self.describe(axes[0], None, watch) if axes else None

    def _is_axis(self, path: str, watch: Watch) -> bool:
        return is_recorded_axis(subject_of(self._source(path)), watch)

    def _source(self, path: str) -> USIDataset | PlainArray:
        node = self.file.node(path)
        if str(node.kind) == "main":
            return self.file.dataset(path)
        return self.file.array(path)

    def _described(self, path: str, watch: Watch) -> Described:
        known = self._known.get(path)
        if known is None:
            raw = self._look().raw
            known = describe(self.file, self._source(path), raw, watch)
            self._known[path] = known
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(path)
        return known

    def _fits(self, view: ViewState, known: Described) -> bool:
        fits = view.fits(known.subject.sizes)
        return fits and known.subject.part(view.component) is not None

    def _carried(self, known: Described, old: ViewState) -> ViewState:
        last = self._known.get(old.dataset)
        if last is None or not self._fits(old, last):
            return known.description.view
        same = {
            dim.name: dim.name in last.subject.sizes
            and _same_dim(dim, last.subject.dim(dim.name))
            for dim in known.subject.dims
        }
        ours, theirs = known.description, last.description
        alike = (ours.quantity, ours.units) == (theirs.quantity, theirs.units)
        return carried(ours.view, old, same, alike)

    def _first_frame(self, slot: str, view: ViewState, watch: Watch) -> Frame | None:
        """Return a frame, or None: the other panel opens all the same."""
        known = self._described(view.dataset, watch)
        if slot == "map" and known.map is not None and _same_map(known, view):
            return known.map
        try:
            return self.frame(slot, view, watch)
        except UsidError:
            return None

    def _curve(self, known: Described, view: ViewState, watch: Watch) -> Frame:
        part = known.subject.part(view.component) or known.subject.parts[0]
        partners = sweep_partners(known.description.channels, view.dataset)
        if view.curve is None or view.overlay is not None or not partners:
            return read_curve(known.subject, part, view, watch)
        return self._sweeps(known, view, [p.path for p in partners], watch)

    def _sweeps(
        self, known: Described, view: ViewState, paths: list[str], watch: Watch
    ) -> Frame:
        """Forward and backward in one picture, the shown channel first."""
        paths.sort(key=lambda path: path != view.dataset)
        labels = {c.path: c.label for c in known.description.channels}
        curves = []
        for path in paths:
            subject = self._channel(path, known)
            part = subject.part(view.component) or subject.parts[0]
            frame = read_curve(subject, part, view, watch)
            curves.append(frame.curve)
        together = np.concatenate([curve for curve in curves if curve is not None])
        return Frame(curve=together, curve_names=tuple(labels[path] for path in paths))

    def _grid(self, known: Described, view: ViewState, watch: Watch) -> Frame:
        channels = known.description.channels[:MOST_IN_GRID]
        cells = []
        for done, channel in enumerate(channels):
            subject = self._channel(channel.path, known)
            part = subject.part(view.component) or subject.parts[0]
            share = watch.share(done / len(channels), 1 / len(channels))
            drawn = read_map(subject, part, view, share).map
            if drawn is not None:
                cells.append(GridMap(channel.path, channel.label, part.units, drawn))
        return Frame(grid=tuple(cells))

    def _channel(self, path: str, known: Described) -> Subject:
        if path == known.description.path:
            return known.subject
        return self._described(path, UNWATCHED).subject


def _map(known: Described, view: ViewState, watch: Watch) -> Frame:
    if not map_axes(known.subject, view):
        return Frame()
    part = known.subject.part(view.component) or known.subject.parts[0]
    return read_map(known.subject, part, view, watch)


def _same_map(known: Described, view: ViewState) -> bool:
    """Whether the view's map is the one that was read for the first view."""
    first = known.description.view
    axes = map_axes(known.subject, view)
    if axes != map_axes(known.subject, first):
        return False
    told = [(v.component, v.band, v.curve) for v in (view, first)]
    fixed = [{d: i for d, i in v.index.items() if d not in axes} for v in (view, first)]
    return told[0] == told[1] and fixed[0] == fixed[1]


def _same_dim(one: Dim, other: Dim) -> bool:
    """Whether two dims are the same axis: units, side and every value."""
    alike = (one.units, one.side, one.size) == (other.units, other.side, other.size)
    return alike and np.array_equal(one.values, other.values, equal_nan=True)
