"""Where numbers are read: in the process that wants them, or in the viewers' reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import usid_lab as ul
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.reading.process.remote import RemoteReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from usid_lab.model.selection import Indexer


class Host(Protocol):
    """Reads one dataset."""

    def read(self, **selection: Indexer) -> NDArray[np.generic]:
        """Read a selection."""

    def mean(self, **selection: Indexer) -> NDArray[np.generic]:
        """Average a selection over positions."""

    def renew(self) -> None:
        """Forget all that was read so far, ready for the next read."""

    def leave(self) -> None:
        """Let go of all pages of the file."""

    def close(self) -> None:
        """Let go of the file."""


class Script:
    """What a user of Python calls.

    Parameters
    ----------
    path : Path
        The file.
    main : str
        HDF5 path of the dataset.
    """

    def __init__(self, path: Path, main: str) -> None:
        self._file = ul.open(path).__enter__()
        self._dataset = self._file.dataset(main)

    def read(self, **selection: Indexer) -> NDArray[np.generic]:
        """Read a selection."""
        return self._dataset.read(**selection)

    def mean(self, **selection: Indexer) -> NDArray[np.generic]:
        """Average a selection over positions."""
        values: NDArray[np.generic] = self._dataset.reduce(
            "mean", ("Y", "X"), selection
        ).to_numpy()
        return values

    def renew(self) -> None:
        """Nothing is kept that would be worth it."""

    def leave(self) -> None:
        """Scripts map nothing."""

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class Viewer:
    """What a viewer's kernel calls: a reader in the reader process.

    Parameters
    ----------
    path : Path
        The file.
    main : str
        HDF5 path of the dataset.
    """

    def __init__(self, path: Path, main: str) -> None:
        self._brief = ul.USIDataset(path, main).brief()
        self.process = ReaderProcess()
        self.renew()

    def renew(self) -> None:
        """Another process, told of the file as viewers do; it answers a small question.

        What it does of itself while nobody asks gets no time but what passes anyway.
        """
        self.leave()
        self.process = ReaderProcess()
        if not self.process.comes_up():
            msg = "the reader process does not come up"
            raise RuntimeError(msg)
        self._reader = RemoteReader(self.process, self._brief)
        self._reader.get_ready()
        self._reader.read({"Y": 0, "X": 0, "Energy": 0})

    def leave(self) -> None:
        """End the process, and with it what it mapped."""
        self.process.close()

    def read(self, **selection: Indexer) -> NDArray[np.generic]:
        """Read a selection."""
        return self._reader.read(selection)

    def mean(self, **selection: Indexer) -> NDArray[np.generic]:
        """Viewers reduce nothing in the reader process."""
        raise NotImplementedError

    def close(self) -> None:
        """End the process."""
        self.process.close()


HOSTS: dict[str, Callable[[Path, str], Host]] = {"script": Script, "viewer": Viewer}
