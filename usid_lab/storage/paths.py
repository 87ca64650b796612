"""Paths of files, as they were given and as they are known here."""

import os
from pathlib import Path

from usid_lab.errors import ArgumentError, ArgumentTypeError


def resolved(path: str | os.PathLike[str]) -> Path:
    """Return the one absolute path under which a file is known here: no links."""
    return Path(os.path.realpath(named(path)))


def named(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file as it was given, if it names one.

    Parameters
    ----------
    path : str or path-like
        Name of a file, not empty.

    Returns
    -------
    Path
        As it was given.

    Raises
    ------
    ArgumentTypeError, ArgumentError
        That names no file.
    """
    given: object = path
    if not isinstance(given, str | os.PathLike):
        text = "A file is named by text or a Path."
        raise ArgumentTypeError(text, f"got {type(path).__name__}")
    if not (name := os.fspath(path)) or "\0" in name:
        raise ArgumentError("That is not the name of a file.", repr(name))
    return Path(name)
