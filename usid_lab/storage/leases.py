"""Uses of a shared file, each for one ``with`` statement."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from usid_lab.errors import DamagedDataError, UsidError
from usid_lab.storage.text import plain, safe_name

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    import h5py

    from usid_lab.storage.handlepool import HandlePool
    from usid_lab.storage.permission import Permission


class _Use:
    """Why a file is open: a class, for a generator takes as long as a small read.

    Parameters
    ----------
    pool : HandlePool
        Lends it.
    path : Path
        As :func:`usid_lab.storage.paths.resolved` gives it.
    permission : Permission, optional
        What the file may reach.
    """

    __slots__ = ("_path", "_permission", "_pool")

    def __init__(
        self, pool: HandlePool, path: Path, permission: Permission | None
    ) -> None:
        self._pool = pool
        self._path = path
        self._permission = permission


class Lease(_Use):
    """One use of a file."""

    __slots__ = ("_handle", "_thread")

    def __enter__(self) -> h5py.File:
        self._handle = self._pool.take(self._path, self._permission)
        self._thread = threading.get_ident()
        return self._handle.file

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.give_back(self._handle, self._thread)
        if isinstance(error, RuntimeError | OSError) and not isinstance(
            error, UsidError
        ):
            # What HDF5 says where a damaged file surprises it.
            name = plain(safe_name(self._path.name))
            text = f"'{name}' is damaged where it was to be read."
            raise DamagedDataError(text, str(error)) from error


class Pin(_Use):
    """One wish that a file stays open; it does not stand in a commit's way."""

    __slots__ = ()

    def __enter__(self) -> h5py.File:
        with Lease(self._pool, self._path, self._permission) as file:
            self._pool.keep(self._path, 1)
            return file

    def __exit__(self, *_: object) -> None:
        self._pool.keep(self._path, -1)
