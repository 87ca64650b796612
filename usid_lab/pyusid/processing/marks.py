"""Marks in a results group, set in place after values are on the disk."""

import os

import h5py
import numpy as np

from usid_lab.errors import ArgumentError
from usid_lab.storage.status import LAST, Rows, status_of
from usid_lab.storage.writing import place, refusals


class RunMarks:
    """Which positions of a results group are computed.

    The group has a dataset with a mark for each position. Where it has only the
    attribute ``last_pixel`` of pyUSID 0.0.4, as a subclass may have written it, that
    is kept, and no dataset is made.

    Parameters
    ----------
    group : h5py.Group
        Open for writing.
    done : ndarray of bool, shape (positions,)
        Positions that need not be computed; written down at once.
    name : str
        Name of the dataset.
    """

    def __init__(self, group: h5py.Group, done: Rows, name: str) -> None:
        self.group, self.done = group, done
        self._name = name if name in group or LAST not in group.attrs else ""
        self._write(slice(None))

    @classmethod
    def begin(cls, group: h5py.Group, count: int, name: str) -> "RunMarks":
        """Begin with nothing done.

        Parameters
        ----------
        group : h5py.Group
            With empty results.
        count : int
            Positions of the source.
        name : str
            Name of the dataset with the marks.

        Returns
        -------
        RunMarks
            The marks.
        """
        return cls(group, np.zeros(count, bool), name)

    @classmethod
    def resume(cls, group: h5py.Group, count: int, name: str) -> "RunMarks":
        """Go on with those marks behind which values stand.

        Parameters
        ----------
        group, count, name
            As for :meth:`begin`.

        Returns
        -------
        RunMarks
            The marks. ArgumentError if the group has none.
        """
        found = status_of(group, count, name)
        if not found.claim:
            text = f"{place(group)} does not say which positions are computed."
            raise ArgumentError(text, f"neither '{name}' nor '{LAST}'")
        return cls(group, found.done, name)

    def mark(self, start: int, stop: int) -> None:
        """Mark positions after their values are on the disk.

        Parameters
        ----------
        start, stop : int
            The positions, half open.
        """
        flush(self.group.file)
        self.done[start:stop] = True
        self._write(slice(start, stop))

    def following(self, start: int) -> tuple[int, int]:
        """Find the next positions that are not computed.

        Parameters
        ----------
        start : int
            Where to begin.

        Returns
        -------
        tuple of int
            Start and stop of the stretch; both are the number of positions where
            nothing is left.
        """
        begin = start + _first(~self.done[start:])
        return begin, begin + _first(self.done[begin:])

    def _write(self, where: slice) -> None:
        with refusals("What is computed", self.group):
            if self._name:
                self._dataset()[where] = self.done[where]
            self.group.attrs[LAST] = _first(~self.done)
        flush(self.group.file)

    def _dataset(self) -> h5py.Dataset:
        if self._name in self.group:
            return self.group[self._name]
        shape = self.done.shape
        return self.group.create_dataset(self._name, shape, np.uint8, fillvalue=0)


def flush(file: h5py.File) -> None:
    """Have all that was written put on the disk.

    Parameters
    ----------
    file : h5py.File
        Open for writing.
    """
    file.flush()
    if os.name == "posix" and file.driver == "sec2":
        os.fsync(file.id.get_vfd_handle())


def _first(marks: Rows) -> int:
    """Place of the first mark; the number of places if there is none."""
    return int(np.argmax(marks)) if marks.any() else len(marks)
