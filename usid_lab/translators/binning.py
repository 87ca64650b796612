"""Fewer pixels and a common scale: binning and normalisation of images."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import ArgumentError, ArgumentTypeError

Reduction = Callable[..., NDArray[np.generic]]


def bin_sizes(bin_factor: int | Sequence[int]) -> tuple[int, int]:
    """Return how many pixels make a bin.

    Parameters
    ----------
    bin_factor : int or pair of int
        For both axes, or along columns (Y) and rows (X).

    Returns
    -------
    tuple of (int, int)
        Pixels along Y and along X.

    Raises
    ------
    ArgumentTypeError
        Not whole numbers.
    ArgumentError
        Not one or two of them, or less than 1.

    Examples
    --------
    >>> bin_sizes(2), bin_sizes([1, 4])
    ((2, 2), (1, 4))
    """
    given = np.asarray(bin_factor)
    if given.dtype.kind not in "iu":
        text = "A bin factor is a whole number, or a pair of them."
        raise ArgumentTypeError(text, f"got {bin_factor!r}")
    if given.shape not in [(), (2,)] or given.min() < 1:
        text = "A bin factor is one whole number from 1 on, or a pair of them."
        raise ArgumentError(text, f"got {bin_factor!r}")
    along_y, along_x = np.broadcast_to(given, (2,))
    return int(along_y), int(along_x)


def binned(
    image: NDArray[np.generic], sizes: tuple[int, int], reduction: Reduction
) -> NDArray[np.generic]:
    """Reduce blocks of pixels to one value each.

    Pixels at the far edges that fill no whole block are left out.

    Parameters
    ----------
    image : ndarray, shape (rows, columns, ...)
        The first two axes are binned.
    sizes : tuple of (int, int)
        Pixels of a block along Y and X.
    reduction : callable
        Takes an array and ``axis``, a tuple of two axes, as `numpy.mean` does.

    Returns
    -------
    ndarray, shape (rows // sizes[0], columns // sizes[1], ...)

    Raises
    ------
    ArgumentError
        A block is larger than the image, or `reduction` returns another shape.

    Examples
    --------
    >>> binned(np.arange(10).reshape(2, 5), (2, 2), np.sum)
    array([[12, 20]])
    """
    rows, columns = image.shape[0] // sizes[0], image.shape[1] // sizes[1]
    if not rows or not columns:
        text = f"A bin of {sizes[0]} x {sizes[1]} pixels is larger than the image."
        raise ArgumentError(text, f"{image.shape[0]} x {image.shape[1]} pixels")
    whole = image[: rows * sizes[0], : columns * sizes[1]]
    blocks = whole.reshape(rows, sizes[0], columns, sizes[1], *image.shape[2:])
    result = np.asarray(reduction(blocks, axis=(1, 3)))
    if result.shape != (rows, columns, *image.shape[2:]):
        text = "The function for binning does not make one value of each block."
        raise ArgumentError(text, f"it returns the shape {result.shape}")
    return result


def normalized(image: NDArray[np.generic]) -> NDArray[np.floating]:
    """Scale values so that the least becomes 0 and the greatest 1.

    NaN stays NaN and does not count; an image of one value becomes 0.

    Parameters
    ----------
    image : ndarray of real numbers

    Returns
    -------
    ndarray of float32 or float64
        float32 for integers of up to 16 bits, float32 and float16.

    Examples
    --------
    >>> normalized(np.array([3, 5, 7]))
    array([0. , 0.5, 1. ])
    """
    scaled = image.astype(np.result_type(image.dtype, np.float32))
    finite = scaled[np.isfinite(scaled)]
    if not finite.size:
        return scaled
    least, greatest = finite.min(), finite.max()
    span = (greatest - least) or scaled.dtype.type(1)
    result: NDArray[np.floating] = (scaled - least) / span
    return result
