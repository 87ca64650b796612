"""For one reader: which sidecars its dataset has, and what to ask of them."""

import logging
import math
import threading
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError, UsidError
from usid_lab.model.layout import Layout
from usid_lab.reading.outside import OutsideSource
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes.sources import Source
from usid_lab.reading.sidecars.folder import Folder, drop, is_on, touch
from usid_lab.reading.sidecars.notes import Note
from usid_lab.reading.sidecars.sampling import agree
from usid_lab.reading.sidecars.sidecar import Sidecar
from usid_lab.reading.sidecars.states import State, state_of
from usid_lab.reading.sidecars.turn import POSITIONS, Turn
from usid_lab.reading.watch import Watch
from usid_lab.storage.identity import Identity, kind_key
from usid_lab.storage.mains import find_dataset

Array = NDArray[np.generic]

_log = logging.getLogger(__name__)
_OTHER = "A copy in the cache folder is that of another dataset."
_FEW = 64  # rows of values that no sidecar reads more quickly
_MOST_ROWS = 1 << 20  # the sums of as many are 8 MB, kept in memory


class Beside:
    """Finds the sidecars of a dataset, and reads what one has more quickly.

    Parameters
    ----------
    file : Path
        The HDF5 file.
    path : str
        HDF5 path of the dataset.
    layout : Layout
        Its N-D form.
    dtype : numpy.dtype
        As stored.
    """

    def __init__(
        self, file: Path, path: str, layout: Layout, dtype: np.dtype[np.generic]
    ) -> None:
        self._file = file
        self._path = path
        self._keys = [axis.key for axis in layout.axes]
        self._shape = layout.stored_shape
        self._dtype = dtype
        self._is_on = is_on() and len(self._shape) > 1 and _is_packed(dtype)
        self._folder = Folder.of_user()
        self._identity: tuple[State, Identity | None] | None = None
        self._looked: tuple[State | None, int] | None = None
        self._found: tuple[Sidecar, ...] = ()
        self._lock = threading.Lock()

    def concerns(self, runs: Sequence[Run]) -> bool:
        """Whether a read of one hyperslab should come here: there may be a sidecar."""
        if not self._is_on or math.prod([run.size for run in runs[:-1]]) < _FEW:
            return False
        looked = self._looked
        return looked is None or bool(self._found) or looked[1] != self._folder.state

    def serves(
        self, file: h5py.File, source: Source, runs: Sequence[Sequence[Run]]
    ) -> bool:
        """Whether :meth:`fetch` would read them.

        Parameters
        ----------
        file, source, runs
            As for :meth:`fetch`.
        """
        return self._serving(file, source, runs) is not None

    def fetch(
        self,
        file: h5py.File,
        source: Source,
        runs: Sequence[Sequence[Run]],
        watch: Watch,
    ) -> Array | None:
        """Read hyperslabs, if a sidecar of the dataset as it is now has them sooner.

        Parameters
        ----------
        file : h5py.File
            The file, open.
        source : Source
            The dataset itself.
        runs : sequence of sequence of Run
            For each axis.
        watch : Watch
            Who waits.

        Returns
        -------
        ndarray or None
            None where the dataset itself is to be read.
        """
        sidecar = self._serving(file, source, runs)
        if sidecar is None:
            return None
        try:
            return sidecar.fetch(runs, self._dtype.newbyteorder("="), watch)
        except (UsidError, OSError) as error:
            self._drop(sidecar.path, error)
            return None

    def _serving(
        self, file: h5py.File, source: Source, runs: Sequence[Sequence[Run]]
    ) -> Sidecar | None:
        sizes = [sum(run.size for run in along) for along in runs[:-1]]
        if not self._is_on or math.prod(sizes) < _FEW:
            return None
        if isinstance(source, OutsideSource):
            return None
        found = self._current(file, source)
        if not found:
            return None
        best = found[0]
        if len(found) > 1:
            best = min(found, key=lambda sidecar: sidecar.seconds(runs))
        return best if best.gains(source.storage, runs) else None

    def _current(self, file: h5py.File, source: Source) -> tuple[Sidecar, ...]:
        """Return the sidecars; looked for anew once the file or the folder changed."""
        with self._lock:
            now = (state_of(self._file), self._folder.state)
            if now != self._looked:
                self._looked = now
                self._found = self._look(self._folder, now[0], file, source)
            if not all(sidecar.is_whole for sidecar in self._found):
                self._found = tuple(held for held in self._found if held.is_whole)
            return self._found

    def _look(
        self, folder: Folder, state: State | None, file: h5py.File, source: Source
    ) -> tuple[Sidecar, ...]:
        kind = kind_key(self._path, self._shape, self._dtype)
        if state is None or not folder.is_ours:
            return ()
        # Files of one instrument are alike: to tell them apart takes many reads.
        if not _is_noted(folder, kind, self._file, state):
            return ()
        if self._identity is None or self._identity[0] != state:
            dataset = find_dataset(file, self._path)
            self._identity = (state, Identity.of(dataset, self._path, self._keys))
        identity = self._identity[1]
        if identity is None:
            return ()
        drop_stale(folder, identity, self._file)
        places = folder.files(identity.key)
        known = [place for place in places if Note.read(place).knows(state)]
        opened = [self._opened(place, identity, source) for place in known]
        return tuple(sidecar for sidecar in opened if sidecar is not None)

    def _opened(
        self, place: Path, identity: Identity, source: Source
    ) -> Sidecar | None:
        for held in self._found:
            if held.path == place and held.is_whole:
                return held
        try:
            sidecar = opened(place, identity)
        except FileNotFoundError:
            return None
        except (UsidError, OSError) as error:
            self._drop(place, error)
            return None
        if not agree(sidecar, source, self._dtype.newbyteorder("=")):
            self._drop(place, DamagedDataError(_OTHER, "values differ"))
            return None
        touch(place)
        return sidecar

    def _drop(self, place: Path, error: Exception) -> None:
        """Use it no more; the dataset itself is still there."""
        self._found = ()
        _log.info("A sidecar is not used: %s", error)
        # What the system says of a file need not be the file's fault.
        if isinstance(error, UsidError):
            drop(place)


