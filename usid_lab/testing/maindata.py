"""A Main dataset in memory: what a test writes, and what it expects to read."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from usid_lab.dataset import USIDataset
from usid_lab.model.dimension import Dimension
from usid_lab.storage import FileWriter

_GROUP = "/Measurement_000/Channel_000"


@dataclass(frozen=True, slots=True, eq=False)
class MainData:
    r"""All that makes a Main dataset.

    Attributes
    ----------
    data : ndarray, shape (\*positions, \*spectroscopic)
        What was measured; axes in the order of the dimensions.
    position, spectroscopic : tuple of Dimension
        Slowest first; either may be empty.
    quantity, units : str
        What the data are.
    row_order : ndarray of int, shape (positions,), optional
        Place in raster order of each stored row.

    Examples
    --------
    >>> import tempfile
    >>> main = MainData(np.arange(6).reshape(2, 3), (Dimension("Y", "m", 2),),
    ...                 (Dimension("Bias", "V", [-1, 0, 1]),))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     main.write(f"{folder}/scan.h5").dims
    ('Y', 'Bias')
    """

    data: NDArray[np.generic]
    position: tuple[Dimension, ...] = ()
    spectroscopic: tuple[Dimension, ...] = ()
    quantity: str = "Current"
    units: str = "nA"
    row_order: NDArray[np.int64] | None = None

    def write(self, path: str | os.PathLike[str]) -> USIDataset:
        """Write it to a new file.

        Parameters
        ----------
        path : str or path-like
            The file to make.

        Returns
        -------
        USIDataset
            Ready to be read.
        """
        with FileWriter(path) as writer:
            written = writer.main(
                _GROUP,
                "Raw_Data",
                self.data,
                quantity=self.quantity,
                units=self.units,
                position=list(self.position),
                spectroscopic=list(self.spectroscopic),
                row_order=self.row_order,
            )
        return USIDataset.written(path, written)


def serpentine(sizes: Sequence[int]) -> NDArray[np.int64]:
    """Give the order of rows of a scan that turns round at the end of each line.

    Parameters
    ----------
    sizes : sequence of int
        Sizes of the positions, slowest first; neighbours in time are neighbours in
        space, in any number of dimensions.

    Returns
    -------
    ndarray of int64, shape (prod(sizes),)
        Place in raster order of each row, as a writer's `row_order`.

    Examples
    --------
    >>> serpentine((3, 2)).tolist()
    [0, 1, 3, 2, 4, 5]
    """
    walk = np.zeros(1, np.int64)
    for size in reversed(sizes):
        length = len(walk)
        lines = [walk[:: 1 if line % 2 == 0 else -1] for line in range(size)]
        walk = np.ravel([line * length + one for line, one in enumerate(lines)])
    return walk
