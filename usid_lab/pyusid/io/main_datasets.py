"""Writing Main datasets, by the documented names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from warnings import warn

import h5py
import numpy as np

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    LayoutError,
    NameTakenError,
)
from usid_lab.model.conformance import TABLES
from usid_lab.model.dimension import Side
from usid_lab.pyusid.arguments import is_lazy, of_type, text_of
from usid_lab.pyusid.io.ancillaries import (
    Dimensions,
    Tables,
    recipe_of,
    validate_anc_h5_dsets,
    validate_dims_against_main,
    written,
)
from usid_lab.pyusid.io.dtype_utils import validate_dtype
from usid_lab.pyusid.io.groups import group_for_writing
from usid_lab.pyusid.io.links import as_main
from usid_lab.pyusid.io.metadata import (
    as_written,
    copy_attributes,
    write_book_keeping_attrs,
    write_simple_attrs,
)
from usid_lab.storage.groups import checked_name, free_name
from usid_lab.storage.linking import link_main
from usid_lab.storage.recipe import SideRecipe
from usid_lab.storage.text import plain
from usid_lab.storage.writing import check_attributes, place, refusals

__all__ = ["create_empty_dataset", "validate_main_dset", "write_main_dataset"]


@dataclass(frozen=True, slots=True)
class _SideGiven:
    """One side of a new Main dataset as the caller gave it: tables or dimensions."""

    side: Side
    dims: Any
    indices: Any
    values: Any
    prefix: str
    slow_to_fast: bool

    @property
    def spectral(self) -> bool:
        return self.side is Side.SPECTROSCOPIC

    @property
    def has_tables(self) -> bool:
        return self.indices is not None and self.values is not None

    def recipe(self, group: h5py.Group, shape: Sequence[int]) -> SideRecipe | None:
        """Find every fault before anything is written; None where there are tables."""
        if self.has_tables:
            validate_anc_h5_dsets(self.indices, self.values, shape, self.spectral)
            return None
        for what in ("Indices", "Values"):
            free_name(group, f"{self.prefix}{what}", "table")
        if self.dims is None:
            text = f"The {self.side} side needs dimensions, or both of its tables."
            raise ArgumentTypeError(text)
        validate_dims_against_main(
            shape, self.dims, self.spectral, slow_to_fast=self.slow_to_fast
        )
        return recipe_of(self.dims, self.side, slow_to_fast=self.slow_to_fast)

    def tables(self, group: h5py.Group, recipe: SideRecipe | None) -> Tables:
        """Find the tables, or write them."""
        if recipe is None:
            return _nearby(group, self.indices), _nearby(group, self.values)
        return written(group, self.side, recipe, self.prefix)


def write_main_dataset(
    h5_parent_group: h5py.Group,
    main_data: Any,
    main_data_name: str,
    quantity: str,
    units: str,
    pos_dims: Dimensions | None,
    spec_dims: Dimensions | None,
    main_dset_attrs: Mapping[str, Any] | None = None,
    h5_pos_inds: h5py.Dataset | None = None,
    h5_pos_vals: h5py.Dataset | None = None,
    h5_spec_inds: h5py.Dataset | None = None,
    h5_spec_vals: h5py.Dataset | None = None,
    aux_spec_prefix: str = "Spectroscopic_",
    aux_pos_prefix: str = "Position_",
    verbose: bool = False,  # noqa: ARG001
    slow_to_fast: bool = False,
    **kwargs: Any,
) -> h5py.Dataset:
    """Write a Main dataset with its tables, attributes and references.

    Everything is checked before anything is written.

    Parameters
    ----------
    h5_parent_group : h5py.Group or h5py.File
        Open for writing.
    main_data : ndarray, shape (positions, steps), or tuple of (int, int)
        The data, also as an array of dask; or the shape of an empty dataset, whose
        `dtype` must be given then.
    main_data_name : str
        Name of the dataset; a hyphen becomes an underscore.
    quantity : str
        What the values are.
    units : str
        Their units. ``''`` is taken for what has none; pyUSID refuses it, which is
        an error of pyUSID.
    pos_dims, spec_dims : Dimension or list of Dimension
        Fastest first. None where the tables are given.
    main_dset_attrs : dict, optional
        More attributes.
    h5_pos_inds, h5_pos_vals, h5_spec_inds, h5_spec_vals : h5py.Dataset, optional
        Tables that exist. Those of another file are copied.
    aux_spec_prefix, aux_pos_prefix : str, optional
        Beginning of the names of new tables.
    verbose : bool, optional
        Taken, without effect.
    slow_to_fast : bool, optional
        Whether dimensions come slowest first. Not in 0.0.4.
    **kwargs
        For ``h5py.Group.create_dataset``: dtype, chunks, compression and so on.

    Returns
    -------
    USIDataset
        The new dataset.

    Raises
    ------
    ArgumentTypeError
        If an argument is of the wrong type (a TypeError).
    ArgumentError, LayoutError
        If the file is read-only, a text is empty, or shapes do not fit (a
        ValueError).
    NameTakenError
        If a name is taken (a KeyError).
    """
    group = group_for_writing(h5_parent_group)
    name = free_name(group, _dataset_name(main_data_name), "dataset")
    labels = {
        "quantity": text_of(quantity, "quantity"),
        "units": text_of(units, "units", empty=True),
    }
    more = of_type(main_dset_attrs or {}, Mapping, "main_dset_attrs")
    shape = _shape(main_data, kwargs)
    given = (
        _SideGiven(
            Side.POSITION,
            pos_dims,
            h5_pos_inds,
            h5_pos_vals,
            _prefix(aux_pos_prefix, "aux_pos_prefix"),
            slow_to_fast,
        ),
        _SideGiven(
            Side.SPECTROSCOPIC,
            spec_dims,
            h5_spec_inds,
            h5_spec_vals,
            _prefix(aux_spec_prefix, "aux_spec_prefix"),
            slow_to_fast,
        ),
    )
    recipes = [one.recipe(group, shape) for one in given]
    check_attributes(group, as_written(more))
    dataset = _stored(group, name, main_data, kwargs)
    write_simple_attrs(dataset, {**more, **labels})
    write_book_keeping_attrs(dataset)
    sides = zip(given, recipes, strict=True)
    rows, columns = (one.tables(group, recipe) for one, recipe in sides)
    link_main(dataset, *rows, *columns)
    return as_main(dataset)


def create_empty_dataset(
    source_dset: h5py.Dataset,
    dtype: Any,
    dset_name: str,
    h5_group: h5py.Group | None = None,
    new_attrs: Mapping[str, Any] | None = None,
    skip_refs: bool = False,
) -> h5py.Dataset:
    """Make an empty dataset like another one, with its attributes.

    Parameters
    ----------
    source_dset : h5py.Dataset
        Gives shape, chunks, compression and attributes.
    dtype : dtype_like
        Data type of the new dataset.
    dset_name : str
        Its name; a hyphen becomes an underscore. A dataset of that name is used
        again if it has that shape and type, with a warning. Otherwise it is
        *removed*, with a warning.
    h5_group : h5py.Group, optional
        Where to make it; beside the source by default. In another file a Main
        dataset takes copies of its tables along.
    new_attrs : dict, optional
        More attributes.
    skip_refs : bool, optional
        Whether references stay behind; the new dataset is no Main dataset then.

    Returns
    -------
    USIDataset or h5py.Dataset
        The new dataset.

    Raises
    ------
    ArgumentTypeError
        If an argument is of the wrong type (a TypeError).
    NameTakenError
        If a group has that name (a KeyError).
    """
    source = of_type(source_dset, h5py.Dataset, "source_dset")
    validate_dtype(dtype)
    attrs = of_type(new_attrs or {}, Mapping, "new_attrs")
    group = group_for_writing(source.parent if h5_group is None else h5_group)
    name = _dataset_name(dset_name)
    dataset = _existing(group, name, source.shape, np.dtype(dtype))
    if dataset is None:
        with refusals(f"The dataset '{plain(name)}'", group):
            dataset = group.create_dataset(
                name,
                shape=source.shape,
                dtype=dtype,
                chunks=source.chunks,
                compression=source.compression,
                compression_opts=source.compression_opts,
            )
    together = group.file == source.file
    copy_attributes(source, dataset, skip_refs=skip_refs or not together)
    if not skip_refs and not together:
        _take_tables(source, dataset)
    write_simple_attrs(dataset, attrs)
    if (found := as_main(dataset)) is not dataset:
        write_book_keeping_attrs(dataset)
    return found


def validate_main_dset(h5_main: Any, must_be_h5: bool) -> None:
    """Make sure that data have the two axes of a Main dataset. Not in 0.0.4.

    Parameters
    ----------
    h5_main : h5py.Dataset or array
        The data.
    must_be_h5 : bool
        Whether only an HDF5 dataset will do.

    Raises
    ------
    ArgumentTypeError
        If they are something else (a TypeError).
    LayoutError
        If they do not have two axes (a ValueError).
    """
    if must_be_h5 or not is_lazy(h5_main):
        kinds = (h5py.Dataset,) if must_be_h5 else (h5py.Dataset, np.ndarray)
        of_type(h5_main, kinds, "h5_main")
    if len(h5_main.shape) != 2:
        text = "A Main dataset has two axes: positions and steps."
        raise LayoutError(text, f"shape {h5_main.shape}")


def _dataset_name(name: object) -> str:
    given = _without_hyphen(text_of(name, "name of the dataset"))
    return checked_name(given, "dataset")


def _prefix(prefix: object, what: str) -> str:
    return _without_hyphen(text_of(prefix, what)).removesuffix("_") + "_"


def _without_hyphen(name: str) -> str:
    if "-" in name:
        warn(f"'-' in the name '{plain(name)}' is written as '_'.", stacklevel=4)
    return name.replace("-", "_")


def _shape(data: Any, options: Mapping[str, Any]) -> tuple[int, ...]:
    if isinstance(data, list | tuple):
        if len(data) != 2 or not all(isinstance(n, int | np.integer) for n in data):
            text = "Give the data as an array, or the shape of an empty dataset."
            raise ArgumentError(text, f"got {data!r}"[:200])
        if "dtype" not in options:
            raise ArgumentError("An empty dataset needs a 'dtype'.")
        validate_dtype(options["dtype"])
        return tuple(map(int, data))
    validate_main_dset(data, must_be_h5=False)
    return tuple(data.shape)


def _stored(
    group: h5py.Group, name: str, data: Any, options: Mapping[str, Any]
) -> h5py.Dataset:
    with refusals(f"The dataset '{plain(name)}'", group):
        if isinstance(data, list | tuple):
            return group.create_dataset(name, shape=tuple(data), **options)
        if not is_lazy(data):
            return group.create_dataset(name, data=data, **options)
        wanted = {"dtype": data.dtype, **options}
        dataset = group.create_dataset(name, shape=data.shape, **wanted)
        data.store(dataset, lock=True)
    return dataset


def _existing(
    group: h5py.Group, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> h5py.Dataset | None:
    if name not in group:
        return None
    found = group[name]
    if not isinstance(found, h5py.Dataset):
        raise NameTakenError(f"{place(found)} is a group.")
    if (found.shape, found.dtype) == (shape, dtype):
        warn(f"{place(found)} exists already and is used again.", stacklevel=3)
        return found
    warn(f"{place(found)} had another shape or type; it was removed.", stacklevel=3)
    del group[name]
    return None


def _take_tables(source: h5py.Dataset, target: h5py.Dataset) -> None:
    """Copy the tables of a Main dataset to where a dataset of another file lies."""
    if all(isinstance(source.attrs.get(role), h5py.Reference) for role in TABLES):
        tables = [source.file[source.attrs[role]] for role in TABLES]
        link_main(target, *[_nearby(target.parent, table) for table in tables])


def _nearby(group: h5py.Group, table: h5py.Dataset) -> h5py.Dataset:
    """Return a table, or its copy where it lies in another file."""
    if table.file == group.file:
        return table
    name = free_name(group, str(table.name).rsplit("/", 1)[-1], "table")
    table.file.copy(table, group, name=name)
    return group[name]
