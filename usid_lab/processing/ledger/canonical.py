"""Parameters as JSON that is equal exactly where they are."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from types import CodeType

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import ArgumentTypeError
from usid_lab.storage.identity import type_text
from usid_lab.storage.text import plain

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def digest_of(value: object) -> str:
    """Return 32 hexadecimal digits of a value of JSON.

    Parameters
    ----------
    value : JSON
        Order of keys does not count.

    Returns
    -------
    str
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def canonical(parameters: Mapping[str, object]) -> dict[str, Json]:
    """Write parameters so that equal ones are equal, in every process.

    Parameters
    ----------
    parameters : mapping of str to object
        Numbers, text, None, arrays, functions, and lists and mappings of them.

    Returns
    -------
    dict
        JSON. Arrays and functions are there by a digest.

    Examples
    --------
    >>> canonical({"width": np.float32(0.5), "bands": (1, 2)})
    {'width': 0.5, 'bands': [1, 2]}
    """
    return {str(name): _one(name, value) for name, value in parameters.items()}


def _one(name: str, value: object) -> Json:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, np.generic | np.ndarray):
        return _of_numpy(name, value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float | complex):
        return _number(value)
    return _compound(name, value)


def _compound(name: str, value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _one(name, value[key]) for key in sorted(value, key=str)}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, Sequence):
        return [_one(name, one) for one in value]
    if isinstance(value, range | slice):
        return {type(value).__name__: [value.start, value.stop, value.step]}
    if callable(value):
        return _function(value)
    text = f"The parameter '{plain(str(name))}' cannot be written down, so a run could "
    raise ArgumentTypeError(
        f"{text}not be found again. Give numbers, text, lists or arrays.",
        f"it is a {type(value).__name__}",
    )


def _number(value: int | float | complex) -> Json:
    if isinstance(value, complex):
        return {"complex": [_number(value.real), _number(value.imag)]}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}  # JSON has no such number
    return int(value) if isinstance(value, int) else float(value)


def _of_numpy(name: str, value: np.generic | NDArray[np.generic]) -> Json:
    if value.dtype.hasobject:
        return _one(name, value.tolist())
    if value.ndim == 0 and value.dtype.kind in "biufcU":
        return _one(name, value.item())
    kept = np.ascontiguousarray(value)
    return {
        "array": hashlib.blake2b(kept.tobytes(), digest_size=16).hexdigest(),
        "dtype": type_text(kept.dtype),
        "shape": list(kept.shape),
    }


def _function(value: Callable[..., object]) -> Json:
    """Know a function by what it does, not only by its name."""
    module = getattr(value, "__module__", "")
    name = getattr(value, "__qualname__", type(value).__qualname__)
    told: dict[str, Json] = {"function": f"{module}.{name}"}
    code = getattr(value, "__code__", None)
    if isinstance(code, CodeType):
        told["code"] = digest_of(_code(code))
        told["bound"] = _bound(value)
    return told


def _code(code: CodeType) -> list[Json]:
    inner: list[Json] = [
        _code(one) if isinstance(one, CodeType) else _constant(one)
        for one in code.co_consts
        if one is not None
    ]
    names: list[Json] = list(code.co_names)
    return [code.co_code.hex(), names, inner]


def _constant(one: object) -> str:
    # The order of a set differs from process to process.
    return repr(sorted(map(repr, one)) if isinstance(one, frozenset) else one)


def _bound(value: Callable[..., object]) -> Json:
    """Tell the values that a function carries: defaults, and what it closed over."""
    cells = getattr(value, "__closure__", None) or ()
    carried = [
        *(getattr(value, "__defaults__", None) or ()),
        *(getattr(value, "__kwdefaults__", None) or {}).items(),
        *(cell.cell_contents for cell in cells),
    ]
    return [_one("of a function", one) for one in carried]
