"""Arguments of the documented functions, checked with errors in words."""

from typing import Any

import h5py
import numpy as np

from usid_lab.errors import ArgumentError, ArgumentTypeError
from usid_lab.storage.text import plain


def of_type(value: object, kind: type | tuple[type, ...], what: str) -> Any:
    """Return the value if it is of the type that is asked for.

    Parameters
    ----------
    value : object
        What the caller gave.
    kind : type or tuple of types
        What is taken.
    what : str
        Name of the argument.

    Returns
    -------
    object
        The same value.

    Raises
    ------
    ArgumentTypeError
        Also a TypeError; names the argument, its type and what was expected.
    ArgumentError
        If it is an HDF5 object of a file that is closed; also a ValueError.
    """
    if isinstance(value, kind):
        if isinstance(value, h5py.HLObject) and not value:
            text = f"The file of '{what}' is closed; open it again."
            raise ArgumentError(text, type(value).__name__)
        return value
    kinds = kind if isinstance(kind, tuple) else (kind,)
    wanted = " or ".join(sorted(one.__name__ for one in kinds))
    text = f"'{what}' must be of type {wanted}, not {type(value).__name__}."
    raise ArgumentTypeError(text, plain(repr(value))[:200])


def is_lazy(value: object) -> bool:
    """Whether a value is an array of dask, or of something like it."""
    return hasattr(value, "__dask_graph__")


def in_memory(value: Any) -> Any:
    """Compute a lazy array, such as a small table; return anything else as it is."""
    return np.asarray(value) if is_lazy(value) else value


def text_of(value: object, what: str, *, empty: bool = False) -> str:
    """Return text without blanks around it.

    Parameters
    ----------
    value : object
        What the caller gave.
    what : str
        Name of the argument.
    empty : bool, optional
        Whether '' is allowed.

    Returns
    -------
    str
        Stripped text.

    Raises
    ------
    ArgumentTypeError
        If it is no text.
    ArgumentError
        If it is empty and may not be.
    """
    text: str = of_type(value, str, what).strip()
    if not text and not empty:
        raise ArgumentError(f"'{what}' must not be empty.", repr(value))
    return text


def texts_of(value: Any, what: str) -> list[str]:
    """Return one text or several as a list.

    Parameters
    ----------
    value : str or iterable of str
        What the caller gave.
    what : str
        Name of the argument.

    Returns
    -------
    list of str
        As they were given.
    """
    if isinstance(value, str):
        return [value]
    of_type(value, (list, tuple, np.ndarray), what)
    return [of_type(item, str, what) for item in value]
