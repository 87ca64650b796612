"""From the buffer that was read to the N-D array that was asked for."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.planning.axis_plan import AxisPlan
from usid_lab.reading.planning.runs import IntArray

Array = NDArray[np.generic]


def gap_dtype(dtype: np.dtype[np.generic]) -> np.dtype[np.generic]:
    """Return the type that can hold NaN beside values of `dtype`.

    Examples
    --------
    >>> gap_dtype(np.dtype("i2")), gap_dtype(np.dtype("c8"))
    (dtype('float64'), dtype('complex64'))
    """
    if dtype.fields:
        fields = [(name, gap_dtype(kind[0])) for name, kind in dtype.fields.items()]
        return np.dtype(fields)
    return dtype if dtype.kind in "fc" else np.dtype(np.float64)


def arrange(buffer: Array, plans: Sequence[AxisPlan], *, gaps: bool) -> Array:
    """Put what was read in order.

    Parameters
    ----------
    buffer : ndarray
        One axis for each plan.
    plans : sequence of AxisPlan
        What was read along each axis.
    gaps : bool
        The dataset has places that were never measured: NaN in the result, integers
        become float64 (whether or not this selection meets one).

    Returns
    -------
    ndarray
        Shape of the selection.
    """
    result = buffer.astype(gap_dtype(buffer.dtype)) if gaps else buffer
    for axis, plan in enumerate(plans):
        if plan.gather is not None:
            result = _gathered(result, plan.gather, axis)
    return result.reshape([size for plan in plans for size in plan.shape])


def _gathered(array: Array, gather: IntArray, axis: int) -> Array:
    missing = gather < 0
    if not missing.any():
        return np.take(array, gather, axis=axis)
    if not array.shape[axis]:
        shape = (*array.shape[:axis], len(gather), *array.shape[axis + 1 :])
        result = np.empty(shape, array.dtype)
    else:
        result = np.take(array, np.where(missing, 0, gather), axis=axis)
    where = (slice(None),) * axis + (missing,)
    blank(result, where)
    return result


def blank(array: Array, where: tuple[slice | NDArray[np.bool_], ...]) -> None:
    """Write NaN into part of an array of a :func:`gap_dtype`; all of it for ``()``."""
    names = array.dtype.names
    if names is None:
        array[where] = _nan(array.dtype)
        return
    for name in names:
        blank(cast("NDArray[np.void]", array)[name], where)


def _nan(dtype: np.dtype[np.generic]) -> complex | float:
    return complex(np.nan, np.nan) if dtype.kind == "c" else np.nan
