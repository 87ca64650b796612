"""Names of open files, as messages show them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from usid_lab.storage.text import plain, safe_name

_parts: dict[str, str] = {}


def file_name(file: h5py.File) -> str:
    """Name of a file without its folder, safe to be shown."""
    path = str(file.filename)
    name = _parts.get(path, path).replace("\\", "/").rsplit("/", 1)[-1]
    return plain(safe_name(name))


def shown(path: Path) -> str:
    """Name of a file without its folder, fit for messages."""
    return plain(safe_name(path.name)) or str(path)


@contextmanager
def shown_as(part: str, path: str) -> Iterator[None]:
    """Call a file in the making by the name that it is going to have.

    Parameters
    ----------
    part : str
        Path of the file as it is open.
    path : str
        Path that it is going to have.
    """
    _parts[part] = path
    try:
        yield
    finally:
        del _parts[part]
