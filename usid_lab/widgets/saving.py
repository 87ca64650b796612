"""Putting what a view shows into a file: what, where to, and doing it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usid_lab.errors import ViewError
from usid_lab.interop.derived import add_derived
from usid_lab.reading import Stopped
from usid_lab.storage.commit.destination import choose
from usid_lab.storage.text import plain
from usid_lab.storage.writer import FileWriter
from usid_lab.widgets.channels import MOST_DRAWN
from usid_lab.widgets.savable import Savable, savables

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from usid_lab.model.view import ViewState
    from usid_lab.storage.commit.destination import Destination
    from usid_lab.widgets.forms import FileInfo
    from usid_lab.widgets.shelf import Shelf
    from usid_lab.widgets.subject import Watch


_COPYING = 0.5  # of the time that a save takes, where the file is copied


@dataclass(frozen=True, slots=True)
class SavingChoice:
    """Something that can be saved: `what` is its name in a request."""

    what: str
    label: str
    detail: str


@dataclass(frozen=True, slots=True)
class SavingPlan:
    """What can be saved of a view, and where it would go.

    Attributes
    ----------
    choices : tuple of SavingChoice
    file : str
        The file that takes it: its name where it lies beside the data, else its path.
    inside : bool
        Whether it is the file that is shown.
    reason : str
        Why it is another one, in a sentence.
    """

    choices: tuple[SavingChoice, ...]
    file: str
    inside: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Saved:
    """Where something is now.

    Attributes
    ----------
    file : str
        Path of the file.
    paths : tuple of str
        HDF5 paths of the new datasets.
    inside : bool
        Whether it is in the tree that is shown.
    info : FileInfo
        The file that is shown, in the state in which it is now.
    """

    file: str
    paths: tuple[str, ...]
    inside: bool
    info: FileInfo


def pictures(shelf: Shelf, view: ViewState, watch: Watch) -> list[Savable]:
    """Return all that a view shows and that can be saved.

    Parameters
    ----------
    shelf : Shelf
        Knows the datasets.
    view : ViewState
        It fits its dataset.
    watch : Watch

    Returns
    -------
    list of Savable
        Of every channel where all are shown.
    """
    known = shelf.take(view.dataset, watch)
    paths = [view.dataset]
    if view.channels == "all":
        paths = [c.path for c in known.description.channels[:MOST_DRAWN]]
    return [
        picture
        for path in paths
        for picture in savables(
            shelf.take(path, watch).subject, replace(view, dataset=path)
        )
    ]


def plan_of(shown: Sequence[Savable], file: Path) -> SavingPlan:
    """Say what would be saved, and where to.

    Parameters
    ----------
    shown : sequence of Savable
    file : Path
        The file that is shown.

    Returns
    -------
    SavingPlan
    """
    target = _target(shown, file)
    inside = target.path == file
    near = target.path.parent == file.parent
    name = target.path.name if near else str(target.path)
    names = dict.fromkeys(picture.what for picture in shown)
    choices = tuple(_choice(what, shown) for what in names)
    return SavingPlan(choices, plain(name), inside, target.reason)


def save(
    shown: Sequence[Savable], wanted: Collection[str], file: Path, watch: Watch
) -> tuple[Path, tuple[str, ...]]:
    """Write pictures into the file, or where its results go.

    Parameters
    ----------
    shown : sequence of Savable
    wanted : collection of str
        Which of them: "Map", "Curve".
    file : Path
        The file that is shown.
    watch : Watch

    Returns
    -------
    file, paths
        Where they are.

    Raises
    ------
    ViewError
        Nothing of it is shown.
    WriteError
        It could not be written; the file is as it was.
    Stopped
        Nobody wanted it any more; the file is as it was.
    """
    chosen = [picture for picture in shown if picture.what in wanted]
    if not chosen:
        raise ViewError("Nothing that is shown was chosen to be saved.")
    target = _target(chosen, file).path
    paths = []
    part = (1 - _COPYING) / len(chosen)
    pause = _pausing(watch.share(0.0, _COPYING), target)
    with FileWriter(target, extend=True, pause=pause) as writer:
        for number, picture in enumerate(chosen):
            share = watch.share(_COPYING + number * part, part)
            source = picture.subject.source
            paths.append(add_derived(writer, source, picture.derived(share)))
    return target, tuple(paths)


def _pausing(watch: Watch, file: Path) -> Callable[[float], None]:
    """Return what tells how much of the file is copied, and ends that."""

    def pause(fraction: float) -> None:
        if watch.stop is not None and watch.stop():
            raise Stopped(str(file))
        if watch.progress is not None and fraction < 1:
            watch.progress(fraction)

    return pause


def _target(shown: Sequence[Savable], file: Path) -> Destination:
    return choose(file, sum(picture.nbytes for picture in shown))


def _choice(what: str, shown: Sequence[Savable]) -> SavingChoice:
    these = [picture for picture in shown if picture.what == what]
    size = " x ".join(str(size) for size in these[0].sizes)
    label = {"Map": "Map", "Curve": "Spectrum"}[what]
    if len(these) > 1:
        return SavingChoice(what, label, f"{len(these)} channels, {size}")
    return SavingChoice(what, label, f"{these[0].text}, {size}")
