"""The N-D form of a dataset: which dimensions, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import LayoutError
from usid_lab.pyusid.io.unfolding import (
    Unfolding,
    fold,
    plain_unfolding,
    read_unfolded,
    unfold_lazily,
)

Array: TypeAlias = NDArray[np.generic]
Success: TypeAlias = bool | str
_FLAT = ("Position", "Spectral Step")


@dataclass(frozen=True, slots=True, eq=False)
class NDForm:
    """How the two axes of a dataset become N dimensions.

    Attributes
    ----------
    sides : tuple of Unfolding
        Positions and spectra, each with its grid.
    orders : tuple of tuple of int
        For each side its dimensions, by their number in the file, in the order in
        which they are handed out.
    success : bool or str
        True; "Positions" if the spectra have no grid and stay one dimension; False
        if the positions have none and all is left in two dimensions.
    """

    sides: tuple[Unfolding, Unfolding]
    orders: tuple[tuple[int, ...], tuple[int, ...]]
    success: Success

    @property
    def labels(self) -> list[str]:
        """Labels of the dimensions."""
        both = zip(self.sides, self.orders, strict=True)
        return [side.labels[number] for side, order in both for number in order]

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the dimensions."""
        both = zip(self.sides, self.orders, strict=True)
        return tuple(side.sizes[number] for side, order in both for number in order)

    @property
    def axes(self) -> list[int]:
        """Where each dimension stands if the slowest of each side comes first."""
        rows, columns = (
            [side.grid.order.index(number) for number in order]
            for side, order in zip(self.sides, self.orders, strict=True)
        )
        return [*rows, *(len(rows) + axis for axis in columns)]

    def read(self, main: h5py.Dataset | Array) -> Array:
        """Read all of a 2-D dataset, once."""
        return read_unfolded(main, self.sides).transpose(self.axes)

    def lazy(self, main: h5py.Dataset | Array) -> Any:
        """Return a dask array of all of a 2-D dataset."""
        return unfold_lazily(main, self.sides).transpose(self.axes)

    def folded(self, values: Array) -> Array:
        """Return two dimensions of N; single ones may have been squeezed out."""
        if _more_than_one(values.shape) != _more_than_one(self.shape):
            text = "The array does not have the dimensions of the tables."
            raise LayoutError(text, f"{values.shape}, expected {self.shape}")
        shaped = values.reshape(self.shape)
        return fold(shaped.transpose(np.argsort(self.axes).tolist()), self.sides)


def nd_form(
    positions: Unfolding, spectra: Unfolding, *, sort_dims: bool = False
) -> NDForm:
    """Find the N-D form.

    Parameters
    ----------
    positions, spectra : Unfolding
        The two axes of a dataset.
    sort_dims : bool, optional
        Dimensions from fastest to slowest, positions first; else as in the file.

    Returns
    -------
    NDForm
        The fullest there is.
    """
    if positions.placing is None:
        return flat_form(positions, spectra)
    success: Success = True
    if spectra.placing is None:
        success = "Positions"
        spectra = plain_unfolding(spectra.length, _FLAT[1])
    orders = (order_of(positions, sort_dims), order_of(spectra, sort_dims))
    return NDForm((positions, spectra), orders, success)


def flat_form(positions: Unfolding, spectra: Unfolding) -> NDForm:
    """Return the form of two dimensions, as they are stored."""
    rows = plain_unfolding(positions.length, _FLAT[0])
    columns = plain_unfolding(spectra.length, _FLAT[1])
    return NDForm((rows, columns), ((0,), (0,)), success=False)


def order_of(side: Unfolding, sort_dims: bool) -> tuple[int, ...]:
    """Numbers of a side's dimensions, in the order of the file or fastest first."""
    return side.fastest_first if sort_dims else tuple(range(len(side.sizes)))


def _more_than_one(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)
