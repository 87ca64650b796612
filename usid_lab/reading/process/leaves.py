"""The type of a result, told by a process that is not believed."""

from collections.abc import Iterator, Sequence

import numpy as np

from usid_lab.reading.process.channel import BreachError

KINDS = frozenset(
    np.dtype(code).str for code in ("?", *"bhilqBHILQ", "e", "f", "d", "F", "D")
)


def leaves(dtype: np.dtype[np.generic]) -> Iterator[str]:
    """Yield the types of the fields of a compound, or of a number.

    Parameters
    ----------
    dtype : numpy.dtype

    Yields
    ------
    str
        As ``dtype.str``: byte order, kind and size.

    Examples
    --------
    >>> list(leaves(np.dtype([("a", "<i2"), ("b", [("c", "<f4")])])))
    ['<i2', '<f4']
    """
    if dtype.fields is None:
        yield dtype.str
        return
    for field in dtype.fields.values():
        yield from leaves(field[0])


def dtype_of(like: np.dtype[np.generic], kinds: Sequence[str]) -> np.dtype[np.generic]:
    """Return a type with the fields of another one.

    Parameters
    ----------
    like : numpy.dtype
        Has as many leaves.
    kinds : sequence of str
        Types of the leaves, each of `KINDS`.

    Returns
    -------
    numpy.dtype

    Raises
    ------
    BreachError
        There are more or less.
    """
    given = iter(kinds)
    try:
        found = _filled(like, given)
    except StopIteration as error:
        raise BreachError("a type with too few fields") from error
    if next(given, None) is not None:
        raise BreachError("a type with too many fields")
    return found


def _filled(like: np.dtype[np.generic], kinds: Iterator[str]) -> np.dtype[np.generic]:
    if like.fields is None:
        return np.dtype(next(kinds))
    fields = like.fields.items()
    return np.dtype([(name, _filled(field[0], kinds)) for name, field in fields])
