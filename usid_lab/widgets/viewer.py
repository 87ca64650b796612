"""What a viewer can be told of a file: descriptions, frames, pages of the tree.

It reads when it is asked, and knows no messages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from usid_lab.errors import ChangedFileError, UsidError, ViewError
from usid_lab.model.contents import Node
from usid_lab.reading import Stopped
from usid_lab.reading.damage import Damage
from usid_lab.storage.text import plain
from usid_lab.widgets import tree
from usid_lab.widgets.channels import is_recorded_axis
from usid_lab.widgets.damaged import noted
from usid_lab.widgets.describe import Described, describe
from usid_lab.widgets.edition import Edition, Editions, State
from usid_lab.widgets.firstview import carried
from usid_lab.widgets.forms import (
    AttributeList,
    Badge,
    Description,
    Dim,
    FileInfo,
    Frame,
    Opened,
    Probed,
    TreePage,
)
from usid_lab.widgets.maps import map_axes, selection_of
from usid_lab.widgets.opening import Findings, explore, is_result
from usid_lab.widgets.panels import is_stack, panel_frame, probe
from usid_lab.widgets.saving import Saved, SavingPlan, pictures, plan_of, save
from usid_lab.widgets.scrubbing import Scrubbing
from usid_lab.widgets.shelf import Shelf
from usid_lab.widgets.subject import UNWATCHED, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from usid_lab.dataset import PlainArray, USIDataset
    from usid_lab.file import USIDFile
    from usid_lab.model.view import ViewState
    from usid_lab.reading.process.client import ReaderProcess
    from usid_lab.widgets.sights import Sight

T = TypeVar("T")

_MOST_TRIED = 16
_MOST_OPENED = 3  # times that a file is opened that is written meanwhile


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
    process : ReaderProcess, optional
        What reads; without one it is done here.
    """

    def __init__(
        self,
        open_file: Callable[[], USIDFile],
        start: Start | None = None,
        process: ReaderProcess | None = None,
    ) -> None:
        self._open_file = open_file
        self._process = process
        self._start = start or Start()
        self._file: USIDFile | None = None
        self._editions = Editions()
        self._findings: Findings | None = None
        self._failures: list[UsidError] = []
        self._shelf = Shelf(self._look_at)
        self._scrubbing = Scrubbing()

    @property
    def file(self) -> USIDFile:
        """The file, opened when first asked for."""
        if self._file is None:
            self._file = self._open_file()
            self._editions.look(self._file)
        return self._file

    @property
    def edition(self) -> Edition:
        """The state of the file that is shown: the one in which it was opened."""
        return self._editions.look(self.file)

    def state(self, token: str | None) -> State:
        """Say what has become of the file since somebody was shown it.

        Parameters
        ----------
        token : str, optional
            Of the edition that they were shown.

        Returns
        -------
        {"same", "changed", "missing"}
        """
        return self._editions.state(token)

    def faithfully(self, token: str | None, answer: Callable[[], T]) -> T:
        """Answer from the state of the file that the asker sees, or not at all.

        Parameters
        ----------
        token : str, optional
            Of the edition that the asker sees.
        answer : callable
            Reads what is asked.

        Returns
        -------
        object
            What `answer` gives.

        Raises
        ------
        ChangedFileError, MissingFileError
            The file was another before, or was it afterwards.
        """
        edition = self.require(token)
        try:
            found = answer()
        except Stopped:
            raise
        except Exception as error:
            edition.require(error)  # what the file has become is the better reason
            raise
        edition.require()
        return found

    def require(self, token: str | None) -> Edition:
        """Return the state of the file, if it is the one that somebody sees.

        Parameters
        ----------
        token : str, optional
            Of the edition that they see.

        Returns
        -------
        Edition

        Raises
        ------
        ChangedFileError, MissingFileError
            The file is another.
        """
        return self._editions.require(token, self.file)

    def forget(self) -> None:
        """Look at the file anew at the next question."""
        if self._process is not None:
            self._process.forgive()
        self._file = None
        self._editions.forget()
        self._findings = None
        self._failures.clear()
        self._shelf.clear()

    def close(self) -> None:
        """End what goes on in the background."""
        self._scrubbing.close()

    def open(self, saved: ViewState | None, watch: Watch = UNWATCHED) -> Opened:
        """Gather everything for the first paint.

        Parameters
        ----------
        saved : ViewState, optional
            Wins where it still fits.
        watch : Watch

        Returns
        -------
        Opened
            All of one state of the file.

        Raises
        ------
        ChangedFileError
            It is written faster than it can be read.
        """
        if self._editions.is_stale:
            self.forget()
        for _ in range(_MOST_OPENED - 1):
            try:
                return self.faithfully(None, lambda: self._gather(saved, watch))
            except ChangedFileError:
                self.forget()
        return self.faithfully(None, lambda: self._gather(saved, watch))

    def _gather(self, saved: ViewState | None, watch: Watch) -> Opened:
        root = self.children("/", 0, tree.PAGE)
        description = self._first(saved, watch.share(0, 0.8))
        unfolded: tuple[TreePage, ...] = ()
        frames: dict[str, Frame | None] = {}
        if description is not None:
            unfolded = tree.pages_down_to(self.file, description.path)
            frames = self._first_frames(description.view, watch)
        drawn = (frames.get("map"), frames.get("curve"), frames.get("grid"))
        return Opened(self._info(), root, description, unfolded, *drawn)

    def describe(
        self, path: str, view: ViewState | None = None, watch: Watch = UNWATCHED
    ) -> Description:
        """Describe a dataset of the file, and the view in which it opens.

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
        known = self._shelf.take(path, watch)
        description = known.description
        if view is None:
            return description
        if view.dataset == path and _fits(view, known):
            return replace(description, view=view)
        return replace(description, view=self._carried(known, view))

    def frame(
        self,
        slot: str,
        view: ViewState,
        watch: Watch = UNWATCHED,
        sight: Sight | None = None,
    ) -> Frame:
        """Read the values of one panel.

        Parameters
        ----------
        slot : {"map", "curve", "grid"}
        view : ViewState
        watch : Watch
        sight : Sight, optional
            What there is room for on the screen.

        Returns
        -------
        Frame

        Raises
        ------
        ViewError
            The view does not fit its dataset.
        """
        subject = self._check(view, watch).subject
        seen = replace(watch, damage=Damage())
        frame = panel_frame(self._shelf, slot, view, seen, sight)
        if slot == "map":
            self._scrubbing.looked(subject, view)
        return noted(frame, seen.damage, subject.source)

    def read_ahead(self, slot: str, view: ViewState, watch: Watch = UNWATCHED) -> None:
        """Have decoded what the map of a view lies in, and what follows on its way.

        Parameters
        ----------
        slot : {"map", "curve", "grid"}
            Others than maps are quick.
        view : ViewState
        watch : Watch
        """
        subject = self._check(view, watch).subject
        part = subject.part(view.component)
        axes = map_axes(subject, view)
        if slot == "map" and part is not None and axes:
            subject.read_ahead(selection_of(subject, view, part, axes), watch)

    def probe(self, view: ViewState, watch: Watch = UNWATCHED) -> Probed:
        """Read the exact values of a map at the cursor of a view.

        Parameters
        ----------
        view : ViewState
        watch : Watch

        Returns
        -------
        Probed

        Raises
        ------
        ViewError
            The view does not fit its dataset.
        """
        self._check(view, watch)
        return probe(self._shelf, view, replace(watch, damage=Damage()))

    def saving_plan(self, view: ViewState, watch: Watch = UNWATCHED) -> SavingPlan:
        """Say what of a view can be saved, and where it would go.

        Parameters
        ----------
        view : ViewState
        watch : Watch

        Returns
        -------
        SavingPlan
        """
        self._check(view, watch)
        return plan_of(pictures(self._shelf, view, watch), self.file.path)

    def save(
        self, view: ViewState, wanted: Collection[str], watch: Watch = UNWATCHED
    ) -> Saved:
        """Save what a view shows; the file is then shown in its new state.

        Parameters
        ----------
        view : ViewState
        wanted : collection of str
            The choices of :meth:`saving_plan`.
        watch : Watch

        Returns
        -------
        Saved

        Raises
        ------
        ViewError
            The view does not fit its dataset, or nothing was chosen.
        ChangedFileError, MissingFileError
            The file is not what is shown.
        WriteError
            It could not be written.
        """
        self._check(view, watch)
        shown, path = pictures(self._shelf, view, watch), self.file.path
        with self._editions.ours(self.file, self._renew):
            file, paths = save(shown, wanted, path, watch)
        seen = file in (path, *self.file.beside)
        return Saved(plain(str(file)), paths, seen, self._info())

    def _renew(self) -> None:
        self.forget()
        self._editions.look(self.file)

    def children(self, path: str, start: int, count: int) -> TreePage:
        """List part of what a group holds."""
        return tree.children_of(self.file, path, start, count)

    def attributes(self, path: str, start: int, count: int) -> AttributeList:
        """List part of the attributes of an object."""
        return tree.attributes_of(self.file, path, start, count)

    def keep_near(self, path: str, watch: Watch = UNWATCHED) -> None:
        """Bring a small dataset into memory, in the place of older ones."""
        if self._process is not None:
            self._process.start()  # no first picture has waited for it
        self._shelf.keep_near(path, watch)

    def _check(self, view: ViewState, watch: Watch) -> Described:
        known = self._shelf.take(view.dataset, watch)
        if not _fits(view, known):
            raise ViewError(
                "This view does not fit the dataset.",
                f"{view.dataset} has the dimensions {known.subject.sizes}.",
            )
        return known

    def _info(self) -> FileInfo:
        edition, path = self.edition, self.file.path
        size = edition.stamp[2] if edition.stamp is not None else 0
        return FileInfo(self.file.name, str(path), size, edition.token, self._notes())

    def _notes(self) -> tuple[Badge, ...]:
        """Say what of the file is not as it should be."""
        told = [("a dataset cannot be shown", str(e)) for e in self._failures]
        told += [("results cannot be shown", text) for text in self.file.troubles]
        if text := self.file.pending:
            told.append(("a save was interrupted", text))
        return tuple(Badge(name, text, "warning") for name, text in told)

    def _found(self) -> Findings:
        if self._findings is None:
            self._findings = explore(self.file)
        return self._findings

    def _look_at(self, path: str, watch: Watch) -> Described:
        raw = self._found().raw
        return describe(self.file, self._source(path), raw, watch, self._process)

    def _source(self, path: str) -> USIDataset | PlainArray:
        found = self.file[path]
        if isinstance(found, Node):
            raise ViewError(f"'{found.name}' is a group; it has no values to show.")
        return found

    def _first(self, saved: ViewState | None, watch: Watch) -> Description | None:
        restored = None if saved is None else self._restored(saved, watch)
        if restored is not None:
            return restored
        if self._start.dataset is not None:
            first: Description | None = self.describe(self._start.dataset, None, watch)
        else:
            first = self._best(watch)
        return None if first is None else self._placed(first)

    def _restored(self, saved: ViewState, watch: Watch) -> Description | None:
        try:
            known = self._shelf.take(saved.dataset, watch)
        except UsidError:
            return None
        if not _fits(saved, known):
            return None
        return replace(known.description, view=saved)

    def _placed(self, description: Description) -> Description:
        wanted = self._start.index or {}
        index = {
            dim.name: min(max(0, wanted[dim.name]), dim.size - 1)
            for dim in description.dims
            if dim.name in wanted
        }
        view = replace(description.view, index=dict(description.view.index) | index)
        return replace(description, view=view)

    def _best(self, watch: Watch) -> Description | None:
        """Return the first dataset that can be shown, by the rules of opening."""
        later = []
        for node in self._found().candidates()[:_MOST_TRIED]:
            try:
                known = self._shelf.take(node.path, watch)
                if not _is_second_choice(known, watch):
                    return known.description
                later.append(known.description)
            except UsidError as error:
                self._failures.append(error)
        return later[0] if later else None

    def _carried(self, known: Described, old: ViewState) -> ViewState:
        last = self._shelf.known(old.dataset)
        if last is None or not _fits(old, last):
            return known.description.view
        same = {
            dim.name: dim.name in last.subject.sizes
            and _same_dim(dim, last.subject.dim(dim.name))
            for dim in known.subject.dims
        }
        ours, theirs = known.description, last.description
        alike = (ours.quantity, ours.units) == (theirs.quantity, theirs.units)
        return carried(ours.view, old, same, alike)

    def _first_frames(self, view: ViewState, watch: Watch) -> dict[str, Frame | None]:
        stack = is_stack(self._shelf.take(view.dataset, watch), view)
        curves = "grid" if stack else "curve"
        return {
            "map": self._first_frame("map", view, watch.share(0.8, 0.1)),
            curves: self._first_frame(curves, view, watch.share(0.9, 0.1)),
        }

    def _first_frame(self, slot: str, view: ViewState, watch: Watch) -> Frame | None:
        """Return a frame, or None: the other panel opens all the same."""
        try:
            frame = self.frame(slot, view, watch)
        except UsidError:
            return None
        return frame if frame.to_json() else None


def _fits(view: ViewState, known: Described) -> bool:
    fits = view.fits(known.subject.sizes)
    return fits and known.subject.part(view.component) is not None


def _is_second_choice(known: Described, watch: Watch) -> bool:
    """Whether this is an axis recorded as data, or a result by another name."""
    path, source = known.description.path, known.subject.source.source
    if source is not None and not is_result(path):
        return True
    try:
        return is_recorded_axis(known.subject, watch)
    except UsidError:  # its panels will say so
        return False


def _same_dim(one: Dim, other: Dim) -> bool:
    """Whether two dims are the same axis: units, side and every value."""
    alike = (one.units, one.side, one.size) == (other.units, other.side, other.size)
    return alike and np.array_equal(one.values, other.values, equal_nan=True)
