"""What is known of an output while a run is under way."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError
from usid_lab.processing.ledger.shards import Shards
from usid_lab.processing.outputs import Resolved

Array = NDArray[np.generic]


@dataclass(eq=False)
class Partial:
    """Values of an output as far as they are known; each shard is read once.

    Attributes
    ----------
    values : ndarray, shape (count, *output.shape)
        Zero where nothing is known.
    known : ndarray of bool, shape (count,)
        Where something is.
    """

    values: Array
    known: NDArray[np.bool_]
    _seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, output: Resolved, count: int) -> "Partial":
        """Begin with nothing."""
        values = np.zeros((count, *output.shape), output.dtype)
        return cls(values, np.zeros(count, bool))

    def update(self, shards: Shards, output: Resolved) -> None:
        """Read what came since.

        Parameters
        ----------
        shards : Shards
            Of the run.
        output : Resolved
            Which one this is.
        """
        for name, span in shards.named(self._seen).items():
            part = slice(span.start, span.stop)
            try:
                self.values[part] = shards.read(output, span)
            except DamagedDataError:
                continue  # set aside: it will come again
            self.known[part] = True
            self._seen.add(name)
