"""Results on their way to the browser: JSON, with the arrays beside it as bytes.

An array becomes ``{"$array": k, "dtype", "shape"}`` for the k-th buffer
(little-endian, C order); a number that JSON does not know becomes null; the
fields of a dataclass get the names that TypeScript writes.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_CODES = {"<f4": "f4", "<f8": "f8", "|u1": "u1", "<u2": "u2", "<i4": "i4"}


@runtime_checkable
class SaysItself(Protocol):
    """An object that knows its form in JSON; arrays may stand in it."""

    def to_json(self) -> dict[str, object]:
        """Plain values by name."""
        ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value as JSON, and the bytes of its arrays."""

    content: Json
    buffers: list[memoryview] = field(default_factory=list)


def encode(value: object) -> Encoded:
    """Return a result in the form that travels.

    Parameters
    ----------
    value : object
        Plain values, sequences, mappings, dataclasses, arrays of any number type.

    Returns
    -------
    Encoded

    Examples
    --------
    >>> import numpy as np
    >>> encode({"map": np.zeros((2, 3), "f4"), "low": float("nan")}).content
    {'map': {'$array': 0, 'dtype': 'f4', 'shape': [2, 3]}, 'low': None}
    """
    buffers: list[memoryview] = []
    return Encoded(_plain(value, buffers), buffers)


def _plain(value: object, buffers: list[memoryview]) -> Json:
    if isinstance(value, np.ndarray):
        return _array(value, buffers)
    if isinstance(value, SaysItself):
        return _plain(value.to_json(), buffers)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {_camel(k): _plain(v, buffers) for k, v in named.items()}
    if isinstance(value, Mapping):
        return {str(k): _plain(v, buffers) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, buffers) for item in value]
    return _scalar(value)


def _scalar(value: object) -> Json:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    # Lone surrogates cannot be sent; a name in a file may hold them.
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _array(array: npt.NDArray[np.generic], buffers: list[memoryview]) -> Json:
    portable = _portable(array)
    # A buffer of no bytes has no form of its own in memoryview.cast.
    data = portable.reshape(-1).view(np.uint8).data
    buffers.append(data)
    code = _CODES[portable.dtype.str]
    return {"$array": len(buffers) - 1, "dtype": code, "shape": list(portable.shape)}


def _portable(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    kind = np.dtype(array.dtype).newbyteorder("<")
    if array.dtype.kind == "b":
        kind = np.dtype("u1")
    elif kind.str not in _CODES:
        kind = np.dtype("<f8")
    return np.ascontiguousarray(array, dtype=kind)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
