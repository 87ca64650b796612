"""Transposed copies of arrays, in blocks that stay in the processor's caches."""

import itertools
import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]

_HIGH = 32  # values that are written beside each other
_WIDE = 128  # values that are read beside each other
_BLOCK = _HIGH * _WIDE


def transposed(values: Array, scratch: Array) -> Array:
    """Copy an array whose axes are in another order than its values.

    Parameters
    ----------
    values : ndarray
        Of any strides.
    scratch : ndarray, shape (n,)
        Memory for at least as many values of the same type.

    Returns
    -------
    ndarray
        The same values in C order, in `scratch`.
    """
    target = scratch[: values.size].reshape(values.shape)
    pairs = zip(values.shape, _block(values), strict=True)
    along = [[slice(n, n + step) for n in range(0, size, step)] for size, step in pairs]
    for place in itertools.product(*along):
        target[place] = values[place]
    return target


def _block(values: Array) -> list[int]:
    """Choose the shape of blocks: long where neighbours lie on either side."""
    shape, strides = values.shape, values.strides
    axes = [axis for axis, size in enumerate(shape) if size > 1] or [0]
    near = min(axes, key=strides.__getitem__)
    block = [1] * len(shape)
    block[axes[-1]] = min(_HIGH, shape[axes[-1]])
    block[near] = min(_WIDE, shape[near])
    for axis in reversed(axes):
        room = _BLOCK // math.prod(block)
        if axis not in (axes[-1], near):
            block[axis] = max(1, min(room, shape[axis]))
    return block
