"""Parameters as JSON that is equal exactly where they are."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from types import FunctionType, MethodType, ModuleType

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
    if isinstance(value, slice):
        bounds = value.start, value.stop, value.step
        return {"slice": [_one(name, one) for one in bounds]}
    if callable(value):
        return _function(name, value)
    raise _unknown(name, value)


def _number(value: int | float | complex) -> Json:
    if isinstance(value, complex):
        return {"complex": [_number(value.real), _number(value.imag)]}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}  # JSON has no such number
    return int(value) if isinstance(value, int) else float(value)


def _of_numpy(name: str, value: np.generic | NDArray[np.generic]) -> Json:
    if value.dtype.hasobject:
        return _one(name, value.tolist())
    item = value.item() if value.ndim == 0 and value.dtype.kind in "biufcU" else value
    if not isinstance(item, np.generic | np.ndarray):  # Python has it too
        return _one(name, item)
    if isinstance(value, np.ma.MaskedArray):
        held, mask = value.filled(0), np.ma.getmaskarray(value)
        return {"masked": [_of_numpy(name, held), _of_numpy(name, mask)]}
    kept = np.ascontiguousarray(value)
    return {
        "array": hashlib.blake2b(kept.tobytes(), digest_size=16).hexdigest(),
        "dtype": type_text(kept.dtype),
        "shape": list(kept.shape),
    }


def _function(name: str, value: Callable[..., object]) -> Json:
    """Know a function by what it does, not only by its name."""
    if isinstance(value, partial):
        bound = [value.func, value.args, value.keywords]
        return {"partial": [_one(name, one) for one in bound]}
    qualified = getattr(value, "__qualname__", getattr(value, "__name__", None))
    if not isinstance(qualified, str):
        raise _unknown(name, value)
    told: dict[str, Json] = {
        "function": f"{getattr(value, '__module__', '')}.{qualified}"
    }
    if isinstance(value, FunctionType | MethodType) or _is_of_notebook(value):
        # It leans on this module itself.
        from usid_lab.processing.codeid import code_of

        told["code"] = code_of(value)
    owner = getattr(value, "__self__", None)
    if owner is not None and not isinstance(owner, ModuleType):
        told["of"] = _one(name, owner)
    return told


def _is_of_notebook(value: object) -> bool:
    """Whether this is a class that may be written anew under its old name."""
    return isinstance(value, type) and value.__module__ == "__main__"


def _unknown(name: str, value: object) -> ArgumentTypeError:
    text = f"The parameter '{plain(str(name))}' cannot be written down, so a run could "
    return ArgumentTypeError(
        f"{text}not be found again. Give numbers, text, lists or arrays.",
        f"it is a {type(value).__name__}",
    )
