"""What a function returned, against what was declared."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import OutputError
from usid_lab.processing.outputs import Resolved
from usid_lab.storage.text import plain

Array = NDArray[np.generic]


def by_name(found: object, outputs: Sequence[Resolved]) -> Mapping[str, object]:
    """Give what a function returned the names of its outputs.

    Parameters
    ----------
    found : array_like, tuple or mapping
        One value where there is one output, else a tuple in the order of their
        declaration; or a mapping by name.
    outputs : sequence of Resolved
        What was declared.

    Returns
    -------
    mapping of str to object

    Raises
    ------
    OutputError
        Other names, or another number.
    """
    names = [output.name for output in outputs]
    if isinstance(found, Mapping):
        if set(found) != set(names):
            text = "The function returns other outputs than were declared."
            got = ", ".join(map(plain, map(str, found)))
            raise OutputError(text, f"got {got}; declared {', '.join(names)}")
        return found
    if len(names) == 1:
        return {names[0]: found}
    if not isinstance(found, tuple | list) or len(found) != len(names):
        text = f"The function returns {len(names)} outputs, as a tuple or by name."
        raise OutputError(text, f"got {plain(type(found).__name__)}")
    return dict(zip(names, found, strict=True))


def checked(
    found: object, output: Resolved, count: int | None, inside: int = 1
) -> Array:
    """Check the values of one output.

    Parameters
    ----------
    found : array_like
        What the function returned for it.
    output : Resolved
        What was declared.
    count : int or None
        Number of items; None for one item alone, without that axis.
    inside : int, optional
        Items of one place.

    Returns
    -------
    ndarray
        Of the declared type; shape (places, *shape of the output), or that of an item.

    Raises
    ------
    OutputError
        Of another shape, or values that the type cannot hold.
    """
    values = _array(found, output)
    wanted = output.item_shape if count is None else (count, *output.item_shape)
    if values.shape != wanted:
        text = f"Output '{output.name}' has the shape {values.shape}, not {wanted}."
        what = "one item" if count is None else f"a block of {count} items"
        raise OutputError(text, f"the function was given {what}")
    held = _cast(values, output)
    return held if count is None else held.reshape(count // inside, *output.shape)


def _array(found: object, output: Resolved) -> Array:
    if found is None:
        raise OutputError(f"The function returns nothing for output '{output.name}'.")
    if np.ma.is_masked(found):
        return _unmasked(np.ma.asarray(found), output)
    try:
        if output.dtype.names and not isinstance(found, np.ndarray | np.void):
            return np.asarray(found, output.dtype)
        return np.asarray(found)
    except (TypeError, ValueError) as error:
        text = f"Output '{output.name}' is no array of {output.dtype}."
        raise OutputError(text, str(error)) from error


def _unmasked(found: Array, output: Resolved) -> Array:
    """Give an array with NaN where it is masked."""
    if found.dtype.kind in "fc":
        return np.ma.filled(found, np.nan)
    text = f"Output '{output.name}' has masked values: there is no NaN of its type."
    raise OutputError(text, f"the function returned {found.dtype}; fill them")


def _cast(values: Array, output: Resolved) -> Array:
    if values.dtype == output.dtype:
        return values
    counts = values.dtype.kind in "iu" and output.dtype.kind in "iu"
    if not counts and not np.can_cast(values.dtype, output.dtype, "same_kind"):
        text = f"Output '{output.name}' has the type {values.dtype}, which cannot"
        raise OutputError(f"{text} become {output.dtype} as declared.")
    with np.errstate(over="ignore"):  # beyond float32 it is infinite
        held = values.astype(output.dtype)
    if output.dtype.kind in "iu" and not (held == values).all():
        text = f"Output '{output.name}' has values beyond {output.dtype}."
        raise OutputError(text, f"declare its dtype as {values.dtype}")
    return held
