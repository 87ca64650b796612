"""The N-D form of a dataset: its axes, dimensions and coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.axis import Axis, Grid, LayoutKind
from usid_lab.model.dimension import Dimension, unique_names

# Of two axes the one that is further from a plain grid names the whole.
_DISTANCE = {
    LayoutKind.ARRAY: 0,
    LayoutKind.RASTER: 1,
    LayoutKind.SHUFFLED: 2,
    LayoutKind.INCOMPLETE: 3,
    LayoutKind.DEPENDENT: 4,
    LayoutKind.SPARSE: 5,
}


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How a stored array unfolds into named dimensions.

    Attributes
    ----------
    axes : tuple of Axis
        One for each axis of the stored array: positions and spectra of a Main.
    """

    axes: tuple[Axis, ...]

    @property
    def kind(self) -> LayoutKind:
        """The least regular of its axes."""
        kinds = (axis.kind for axis in self.axes)
        return max(kinds, key=_DISTANCE.__getitem__, default=LayoutKind.ARRAY)

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Canonical order: positions slow to fast, then spectroscopic."""
        return tuple(d for axis in self.axes for d in axis.dimensions)

    @property
    def along(self) -> tuple[Dimension, ...]:
        """Dimensions of the file without a grid, values along the points."""
        return tuple(d for axis in self.axes for d in axis.along)

    @property
    def dependent(self) -> tuple[str, ...]:
        """Labels of dimensions whose values depend on other dimensions too."""
        return tuple(label for axis in self.axes for label in axis.dependent)

    @property
    def grids(self) -> dict[str, tuple[tuple[str, ...], Grid]]:
        """N-D coordinates by name, of dimensions that depend on others.

        Each with the names of the dimensions over which it runs: all of its side.
        """
        return {
            dimension.name: (tuple(d.name for d in axis.dimensions), grid)
            for axis in self.axes
            for dimension, grid in zip(axis.dimensions, axis.grids, strict=False)
            if grid is not None
        }

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the dimensions, in canonical order."""
        return tuple(dimension.name for dimension in self.dimensions)

    @property
    def sizes(self) -> dict[str, int]:
        """Size by name, in canonical order."""
        return {dimension.name: dimension.size for dimension in self.dimensions}

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the N-D form."""
        return tuple(dimension.size for dimension in self.dimensions)

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """Shape of the array in the file."""
        return tuple(axis.length for axis in self.axes)

    @property
    def coords(self) -> dict[str, NDArray[np.float64]]:
        """Values by name, of dimensions and of what lies along the points."""
        return {d.name: d.values for d in (*self.dimensions, *self.along)}

    @property
    def has_gaps(self) -> bool:
        """Some places of the grid were never measured: NaN when read."""
        return any(axis.has_gaps for axis in self.axes)


def combine(axes: Sequence[Axis]) -> Layout:
    """Make a layout of axes, with names that are unique in all of it.

    Parameters
    ----------
    axes : sequence of Axis
        In the order of the stored array.

    Returns
    -------
    Layout
        Its dimensions renamed where labels repeat.
    """
    folded = [d for axis in axes for d in (*axis.dimensions, *axis.along)]
    names = iter(unique_names([(d.name, d.side) for d in folded]))
    return Layout(
        tuple(
            replace(
                axis,
                dimensions=tuple(d.renamed(next(names)) for d in axis.dimensions),
                along=tuple(d.renamed(next(names)) for d in axis.along),
            )
            for axis in axes
        )
    )
