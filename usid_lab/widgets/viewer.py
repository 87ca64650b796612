"""What a viewer can be told of a file: descriptions, frames, pages of the tree.

It reads when it is asked, and knows no messages.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from usid_lab.errors import ChangedFileError, UsidError, ViewError
from usid_lab.model.contents import Node
from usid_lab.reading.damage import Damage
from usid_lab.storage.text import plain
from usid_lab.widgets import tree
from usid_lab.widgets.beginning import Beginning, Start
from usid_lab.widgets.carrying import carried
from usid_lab.widgets.damaged import noted
from usid_lab.widgets.describe import Described, describe
from usid_lab.widgets.forms import (
    AttributeList,
    Badge,
    Description,
    FileInfo,
    Frame,
    Opened,
    Probed,
    TreePage,
)
from usid_lab.widgets.hurry import in_time
from usid_lab.widgets.maps import map_axes, selection_of
from usid_lab.widgets.opening import Findings, explore
from usid_lab.widgets.panels import is_stack, panel_frame, probe
from usid_lab.widgets.saving import Saved, SavingPlan, pictures, plan_of, save
from usid_lab.widgets.scrubbing import Scrubbing
from usid_lab.widgets.shelf import Shelf
from usid_lab.widgets.shown import ShownFile
from usid_lab.widgets.subject import UNWATCHED, Subject, Watch, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from usid_lab.dataset import PlainArray, USIDataset
    from usid_lab.file import USIDFile
    from usid_lab.model.view import ViewState
    from usid_lab.reading.process.client import ReaderProcess
    from usid_lab.widgets.sights import Sight

_MOST_OPENED = 3  # times that a file is opened that is written meanwhile


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

    Attributes
    ----------
    shown : ShownFile
        The file, in the state that is shown.
    """

    def __init__(
        self,
        open_file: Callable[[], USIDFile],
        start: Start | None = None,
        process: ReaderProcess | None = None,
    ) -> None:
        self.shown = ShownFile(open_file, lambda: self._shelf.files)
        self._process = process
        self._findings: Findings | None = None
        self._shelf = Shelf(self._look_at, self._ready)
        self._beginning = Beginning(self._shelf, start or Start(), self._found)
        self._scrubbing = Scrubbing()

    def forget(self) -> None:
        """Look at the file anew at the next question."""
        if self._process is not None:
            self._process.forgive()
        self.shown.forget()
        self._findings = None
        self._beginning.clear()
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
        if self.shown.is_stale:
            self.forget()
        for _ in range(_MOST_OPENED - 1):
            try:
                return self.shown.faithfully(None, lambda: self._gather(saved, watch))
            except ChangedFileError:
                self.forget()
        return self.shown.faithfully(None, lambda: self._gather(saved, watch))

    def _gather(self, saved: ViewState | None, watch: Watch) -> Opened:
        root = self.children("/", 0, tree.PAGE)
        description = self._beginning.description(saved, watch.share(0, 0.8))
        unfolded: tuple[TreePage, ...] = ()
        frames: dict[str, Frame | None] = {}
        if description is not None:
            unfolded = tree.pages_down_to(self.shown.file, description.path)
            frames = self._first_frames(description.view, watch)
        drawn = (frames.get("map"), frames.get("curve"), frames.get("grid"))
        return Opened(self._info(), root, description, unfolded, *drawn)

    def renew(self, token: str | None = None) -> FileInfo:
        """Show the results that came to lie beside the file, or left it.

        Parameters
        ----------
        token : str, optional
            Of the edition that the asker sees.

        Returns
        -------
        FileInfo
            The file in its new edition; what was shown holds on.

        Raises
        ------
        ChangedFileError, MissingFileError
            The file itself is another, or results that are shown.
        """
        self.shown.renew(token)
        return self._info()

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
        if view.dataset == path and known.fits(view):
            return replace(description, view=view)
        last = self._shelf.known(view.dataset)
        return replace(description, view=carried(known, last, view))

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
        return plan_of(pictures(self._shelf, view, watch), self.shown.file.path)

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
        shown, path = pictures(self._shelf, view, watch), self.shown.file.path
        with self.shown.ours(self.forget):
            file, paths = save(shown, wanted, path, watch)
        seen = file in (path, *self.shown.file.beside)
        return Saved(plain(str(file)), paths, seen, self._info())

    def children(self, path: str, start: int, count: int) -> TreePage:
        """List part of what a group holds."""
        return tree.children_of(self.shown.file, path, start, count)

    def attributes(self, path: str, start: int, count: int) -> AttributeList:
        """List part of the attributes of an object."""
        return tree.attributes_of(self.shown.file, path, start, count)

    def keep_near(self, path: str, watch: Watch = UNWATCHED) -> None:
        """Bring a small dataset into memory, in the place of older ones."""
        if self._process is not None:
            self._process.start()  # no first picture has waited for it
        self._shelf.keep_near(path, watch)

    def _check(self, view: ViewState, watch: Watch) -> Described:
        known = self._shelf.take(view.dataset, watch)
        if not known.fits(view):
            raise ViewError(
                "This view does not fit the dataset.",
                f"{view.dataset} has the dimensions {known.subject.sizes}.",
            )
        return known

    def _info(self) -> FileInfo:
        edition, path = self.shown.edition, self.shown.file.path
        size = edition.stamp[2] if edition.stamp is not None else 0
        return FileInfo(
            self.shown.file.name, str(path), size, edition.token, self._notes()
        )

    def _notes(self) -> tuple[Badge, ...]:
        """Say what of the file is not as it should be."""
        told = [("a dataset cannot be shown", str(e)) for e in self._beginning.failures]
        told += [("results cannot be shown", text) for text in self.shown.file.troubles]
        if text := self.shown.file.pending:
            told.append(("a save was interrupted", text))
        return tuple(Badge(name, text, "warning") for name, text in told)

    def _found(self, watch: Watch) -> Findings:
        if self._findings is None:
            self._findings = explore(self.shown.file, watch.stop)
        return self._findings

    def _look_at(self, path: str, watch: Watch) -> Described:
        raw = self._found(watch).raw
        return describe(self.shown.file, self._source(path), raw, watch, self._process)

    def _ready(self, path: str) -> Subject:
        return subject_of(self._source(path), self._process)

    def _source(self, path: str) -> USIDataset | PlainArray:
        found = self.shown.file[path]
        if isinstance(found, Node):
            raise ViewError(f"'{found.name}' is a group; it has no values to show.")
        return found

    def _first_frames(self, view: ViewState, watch: Watch) -> dict[str, Frame | None]:
        stack = is_stack(self._shelf.take(view.dataset, watch), view)
        curves = "grid" if stack else "curve"
        return {
            "map": self._first_frame("map", view, watch.share(0.8, 0.1)),
            curves: self._first_frame(curves, view, watch.share(0.9, 0.1)),
        }

    def _first_frame(self, slot: str, view: ViewState, watch: Watch) -> Frame | None:
        """Return a frame, or None: the other panel opens all the same.

        One that takes long comes later: its panel shows how it comes.
        """
        try:
            frame = in_time(lambda some: self.frame(slot, view, some), watch)
        except UsidError:
            return None
        return frame if frame is not None and frame.to_json() else None
