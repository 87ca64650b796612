"""Results that lie in a file of their own, beside the file of their source."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py

from usid_lab.errors import ArgumentTypeError
from usid_lab.storage.filenames import path_of
from usid_lab.storage.paths import resolved
from usid_lab.storage.text import plain

ENDING = ".results.h5"


@dataclass(frozen=True, slots=True)
class ForeignSource:
    """A Main dataset in another file than its results.

    Attributes
    ----------
    file : path
        The file.
    name : str
        HDF5 path of the dataset.
    """

    file: str | os.PathLike[str]
    name: str


Source = str | ForeignSource


def results_path(path: str | os.PathLike[str]) -> Path:
    """Path of the file that takes the results of another.

    Parameters
    ----------
    path : str or path-like
        A data file, or a results file.

    Returns
    -------
    Path
        ``a.results.h5`` for ``a.h5``; a file with another ending keeps it, so that
        no two share their results. A results file is its own.

    Examples
    --------
    >>> results_path("/data/a.h5").name, results_path("/data/a.hdf5").name
    ('a.results.h5', 'a.hdf5.results.h5')
    """
    found = resolved(path)
    if is_results(found):
        return found
    return found.with_name(found.name.removesuffix(".h5") + ENDING)


def is_results(path: str | os.PathLike[str]) -> bool:
    """Whether a file takes results, by its name."""
    name = resolved(path).name
    return name.endswith(ENDING) and name != ENDING


def foreign_attributes(
    source: h5py.Dataset | ForeignSource, results: str | Path, suffix: str = ""
) -> dict[str, object]:
    """Where a source lies that is not in the file of its results.

    Parameters
    ----------
    source : h5py.Dataset or ForeignSource
        The source.
    results : str or Path
        The file with the results.
    suffix : str, optional
        End of the names, where there are several sources.

    Returns
    -------
    dict
        ``source_file``, relative to the folder of the results where it can be, and
        ``source_dataset_path``.
    """
    file = path_of(source.file) if isinstance(source, h5py.Dataset) else source.file
    return {
        f"source_file{suffix}": _relative(resolved(file), resolved(results).parent),
        f"source_dataset_path{suffix}": str(source.name),
    }


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of a Windows machine
        return str(path)


def several_sources(given: Source | Sequence[Source]) -> Sequence[Source]:
    """Take one source of results, or several of them.

    Parameters
    ----------
    given : str or ForeignSource, or sequence of them
        Paths of datasets of a file, or datasets of another.

    Returns
    -------
    sequence of str or ForeignSource
    """
    several: object = [given] if isinstance(given, str | ForeignSource) else given
    if not isinstance(several, Sequence):
        text = "Sources of results are paths of datasets, or ForeignSource."
        raise ArgumentTypeError(text, f"got {plain(repr(several))}")
    return several
