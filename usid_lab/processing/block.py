"""What a worker hands back: values of a span of places."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usid_lab.processing.span import Span


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Results of some places.

    Attributes
    ----------
    span : Span
        Which ones.
    arrays : dict of str to ndarray, shape (len(span), *shape of the output)
        By name of the output.
    seconds : float
        How long that took, with reading.
    cpu : float
        Seconds of the processor that it took; 0 where nobody measured.
    """

    span: Span
    arrays: dict[str, NDArray[np.generic]]
    seconds: float
    cpu: float = 0.0

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays.values())


@dataclass(frozen=True, slots=True)
class Receipt:
    """Says that a block is kept already, where it was computed.

    Attributes
    ----------
    span : Span
        Which places.
    seconds : float
        How long they took.
    nbytes : int
        Bytes of their results.
    """

    span: Span
    seconds: float
    nbytes: int


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """A span that could not be computed.

    Attributes
    ----------
    span : Span
        Which one.
    error : Exception
        Why.
    """

    span: Span
    error: Exception
