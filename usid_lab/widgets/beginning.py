"""Which dataset a viewer begins with, and in which view."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usid_lab.errors import UsidError
from usid_lab.widgets.channels import is_recorded_axis
from usid_lab.widgets.opening import is_result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.describe import Described
    from usid_lab.widgets.forms import Description
    from usid_lab.widgets.opening import Findings
    from usid_lab.widgets.shelf import Shelf
    from usid_lab.widgets.subject import Watch

_MOST_TRIED = 16


@dataclass(frozen=True, slots=True)
class Start:
    """What to open with where no view was saved: a dataset, indices of dims."""

    dataset: str | None = None
    index: Mapping[str, int] | None = None

    def placed(self, description: Description) -> Description:
        """Return a description whose view stands at the indices, as far as it can."""
        wanted = self.index or {}
        index = {
            dim.name: min(max(0, wanted[dim.name]), dim.size - 1)
            for dim in description.dims
            if dim.name in wanted
        }
        view = replace(description.view, index=dict(description.view.index) | index)
        return replace(description, view=view)


class Beginning:
    """Chooses the first dataset of a file.

    Parameters
    ----------
    shelf : Shelf
        Knows the datasets.
    start : Start
        What is wanted.
    explored : callable
        Gives what a walk through the file has found, to somebody who watches.

    Attributes
    ----------
    failures : list of UsidError
        Why datasets that were tried cannot be shown.
    """

    def __init__(
        self, shelf: Shelf, start: Start, explored: Callable[[Watch], Findings]
    ) -> None:
        self._shelf = shelf
        self._start = start
        self._explored = explored
        self.failures: list[UsidError] = []

    def clear(self) -> None:
        """Forget what was tried."""
        self.failures.clear()

    def description(self, saved: ViewState | None, watch: Watch) -> Description | None:
        """Describe the first dataset, in the view in which it opens.

        Parameters
        ----------
        saved : ViewState, optional
            Wins where it still fits.
        watch : Watch

        Returns
        -------
        Description or None
            None where nothing can be shown.
        """
        restored = None if saved is None else self._restored(saved, watch)
        if restored is not None:
            return restored
        if self._start.dataset is not None:
            known = self._shelf.take(self._start.dataset, watch)
            return self._start.placed(known.description)
        best = self._best(watch)
        return None if best is None else self._start.placed(best)

    def _restored(self, saved: ViewState, watch: Watch) -> Description | None:
        try:
            known = self._shelf.take(saved.dataset, watch)
        except UsidError:
            return None
        return replace(known.description, view=saved) if known.fits(saved) else None

    def _best(self, watch: Watch) -> Description | None:
        """Return the first dataset that can be shown, by the rules of opening."""
        later = []
        for node in self._explored(watch).candidates()[:_MOST_TRIED]:
            try:
                known = self._shelf.take(node.path, watch)
                if not self._is_second_choice(known, watch):
                    return known.description
                later.append(known.description)
            except UsidError as error:
                self.failures.append(error)
        return later[0] if later else None

    def _is_second_choice(self, known: Described, watch: Watch) -> bool:
        """Whether something else had better be shown.

        This is an axis recorded as data, a result by another name, or one of an array
        that is no Main dataset, which therefore stands further down the list.
        """
        path, source = known.description.path, known.subject.source.source
        listed = source is not None and self._is_listed(source, watch)
        if source is not None and (listed or not is_result(path)):
            return True
        try:
            return is_recorded_axis(known.subject, watch)
        except UsidError:  # its panels will say so
            return False

    def _is_listed(self, path: str, watch: Watch) -> bool:
        """Whether a path is that of an array, or of what is nearly a Main dataset."""
        found = self._explored(watch)
        return any(node.path == path for node in (*found.near, *found.arrays))