def can_have(
    shape: tuple[int, ...],
    dtype: np.dtype[np.generic],
    inner: tuple[int, ...] = POSITIONS,
) -> bool:
    """Whether a dataset can have a sidecar: maps of some size, each byte a value's.

    Parameters
    ----------
    shape : tuple of int
        As stored.
    dtype : numpy.dtype
        As stored.
    inner : tuple of int, optional
        Axes that a map shows; those of a Main dataset by default.
    """
    if not _is_packed(dtype) or not set(inner) < set(range(len(shape))):
        return False
    turn = Turn(shape, inner)
    return turn.entries >= _FEW and 1 < turn.rows <= _MOST_ROWS


def key_of(identity: Identity, turn: Turn) -> str:
    """Name the sidecar of a dataset that has its axes in this order."""
    return f"{identity.key}-{'.'.join(map(str, turn.inner))}"


def _is_packed(dtype: np.dtype[np.generic]) -> bool:
    """Whether there are no gaps, whose bytes differ from read to read."""
    kinds = [field[0] for field in (dtype.fields or {}).values()]
    if not kinds:
        return True
    return sum(k.itemsize for k in kinds) == dtype.itemsize and all(
        map(_is_packed, kinds)
    )


def opened(place: Path, identity: Identity) -> Sidecar:
    """Open the sidecar of a dataset.

    Raises
    ------
    DamagedDataError, OSError
        It is damaged, is that of another dataset, or is not there.
    """
    sidecar = Sidecar.open(place)
    header = sidecar.header
    if (header.key, header.shape, header.dtype) == (
        identity.key,
        identity.shape,
        identity.dtype,
    ):
        return sidecar
    sidecar.close()
    raise DamagedDataError(_OTHER, "its description differs")


def _is_noted(folder: Folder, kind: str, file: Path, state: State) -> bool:
    """Whether there is a sidecar to be used, or dropped, for a file in this state."""
    notes = map(Note.read, folder.files(kind))
    return any(note.knows(state) or note.is_of(file) for note in notes)


def drop_stale(folder: Folder, identity: Identity, file: Path) -> None:
    """Drop what was made of a dataset that has other values now."""
    for path in folder.files(identity.kind):
        is_current = path.name.startswith(identity.key)
        if not is_current and Note.read(path).is_only_of(file):
            drop(path)
