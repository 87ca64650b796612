"""Values read as another type: by index, or in the documented ``with`` block."""

from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
from numpy.typing import DTypeLike, NDArray


class Conversion:
    """What :meth:`USIDataset.astype` gives: h5py's view, and a context.

    h5py itself has no such context any more since its version 3.9.

    Parameters
    ----------
    dataset : h5py.Dataset
        What is read.
    dtype : dtype_like
        As what it is read.
    use : callable
        Sets the type as which the dataset itself is read from now on; returns the one
        before.
    """

    def __init__(
        self,
        dataset: h5py.Dataset,
        dtype: DTypeLike,
        use: Callable[[np.dtype[Any] | None], np.dtype[Any] | None],
    ) -> None:
        self._view = h5py.Dataset.astype(dataset, dtype)
        self._dtype = np.dtype(dtype)
        self._use = use
        self._before: list[np.dtype[Any] | None] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def __getitem__(self, where: Any) -> Any:
        return self._view[where]

    def __len__(self) -> int:
        return len(self._view)

    def __array__(self, *args: Any, **kwargs: Any) -> NDArray[Any]:
        found: NDArray[Any] = self._view.__array__(*args, **kwargs)
        return found

    def __enter__(self) -> "Conversion":
        self._before.append(self._use(self._dtype))
        return self

    def __exit__(self, *error: object) -> None:
        self._use(self._before.pop())
