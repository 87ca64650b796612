"""Groups of results that a run has left in a file, complete."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np

from usid_lab.errors import UsidError
from usid_lab.storage.attributes import text_attribute
from usid_lab.storage.groups import entry
from usid_lab.storage.handles import lease
from usid_lab.storage.links import DAMAGE, resolve
from usid_lab.storage.mains import faults_of, is_main
from usid_lab.storage.numbers import dtype_of, shape_of
from usid_lab.storage.screening import check_dataset
from usid_lab.storage.status import COMPLETED, written_rows

RUN_ID = "run_id"
SHAPES = "output_shapes"
_RESULTS = re.compile(r".*-.*_[0-9]+", re.DOTALL)

Types = Mapping[str, np.dtype[np.generic]]


def finished_run(path: Path, parent: str, run_id: str, outputs: Types) -> list[str]:
    """Find the datasets that a run has left in a file.

    Parameters
    ----------
    path : Path
        The file; it need not exist.
    parent : str
        HDF5 path of the group that holds the groups of results.
    run_id : str
        As the attribute ``run_id`` of the group has it.
    outputs : mapping of str to dtype
        What it must hold.

    Returns
    -------
    list of str
        HDF5 paths, in the order of `outputs`, of the newest such group in which all
        is complete; empty if there is none.
    """
    with suppress(UsidError), lease(path) as file:
        for group in _groups(file, parent):
            if text_attribute(group, RUN_ID) == run_id and _is_whole(group, outputs):
                return [f"{group.name}/{name}" for name in outputs]
    return []


def _groups(file: h5py.File, parent: str) -> Iterator[h5py.Group]:
    """Give groups of results, the newest ones first."""
    home = resolve(file, parent)
    if not isinstance(home, h5py.Group):
        return
    names = [name for name in home if _RESULTS.fullmatch(name)]
    for name in sorted(names, key=lambda name: (len(name), name), reverse=True):
        found = entry(home, name)
        if isinstance(found, h5py.Group):
            yield found


def _is_whole(group: h5py.Group, outputs: Types) -> bool:
    """Whether all was written that the group says of itself."""
    try:
        shapes = json.loads(text_attribute(group, SHAPES) or "")
        return _all_marked(group) and all(
            _is_written(entry(group, name), shapes.get(name), dtype)
            for name, dtype in outputs.items()
        )
    except (UsidError, AttributeError, RecursionError, *DAMAGE):
        return False


def _all_marked(group: h5py.Group) -> bool:
    status = entry(group, COMPLETED)
    if not isinstance(status, h5py.Dataset):
        return False
    check_dataset(status)
    return bool(written_rows(status).all()) and bool(np.all(status[()] == 1))


def _is_written(found: object, shape: object, dtype: np.dtype[np.generic]) -> bool:
    if not isinstance(found, h5py.Dataset):
        return False
    check_dataset(found)
    if list(shape_of(found) or ()) != shape or dtype_of(found) != dtype:
        return False
    return is_main(faults_of(found)) and bool(written_rows(found).all())
