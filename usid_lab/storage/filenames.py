"""Names of open files, as messages show them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from usid_lab.storage.text import plain, safe_name

_paths: dict[str, Path] = {}


def path_of(file: h5py.File) -> Path:
    """Path of an open file; of one that is being written, the one that it is for.

    Parameters
    ----------
    file : h5py.File
        Open.

    Returns
    -------
    Path
        Not resolved.
    """
    name = str(file.filename)
    return _paths.get(name, Path(name))


def file_name(file: h5py.File) -> str:
    """Name of a file without its folder, safe to be shown."""
    name = str(path_of(file)).replace("\\", "/").rsplit("/", 1)[-1]
    return plain(safe_name(name))


def shown(path: Path) -> str:
    """Name of a file without its folder, fit for messages."""
    return plain(safe_name(path.name)) or str(path)


def short_name(path: Path, most: int) -> str:
    """Begin a name of one's own with that of a file.

    Parameters
    ----------
    path : Path
        The file; its name may be no text, and as long as the disk allows.
    most : int
        Bytes at most.

    Returns
    -------
    str
    """
    return os.fsencode(path.name)[:most].decode(errors="ignore")


@contextmanager
def shown_as(name: str, path: Path) -> Iterator[None]:
    """Know a file in the making by the path that it is for.

    Parameters
    ----------
    name : str
        What h5py calls it.
    path : Path
        Path that it is for.
    """
    _paths[name] = path
    try:
        yield
    finally:
        _paths.pop(name, None)
