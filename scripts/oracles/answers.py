"""What pyUSID answers when it is asked about a file, kept as a ``.npz``."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pyUSID as usid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LARGEST = 1 << 26  # values of an N-D form that is worth asking for


def answer(path: Path, out: Path) -> None:
    """Ask about every dataset of a file.

    Parameters
    ----------
    path : Path
        An HDF5 file.
    out : Path
        The ``.npz`` to write. `facts` is JSON: for each dataset that pyUSID calls
        Main (or stumbles over) what it says, errors as text. Arrays are named by
        the number in its `n_dim` and `values`.
    """
    arrays: list[np.ndarray] = []
    with h5py.File(path, "r") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        facts = {
            name: _about(found, arrays)
            for name, found in _datasets(file).items()
            if _refers(found)
        }
        listed = _tried(
            lambda: sorted(d.name for d in usid.hdf_utils.get_all_main(file))
        )
    text = json.dumps({"all_main": listed, "datasets": facts}, indent=1, sort_keys=True)
    kept = {str(number): array for number, array in enumerate(arrays)}
    np.savez_compressed(out, facts=np.array(text), **kept)


def _datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    found: dict[str, h5py.Dataset] = {}

    def visit(_: str, item: h5py.HLObject) -> None:
        if isinstance(item, h5py.Dataset):
            found[item.name] = item

    file.visititems(visit)
    return found


def _refers(dataset: h5py.Dataset) -> bool:
    return "Position_Indices" in dataset.attrs


def _about(dataset: h5py.Dataset, arrays: list[np.ndarray]) -> dict[str, Any]:
    main = _tried(lambda: bool(usid.hdf_utils.check_if_main(dataset)))
    if main is not True:
        return {"main": main}
    made = _tried(lambda: usid.USIDataset(dataset))
    if isinstance(made, str):
        return {"main": True, "wrapped": made}
    return {
        "main": True,
        "descriptor": made.data_descriptor,
        "position": _side(made.pos_dim_labels, made.pos_dim_sizes),
        "spectroscopic": _side(made.spec_dim_labels, made.spec_dim_sizes),
        "descriptors": [*made.pos_dim_descriptors, *made.spec_dim_descriptors],
        "n_dim": _kept(lambda: _form(made), arrays),
        "values": {
            **_values(made.pos_dim_labels, made.get_pos_values, arrays),
            **_values(made.spec_dim_labels, made.get_spec_values, arrays),
        },
    }


def _form(made: Any) -> np.ndarray:
    if made.size > LARGEST:
        raise ValueError("not asked for: too large")
    return made.get_n_dim_form()


def _side(labels: Any, sizes: Any) -> list[list[Any]]:
    return [[str(label), int(size)] for label, size in zip(labels, sizes)]  # noqa: B905


def _values(
    labels: Any, get: Callable[[str], Any], arrays: list[np.ndarray]
) -> dict[str, Any]:
    return {str(label): _kept(lambda name=label: get(name), arrays) for label in labels}


def _kept(ask: Callable[[], Any], arrays: list[np.ndarray]) -> Any:
    """Number of the array that was answered, or the error."""
    found = _tried(ask)
    if isinstance(found, str):
        return found
    arrays.append(np.asarray(found))
    return len(arrays) - 1


def _tried(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
