"""Results of earlier runs with the same parameters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import h5py

from usid_lab.errors import ArgumentError
from usid_lab.pyusid.processing.screen import say
from usid_lab.storage.status import status_of


@dataclass
class Earlier:
    """Results groups, by whether all of their positions are computed.

    Attributes
    ----------
    finished, partial : list of h5py.Group
        In the order of their numbers.
    """

    finished: list[h5py.Group] = field(default_factory=list)
    partial: list[h5py.Group] = field(default_factory=list)

    @classmethod
    def among(cls, groups: Iterable[h5py.Group], count: int, name: str) -> "Earlier":
        """Sort results groups; those that do not say what is computed are left out.

        Parameters
        ----------
        groups : iterable of h5py.Group
            Made by the same process with the same parameters.
        count : int
            Positions of the source.
        name : str
            Name of the dataset that marks what is computed.

        Returns
        -------
        Earlier
            The groups.
        """
        found = cls()
        for group in groups:
            status = status_of(group, count, name)
            if status.claim:
                whole = status.is_complete
                (found.finished if whole else found.partial).append(group)
        return found

    def tell(self, process: str) -> None:
        """Print what was found, as documented.

        Parameters
        ----------
        process : str
            Name of the process.
        """
        if self.finished:
            say(_note(process, "been performed", "be returned"))
            say(str(self.finished))
        if self.partial:
            say(_note(process, "been performed PARTIALLY", "be completed"))
            say(str(self.partial))


def _note(process: str, what: str, then: str) -> str:
    return (
        f"Note: {process} has already {what} with the same parameters before. The last "
        f"of these results will {then} by compute() by default. "
        "Set override to True to force fresh computation"
    )


def chosen_of(
    partial: Sequence[h5py.Group], wanted: h5py.Group | None, process: str | None
) -> h5py.Group:
    """Choose the unfinished results that are to be completed.

    Parameters
    ----------
    partial : sequence of h5py.Group
        What was found.
    wanted : h5py.Group or None
        One of them; the last one if None.
    process : str or None
        Name of the process.

    Returns
    -------
    h5py.Group
        ArgumentError if there is none, or `wanted` is not one of them.
    """
    if not partial:
        text = "No group with partial results was found."
        raise ArgumentError(text, f"of process {process!r}")
    group = partial[-1] if wanted is None else wanted
    if group not in partial:
        text = "That group is not among the partial results that were found."
        raise ArgumentError(text, ", ".join(one.name for one in partial))
    return group
