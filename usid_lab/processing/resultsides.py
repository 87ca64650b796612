"""On which tables results stand: those of their source, or their own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from usid_lab.interop.derivedsides import dimensions_left, side_of
from usid_lab.model.axis import Axis, LayoutKind
from usid_lab.model.dimension import Dimension, Mode
from usid_lab.processing.source import Source
from usid_lab.storage.recipe import SideRecipe, side_recipe


def position_side(
    source: Source, dims: Sequence[Dimension], here: str | None, *, by_rows: bool
) -> SideRecipe | str:
    """Say on which tables the rows of a result stand.

    Parameters
    ----------
    source : Source
        The first source.
    dims : sequence of Dimension
        What the rows run over, slowest first.
    here : str or None
        Path of the source, where the result lies in its file.
    by_rows : bool
        The rows are those of the source, one by one.

    Returns
    -------
    SideRecipe or str
        `here` where all tables can be shared.
    """
    axis = source.layout.axes[0]
    if by_rows or (axis.kind is LayoutKind.RASTER and _same(axis, dims)):
        return here or copied(axis)
    return side_recipe(own_dimensions(axis, dims))


def spectroscopic_side(
    source: Source, dims: Sequence[Dimension], here: str | None
) -> SideRecipe | str:
    """Say on which tables the columns of a result stand.

    Parameters
    ----------
    source : Source
        The first source.
    dims : sequence of Dimension
        What the columns run over, slowest first.
    here : str or None
        Path of the source, where the result lies in its file.

    Returns
    -------
    SideRecipe or str
        `here` where all tables can be shared.
    """
    axis = source.layout.axes[1]
    if axis.entries is None and _same(axis, dims):
        return here or copied(axis)
    return side_recipe(own_dimensions(axis, dims))


def copied(axis: Axis) -> SideRecipe:
    """Make the tables of an axis anew, its entries in the same order.

    Parameters
    ----------
    axis : Axis
        Of any layout.

    Returns
    -------
    SideRecipe
    """
    side = side_of(axis, [range(size) for size in axis.sizes], frozenset())
    if axis.entries is None:
        return side.recipe
    order = np.argsort(side.entries)
    recipe = side.recipe
    shape, tables = (len(order),), (recipe.indices[order], recipe.values[order])
    return replace(recipe, shape=shape, indices=tables[0], values=tables[1])


def own_dimensions(axis: Axis, dims: Sequence[Dimension]) -> list[Dimension]:
    """Give dimensions that remain the values that they have without the others.

    Parameters
    ----------
    axis : Axis
        From which some of the dimensions are.
    dims : sequence of Dimension
        Of the result, slowest first.

    Returns
    -------
    list of Dimension
        Those with values that depend on others that remain have one axis for each.
    """
    names = [dimension.name for dimension in dims]
    sizes = tuple(dimension.size for dimension in dims)
    kept = [d.name for d in axis.dimensions if any(d is one for one in dims)]
    dropped = frozenset(d.name for d in axis.dimensions) - set(kept)
    if axis.along:
        return [Dimension(d.label or d.name, d.units, d.size) for d in dims]
    picks = [range(size) for size in axis.sizes]
    left = dict(zip(kept, dimensions_left(axis, picks, dropped), strict=True))
    order = [kept.index(name) for name in names if name in kept]
    found = [
        left[d.name] if d.name in left else Dimension(d.name, d.units, d.values)
        for d in dims
    ]
    shape = [
        size if name in kept else 1 for name, size in zip(names, sizes, strict=True)
    ]
    return [_spread(d, order, shape, sizes) for d in found]


def _spread(
    dimension: Dimension, order: list[int], shape: list[int], sizes: tuple[int, ...]
) -> Dimension:
    """Give dependent values an axis for each dimension of the result."""
    if dimension.mode is not Mode.DEPENDENT:
        return dimension
    values = dimension.values.transpose(order).reshape(shape)
    whole = np.broadcast_to(values, sizes)
    return Dimension(dimension.name, dimension.units, whole, Mode.DEPENDENT)


def _same(axis: Axis, dims: Sequence[Dimension]) -> bool:
    return len(axis.dimensions) == len(dims) and all(
        one is other for one, other in zip(axis.dimensions, dims, strict=True)
    )
