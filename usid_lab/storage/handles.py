"""Shared read handles, lent for as long as somebody reads.

A file is closed about a second after the last reader is done, so that it never
stands in the way of a program that wants to write it.
"""

import atexit
import os
from contextlib import AbstractContextManager
from pathlib import Path

import h5py

from usid_lab.storage.handlepool import VACANT_SECONDS, HandlePool
from usid_lab.storage.paths import resolved
from usid_lab.storage.permission import Permission

_pool = HandlePool()
atexit.register(_pool.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_pool.before_fork,
        after_in_parent=_pool.after_fork,
        after_in_child=_pool.after_fork_in_child,
    )


def lease(
    path: str | os.PathLike[str], permission: Permission | None = None
) -> AbstractContextManager[h5py.File]:
    """Lend a file, open for reading, to a ``with`` statement.

    Parameters
    ----------
    path : str or path-like
        An HDF5 file.
    permission : Permission, optional
        What it may reach outside itself.

    Returns
    -------
    context manager of h5py.File
        Shared with other readers; never close it.
    """
    return _pool.lease(resolved(path), permission)


def lend(
    path: Path, permission: Permission | None = None
) -> AbstractContextManager[h5py.File]:
    """Like :func:`lease`, for hot paths.

    Parameters
    ----------
    path : Path
        As :func:`usid_lab.storage.paths.resolved` gave it.
    permission : Permission, optional
        What the file may reach outside itself.

    Returns
    -------
    context manager of h5py.File
    """
    return _pool.lease(path, permission)


def pin(
    path: str | os.PathLike[str], permission: Permission | None = None
) -> AbstractContextManager[h5py.File]:
    """Keep a file open while a ``with`` statement lasts, as :func:`lease` does."""
    return _pool.pin(resolved(path), permission)


def vacant(path: Path, seconds: float = VACANT_SECONDS) -> AbstractContextManager[None]:
    """Have a file closed here while a ``with`` statement lasts.

    Parameters
    ----------
    path : Path
        As :func:`usid_lab.storage.paths.resolved` gave it. Who wants to
        read it waits until the end.
    seconds : float, optional
        How long to wait for those who are reading it; then it may still be open.

    Returns
    -------
    context manager
        Files that are pinned are opened again at the next reading.
    """
    return _pool.vacant(path, seconds)


def release(path: str | os.PathLike[str]) -> None:
    """Close the shared handle of a file now, if nobody is reading it."""
    _pool.release(resolved(path))


def is_open(path: str | os.PathLike[str]) -> bool:
    """Whether the shared handle of a file is open just now."""
    return _pool.is_open(resolved(path))
