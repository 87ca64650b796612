"""What is known of an output while a run is under way."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import DamagedDataError
from usid_lab.processing.extract import Extract
from usid_lab.processing.ledger.shards import Shards
from usid_lab.processing.outputs import Resolved

Array = NDArray[np.generic]


@dataclass(eq=False)
class Partial:
    """Values of an output as far as they are known; each shard is read once.

    Attributes
    ----------
    values : ndarray, shape (count, *output.shape)
        Zero where nothing is known; of an extract, as many and as much as it takes.
    known : ndarray of bool, shape (count,)
        Where something is.
    extract : Extract
        What is kept of an output.
    """

    values: Array
    known: NDArray[np.bool_]
    extract: Extract
    _seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, output: Resolved, places: int, extract: Extract) -> "Partial":
        """Begin with nothing."""
        count = extract.count(places)
        values = np.zeros((count, *extract.shape(output.shape)), output.dtype)
        return cls(values, np.zeros(count, bool), extract)

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
            try:
                part, found = self.extract.cut(span, shards.read(output, span))
            except DamagedDataError:
                continue  # set aside: it will come again
            self.values[part], self.known[part] = found, True
            self._seen.add(name)
