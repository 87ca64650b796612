"""What authors and users of a process give, checked before anything is computed."""

import math
import os
from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path

from usid_lab.errors import ArgumentError, MissingFileError
from usid_lab.storage.filenames import shown
from usid_lab.storage.handles import lease
from usid_lab.storage.paths import resolved
from usid_lab.storage.text import plain


def cores_of(cores: int | None) -> int:
    """Say how many workers there may be.

    Parameters
    ----------
    cores : int or None
        As asked for; None for all that this process may use, in a container too.

    Returns
    -------
    int
    """
    if cores is None:
        from joblib.externals.loky import cpu_count

        return max(1, int(cpu_count()))
    given: object = cores
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise ArgumentError("cores is a whole number from 1 on.", f"got {cores!r}")
    return given


def memory_of(megabytes: float | None) -> float | None:
    """Say how much memory may be taken.

    Parameters
    ----------
    megabytes : float or None
        As asked for.

    Returns
    -------
    float or None
    """
    given: object = megabytes
    if given is None or (isinstance(given, Real) and math.isfinite(given)):
        return megabytes
    raise ArgumentError("max_mem_mb is a number of MB.", f"got {plain(repr(given))}")


def target_of(path: str | os.PathLike[str]) -> Path:
    """Say which file takes the results; hours of computing must not end there.

    Parameters
    ----------
    path : str or path-like
        As asked for; the file need not exist.

    Returns
    -------
    Path

    Raises
    ------
    MissingFileError
        Its folder does not exist.
    FileError
        There is something else than an HDF5 file.
    """
    file = resolved(path)
    if not file.parent.is_dir():
        text = f"The folder for '{shown(file)}' does not exist."
        raise MissingFileError(text, str(file.parent))
    if os.path.lexists(file):
        with lease(file):
            pass
    return file


def batch_of(places: int | None) -> int | None:
    """Say how many places one call takes.

    Parameters
    ----------
    places : int or None
        As the author declares it; None for as many as suit.

    Returns
    -------
    int or None
    """
    given: object = places
    if given is None or (isinstance(given, int) and given >= 1):
        return places
    raise ArgumentError(
        "batch is a whole number from 1 on.", f"got {plain(repr(given))}"
    )


def names_of(sees: Sequence[str] | None) -> Sequence[str] | None:
    """Say which dimensions a function sees.

    Parameters
    ----------
    sees : sequence of str, or None
        As the author declares it; the name of a single one will do.

    Returns
    -------
    sequence of str, or None
    """
    names = (sees,) if isinstance(sees, str) else sees
    if names is not None and len(set(names)) < len(names):
        text = "A function sees each dimension once."
        raise ArgumentError(text, f"got {', '.join(map(plain, map(str, names)))}")
    return names


def identifying(
    parameters: Mapping[str, object], sees: Sequence[str] | None, *, alone: bool
) -> dict[str, object]:
    """Return all that decides how a function is called.

    Parameters
    ----------
    parameters : mapping of str to object
        As a user gives them.
    sees : sequence of str, or None
        What the function sees.
    alone : bool
        It is given one item at a time.

    Returns
    -------
    dict of str to object
        The parameters, and the others by names that no parameter has.
    """
    told, names = dict(parameters), names_of(sees)
    if names is not None:
        told[_free("sees", told)] = list(names)
    if alone:
        told[_free("per_position", told)] = True
    return told


def _free(name: str, taken: Mapping[str, object]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)
