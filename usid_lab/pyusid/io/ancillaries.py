"""Ancillary datasets, written and checked, by the documented names."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import h5py

from usid_lab.errors import ArgumentError, LayoutError
from usid_lab.model import dimension as model
from usid_lab.model.ancillary import grid_shape, reduced_tables
from usid_lab.model.dimension import Side
from usid_lab.pyusid.arguments import of_type, text_of, texts_of
from usid_lab.pyusid.io.dimension import Dimension, as_modelled
from usid_lab.pyusid.io.groups import group_for_writing
from usid_lab.pyusid.io.regions import write_region_references
from usid_lab.pyusid.io.write_utils import get_aux_dset_slicing, validate_dimensions
from usid_lab.storage.ancillaries import write_tables
from usid_lab.storage.attributes import texts_attribute
from usid_lab.storage.recipe import SideRecipe, side_recipe
from usid_lab.storage.tables import descriptions
from usid_lab.storage.writing import place

__all__ = [
    "validate_anc_dset_attrs",
    "validate_anc_h5_dsets",
    "validate_dims_against_main",
    "write_ind_val_dsets",
    "write_reduced_anc_dsets",
    "write_reduced_spec_dsets",
]

Tables = tuple[h5py.Dataset, h5py.Dataset]
Dimensions = Dimension | Iterable[Dimension]


def write_ind_val_dsets(
    h5_parent_group: h5py.Group,
    dimensions: Dimensions,
    is_spectral: bool = True,
    verbose: bool = False,  # noqa: ARG001
    base_name: str | None = None,
    slow_to_fast: bool = False,
) -> Tables:
    """Write the index and value tables of one side.

    They are stored fastest dimension first, as the documentation and the
    specification have it, each dimension with a region reference of its name. Later
    versions store them slowest first, without region references.

    Parameters
    ----------
    h5_parent_group : h5py.Group or h5py.File
        Open for writing.
    dimensions : Dimension or list of Dimension
        Fastest first.
    is_spectral : bool, optional
        Whether they are spectroscopic, else positions.
    verbose : bool, optional
        Taken, without effect.
    base_name : str, optional
        Beginning of the names; ``"Spectroscopic_"`` or ``"Position_"`` by default.
    slow_to_fast : bool, optional
        Whether `dimensions` come slowest first. Not in 0.0.4.

    Returns
    -------
    h5_inds, h5_vals : h5py.Dataset
        Of dtype uint32, and float32 or, where that loses steps, float64.

    Raises
    ------
    ArgumentTypeError
        If an argument is of the wrong type (a TypeError).
    ArgumentError, LayoutError
        If the file is read-only, or the dimensions do not fit (a ValueError).
    NameTakenError
        If a name is taken (a KeyError).
    """
    group = group_for_writing(h5_parent_group)
    side = side_of(is_spectral)
    recipe = recipe_of(dimensions, side, slow_to_fast=slow_to_fast)
    if base_name is not None:
        base_name = text_of(base_name, "base_name")
    return written(group, side, recipe, base_name)


def write_reduced_spec_dsets(
    h5_parent_group: h5py.Group,
    h5_spec_inds: h5py.Dataset,
    h5_spec_vals: h5py.Dataset,
    dim_name: str,
    base_name: str = "Spectroscopic",
    *,
    basename: str | None = None,
) -> Tables:
    """Write spectroscopic tables without one of their dimensions.

    Parameters
    ----------
    h5_parent_group : h5py.Group or h5py.File
        Open for writing.
    h5_spec_inds, h5_spec_vals : h5py.Dataset, shape (dimensions, steps)
        The tables as they are.
    dim_name : str
        Dimension that goes.
    base_name : str, optional
        Beginning of the names of the new tables.
    basename : str, optional
        The same; the documentation uses both spellings.

    Returns
    -------
    h5_inds, h5_vals : h5py.Dataset
        Of the steps at which that dimension has its lowest index. Without any
        dimension left: one step, called ``Single_Step``.

    Raises
    ------
    DimensionError
        If there is no such dimension (a KeyError).
    NameTakenError
        If a name is taken (a KeyError).
    """
    text_of(dim_name, "dim_name")
    return write_reduced_anc_dsets(
        h5_parent_group,
        h5_spec_inds,
        h5_spec_vals,
        dim_name,
        basename or base_name,
        is_spec=True,
    )


def write_reduced_anc_dsets(
    h5_parent_group: h5py.Group,
    h5_inds: h5py.Dataset,
    h5_vals: h5py.Dataset,
    dim_name: str | Sequence[str],
    basename: str | None = None,
    is_spec: bool | None = None,
    verbose: bool = False,  # noqa: ARG001
) -> Tables:
    """Write the tables of either side without some dimensions. Not in 0.0.4.

    Parameters
    ----------
    h5_parent_group : h5py.Group or h5py.File
        Open for writing.
    h5_inds, h5_vals : h5py.Dataset
        The tables as they are.
    dim_name : str or list of str
        Dimensions that go.
    basename : str, optional
        Beginning of the names of the new tables; that of the side by default.
    is_spec : bool, optional
        Whether the tables are spectroscopic; by their shape if not given.
    verbose : bool, optional
        Taken, without effect.

    Returns
    -------
    h5_inds, h5_vals : h5py.Dataset
        Of the entries at which those dimensions have their lowest indices.

    Raises
    ------
    ArgumentError
        If the shape does not tell the side (a ValueError).
    DimensionError
        If there is no such dimension (a KeyError).
    """
    group = group_for_writing(h5_parent_group)
    _check_pair(h5_inds, h5_vals)
    side = _side(h5_inds, is_spec)
    indices, values = h5_inds[()], h5_vals[()]
    if side is Side.SPECTROSCOPIC:
        indices, values = indices.T, values.T
    labels, units = descriptions(h5_inds, h5_vals, side, indices.shape[1])
    names = texts_of(dim_name, "dim_name")
    left = reduced_tables(indices, values, labels, units, names)
    shape = (len(left.indices),)
    recipe = SideRecipe(shape, left.labels, left.units, left.indices, left.values)
    return written(group, side, recipe, basename)


def validate_dims_against_main(
    main_shape: Sequence[int],
    dims: Dimensions,
    is_spectroscopic: bool,
    slow_to_fast: bool = False,
) -> None:
    """Make sure that dimensions fit the shape of a Main dataset. Not in 0.0.4.

    Parameters
    ----------
    main_shape : tuple of (int, int)
        Positions and steps.
    dims : Dimension or list of Dimension
        Of one side, fastest first.
    is_spectroscopic : bool
        Which side.
    slow_to_fast : bool, optional
        Whether `dims` come slowest first.

    Raises
    ------
    LayoutError
        If they do not (a ValueError).
    """
    of_type(main_shape, (list, tuple), "main_shape")
    side = side_of(is_spectroscopic)
    axis = int(side is Side.SPECTROSCOPIC)
    shape = grid_shape(_slowest_first(dims, side, slow_to_fast=slow_to_fast))
    if len(main_shape) != 2 or math.prod(shape) != main_shape[axis]:
        text = (
            f"The {side} dimensions make {math.prod(shape)} places, but the data have"
        )
        raise LayoutError(f"{text} the shape {tuple(main_shape)}.", f"sizes {shape}")


def validate_anc_h5_dsets(
    h5_inds: h5py.Dataset,
    h5_vals: h5py.Dataset,
    main_shape: Sequence[int],
    is_spectroscopic: bool = True,
) -> None:
    """Make sure that tables fit the shape of a Main dataset. Not in 0.0.4.

    Parameters
    ----------
    h5_inds, h5_vals : h5py.Dataset
        The tables of one side.
    main_shape : tuple of (int, int)
        Positions and steps.
    is_spectroscopic : bool, optional
        Which side.

    Raises
    ------
    LayoutError
        If they do not (a ValueError).
    """
    of_type(main_shape, (list, tuple), "main_shape")
    _check_pair(h5_inds, h5_vals)
    axis = int(side_of(is_spectroscopic) is Side.SPECTROSCOPIC)
    if len(main_shape) != 2 or h5_inds.shape[axis] != main_shape[axis]:
        text = f"{place(h5_inds)} has the shape {h5_inds.shape}, which does not fit"
        raise LayoutError(f"{text} data of the shape {tuple(main_shape)}.")


def validate_anc_dset_attrs(
    h5_inds: h5py.Dataset, h5_vals: h5py.Dataset, is_spec: bool = True
) -> None:
    """Make sure that labels and units describe two tables. Not in 0.0.4.

    Parameters
    ----------
    h5_inds, h5_vals : h5py.Dataset
        The tables of one side.
    is_spec : bool, optional
        Which side.

    Raises
    ------
    LayoutError
        If one is missing, or they are not one for each dimension, or the two tables
        disagree (a ValueError).
    """
    _check_pair(h5_inds, h5_vals)
    width = h5_inds.shape[0 if is_spec else 1]
    for name in ("labels", "units"):
        own, other = (texts_attribute(table, name) for table in (h5_inds, h5_vals))
        if own is None or own != other or len(own) != width:
            text = f"{place(h5_inds)} and {place(h5_vals)} need {width} equal '{name}'."
            raise LayoutError(text, f"got {own} and {other}")


def side_of(is_spectral: object) -> Side:
    """Side by the flag that the documented functions have."""
    return Side.SPECTROSCOPIC if is_spectral else Side.POSITION


def recipe_of(dimensions: Dimensions, side: Side, *, slow_to_fast: bool) -> SideRecipe:
    """Lay out the documented dimensions of one side.

    Parameters
    ----------
    dimensions : Dimension or list of Dimension
        Fastest first.
    side : Side
        For messages.
    slow_to_fast : bool
        Whether they come slowest first instead.

    Returns
    -------
    SideRecipe
        Tables with the fastest dimension first.
    """
    return side_recipe(_slowest_first(dimensions, side, slow_to_fast=slow_to_fast))


def _slowest_first(
    dimensions: Dimensions, side: Side, *, slow_to_fast: bool
) -> list[model.Dimension]:
    checked = validate_dimensions(dimensions, side)
    if not checked:
        raise ArgumentError(f"There must be at least one {side} dimension.")
    given = [as_modelled(one) for one in checked]
    return given if slow_to_fast else given[::-1]


def written(
    group: h5py.Group, side: Side, recipe: SideRecipe, base_name: str | None
) -> Tables:
    """Write the tables of a side, with a region for each dimension."""
    tables = write_tables(group, side, recipe, base_name)
    spectral = side is Side.SPECTROSCOPIC
    # The attributes of these names describe the table itself.
    slices = get_aux_dset_slicing(list(recipe.labels), is_spectroscopic=spectral)
    for table in tables:
        free = {name: part for name, part in slices.items() if name not in table.attrs}
        write_region_references(table, free, add_labels_attr=False)
    return tables


def _check_pair(indices: Any, values: Any) -> None:
    of_type(indices, h5py.Dataset, "h5_inds")
    of_type(values, h5py.Dataset, "h5_vals")
    if indices.shape != values.shape or len(indices.shape) != 2:
        text = "Index and value tables have two axes and the same shape."
        raise LayoutError(text, f"{indices.shape} and {values.shape}")


def _side(indices: h5py.Dataset, is_spec: bool | None) -> Side:
    rows, columns = indices.shape
    if is_spec is None and rows == columns:
        text = f"The shape of {place(indices)} does not tell positions from steps."
        raise ArgumentError(text + " Say it by 'is_spec'.", f"shape {indices.shape}")
    return side_of(rows < columns if is_spec is None else is_spec)
