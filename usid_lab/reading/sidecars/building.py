"""Making a sidecar: tiles of a dataset are read, transposed and written.

Nothing is seen of it before it is complete and on the disk. A dataset of which there
is one already, under another state of its file, is only compared.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import (
    DamagedDataError,
    FileError,
    LayoutError,
    UsidError,
    WriteError,
)
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.routes.rawfile import descriptor_of, is_one_file, is_verbatim
from usid_lab.reading.routes.segments import Segments
from usid_lab.reading.routes.sources import Source, expect, source_of
from usid_lab.reading.sidecars.beside import can_have, drop_stale, key_of, opened
from usid_lab.reading.sidecars.folder import Folder, drop
from usid_lab.reading.sidecars.header import Header
from usid_lab.reading.sidecars.notes import Note
from usid_lab.reading.sidecars.rawbytes import bytes_of, check_of, row_sums
from usid_lab.reading.sidecars.rows import Rows
from usid_lab.reading.sidecars.states import State, settle, state_of
from usid_lab.reading.sidecars.tiling import boxes, tile_of
from usid_lab.reading.sidecars.turn import POSITIONS, Turn
from usid_lab.storage.handles import lease
from usid_lab.storage.identity import Identity
from usid_lab.storage.mains import find_dataset
from usid_lab.storage.numbers import native
from usid_lab.storage.text import plain, safe_name

Array = NDArray[np.generic]


class Target:
    """The dataset of which a sidecar is made, while its file is as it was.

    Parameters
    ----------
    file : Path
        The HDF5 file.
    dataset : h5py.Dataset
        Screened; open as long as this is used.
    identity : Identity
        What it is known by.
    state : tuple of int
        State of the file.
    inner : tuple of int
        Axes of a map.
    """

    def __init__(
        self,
        file: Path,
        dataset: h5py.Dataset,
        identity: Identity,
        state: State,
        inner: tuple[int, ...],
    ) -> None:
        self.file = file
        self.identity = identity
        self.state = state
        self.dtype = native(dataset.dtype)
        self.turn = Turn(identity.shape, inner)
        tile = tile_of(self.turn, self.dtype.itemsize, dataset.chunks)
        if tile is None:
            raise LayoutError("The chunks of this dataset are too large for a copy.")
        self.tile = tile
        self._source: Source = source_of(dataset)

    @classmethod
    def of(
        cls,
        file: Path,
        state: State,
        handle: h5py.File,
        path: str,
        keys: list[str],
        inner: tuple[int, ...],
    ) -> Self:
        """Look at a dataset of a file that was opened after it was in a state.

        Raises
        ------
        LayoutError
            It can have no sidecar.
        FileError
            The file is in another state by now.
        """
        dataset = find_dataset(handle, path)
        if not _is_plain(dataset, inner):
            raise LayoutError(f"'{plain(path)}' can have no transposed copy.")
        settle(state)
        identity = Identity.of(dataset, path, keys)
        if identity is None:
            raise LayoutError(f"'{plain(path)}' cannot be told from others.")
        target = cls(file, dataset, identity, state, inner)
        target.check()
        _step_aside(handle)
        return target

    def tiles(self, tile: tuple[int, ...]) -> Iterator[tuple[Box, Array]]:
        """Read all of it; the next tile takes the place of the last one.

        Raises
        ------
        FileError
            The file is in another state.
        """
        scratch = np.empty(math.prod(tile), self.dtype)
        for box in boxes(self.turn, tile):
            values = scratch[: box.size].reshape(box.shape)
            expect(self._source, box)
            self._source.read(box, values)
            self.check()
            yield box, values

    @property
    def key(self) -> str:
        """Of its sidecar."""
        return key_of(self.identity, self.turn)

    def check(self) -> None:
        """Make sure that nobody wrote into the file.

        Raises
        ------
        FileError
            Somebody did.
        """
        if state_of(self.file) != self.state:
            raise FileError("The file was changed while a copy of it was made.")


def build(
    folder: Folder,
    file: Path,
    path: str,
    keys: list[str],
    inner: tuple[int, ...] = POSITIONS,
) -> Path:
    """Make the sidecar of a dataset; or find that the one there is still right.

    Parameters
    ----------
    folder : Folder
        Where to.
    file : Path
        The HDF5 file.
    path : str
        HDF5 path of the dataset.
    keys : list of str
        Keys of the axes of its layout.
    inner : tuple of int, optional
        Axes that a map shows; those of a Main dataset by default.

    Returns
    -------
    Path
        The sidecar.

    Raises
    ------
    UsidError, OSError
        There is none: no room, no dataset that can have one, another process builds.
    """
    folder.make()
    # Before it is opened: should another file take its name just then, it is noticed.
    state = state_of(file)
    if state is None:
        raise FileError(f"'{plain(safe_name(file.name))}' is gone.")
    with folder.locked(), lease(file) as handle:
        target = Target.of(file, state, handle, path, keys, inner)
        place = folder.place(target.key)
        drop_stale(folder, target.identity, file)
        if not _still_right(place, target):
            _make(folder, target)
        _remember(place, target)
        return place


def _still_right(place: Path, target: Target) -> bool:
    """Compare a sidecar that there is with all values of the dataset."""
    try:
        sidecar = opened(place, target.identity)
        if sidecar.turn != target.turn:
            raise DamagedDataError("A copy in the cache folder is another one.")
    except FileNotFoundError:
        return False
    except (UsidError, OSError):
        drop(place)
        return False
    if Note.read(place).knows(target.state):
        return True
    tiles = target.tiles(sidecar.header.tile)
    if [check_of(values) for _, values in tiles] == sidecar.tile_checks:
        return True
    drop(place)
    return False


def _remember(place: Path, target: Target) -> None:
    note = replace(Note.read(place), dataset=target.identity.path)
    try:
        with _writing():
            note.with_file(target.file, target.state).write(place)
    except OSError:
        drop(place)
        raise


def _make(folder: Folder, target: Target) -> None:
    count = sum(1 for _ in boxes(target.turn, target.tile))
    header = Header(
        target.identity.key, target.turn.shape, target.identity.dtype,
        target.dtype.itemsize, target.tile, count, 0, target.identity.to_json(),
        target.turn.inner,
    )  # fmt: skip
    header.to_bytes()
    if not folder.make_room(header.nbytes):
        raise WriteError("A copy of this dataset is larger than the cache may be.")
    part = folder.part(target.key)
    try:
        with _Out(part) as out:
            out.reserve(header.nbytes)
            _fill(out, header, target)
        part.replace(folder.place(target.key))
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    _sync(folder.path)


def _fill(out: "_Out", header: Header, target: Target) -> None:
    sums = np.zeros(header.turn.rows, np.uint64)
    tiles = []
    rows = Rows(header, target.dtype)
    for box, values in target.tiles(header.tile):
        tiles.append(check_of(values))
        for first, turned, segments in rows.of(box, values):
            sums[first : first + len(turned)] += row_sums(turned, header.word)
            _put(out, bytes_of(turned).data, segments)
    checks = np.concatenate((sums, np.array(tiles, np.uint64))).astype("<u8")
    out.write(bytes_of(checks).data, header.end)
    done = replace(header, checks=check_of(checks))
    out.write(memoryview(done.to_bytes()), 0)
    target.check()


def _put(out: "_Out", stored: memoryview, segments: Segments) -> None:
    """Write bytes to their places."""
    length = segments.length
    for number, start in enumerate(segments.starts.tolist()):
        out.write(stored[number * length : (number + 1) * length], start)


@contextmanager
def _writing() -> Iterator[None]:
    """Say that it is the copy which fails, and not the file of which it is made."""
    try:
        yield
    except OSError as error:
        text = "The transposed copy could not be written."
        raise WriteError(text, str(error)) from error


class _Out:
    """A new file that is written at any place, for this user's eyes only."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(path, flags, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                with _writing():
                    os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)

    def reserve(self, nbytes: int) -> None:
        """Take the room now, where the system can: not to find out at the end."""
        with _writing():
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._descriptor, 0, nbytes)
            else:
                os.ftruncate(self._descriptor, nbytes)

    def write(self, data: memoryview, start: int) -> None:
        """Write all of some bytes."""
        done = 0
        with _writing():
            while done < len(data):
                done += self._some(data[done:], start + done)

    def _some(self, data: memoryview, start: int) -> int:
        if hasattr(os, "pwrite"):
            return os.pwrite(self._descriptor, data, start)
        os.lseek(self._descriptor, start, os.SEEK_SET)
        return os.write(self._descriptor, data)


def _is_plain(dataset: h5py.Dataset, inner: tuple[int, ...]) -> bool:
    """Whether its stored bytes tell whether it is still the same."""
    layout = dataset.id.get_create_plist().get_layout()
    return (
        layout in (h5py.h5d.CONTIGUOUS, h5py.h5d.CHUNKED)
        and is_one_file(dataset.file.id)
        and is_verbatim(dataset)
        and can_have(dataset.shape, dataset.dtype, inner)
    )


def _step_aside(handle: h5py.File) -> None:
    """Give HDF5's lock back: a long read must not keep a writer from the file.

    This process writes nothing there, and what it reads is thrown away as soon as the
    file has another state.
    """
    descriptor = descriptor_of(handle.id)
    if descriptor is not None and os.name == "posix":
        import fcntl

        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def _sync(folder: Path) -> None:
    """Make the name of a new file last, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
