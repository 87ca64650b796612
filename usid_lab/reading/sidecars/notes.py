"""The note beside a sidecar: from which files, in which states, it is known to be.

It is no more than a memory: without it all values are compared once more.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from usid_lab.reading.sidecars.folder import note_of
from usid_lab.reading.sidecars.states import State, state_of

_MOST = 8  # copies of a file that are remembered
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Note:
    """States of files for which all values were compared.

    Attributes
    ----------
    files : tuple of (str, tuple of int)
        Path and state, the latest first.
    dataset : str
        HDF5 path, for people.
    """

    files: tuple[tuple[str, State], ...] = ()
    dataset: str = ""

    @classmethod
    def read(cls, sidecar: Path) -> "Note":
        """Read the note of a sidecar; an empty one where there is none."""
        with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
            with note_of(sidecar).open("rb") as stream:
                found = json.loads(stream.read(_MOST_BYTES))
            return cls(tuple(map(_entry, found["files"])), str(found["dataset"]))
        return cls()

    def knows(self, state: State) -> bool:
        """Whether all values were compared with a file in this state."""
        return any(state == known for _, known in self.files)

    def is_fresh(self) -> bool:
        """Whether one of the files is in the state in which it was compared."""
        return any(state_of(Path(path)) == state for path, state in self.files)

    def is_of(self, file: Path) -> bool:
        """Whether it is that of a dataset of this file."""
        return any(path == str(file) for path, _ in self.files)

    def is_only_of(self, file: Path) -> bool:
        """Whether no other file that is still there has this dataset."""
        others = [path for path, _ in self.files if path != str(file)]
        return self.is_of(file) and not any(map(os.path.exists, others))

    def with_file(self, file: Path, state: State) -> "Note":
        """Return a note that knows this state, too."""
        others = [entry for entry in self.files if entry[0] != str(file)]
        return Note(((str(file), state), *others[: _MOST - 1]), self.dataset)

    def write(self, sidecar: Path) -> None:
        """Put it beside a sidecar, in one step; the folder's lock is held."""
        found = {"dataset": self.dataset, "files": self.files}
        part = note_of(sidecar).with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(json.dumps(found).encode())
        part.replace(note_of(sidecar))


def _entry(found: list[object]) -> tuple[str, State]:
    path, state = found
    if not isinstance(path, str) or not isinstance(state, list):
        raise TypeError(path)
    device, inode, size, written, changed = map(int, state)
    return path, (device, inode, size, written, changed)
