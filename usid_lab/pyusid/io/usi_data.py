"""Main datasets as :class:`h5py.Dataset` objects that know their dimensions."""

import os
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import h5py
import numpy as np
from numpy.typing import DTypeLike, NDArray

from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    LayoutError,
    ObjectNotFoundError,
    placing,
)
from usid_lab.model.dimension import Dimension, Side
from usid_lab.pyusid.arguments import of_type, texts_of
from usid_lab.pyusid.io.checking import faults_against
from usid_lab.pyusid.io.conversion import Conversion
from usid_lab.pyusid.io.dimensionality import (
    described,
    get_data_descriptor,
    get_unit_values,
)
from usid_lab.pyusid.io.dtype_utils import flatten_to_real
from usid_lab.pyusid.io.ndform import NDForm, Success, nd_form
from usid_lab.pyusid.io.slicing import labelled, sliced, sliced_flat
from usid_lab.pyusid.io.text_export import write_text
from usid_lab.pyusid.io.unfolding import Unfolding, unfolding_of
from usid_lab.storage.attributes import text_attribute
from usid_lab.storage.mains import is_main
from usid_lab.storage.tables import StoredTable, descriptions, find_table
from usid_lab.storage.text import plain, safe_name
from usid_lab.storage.writing import place

if TYPE_CHECKING:
    from usid_lab.pyusid.io.deriving import SideFacts

Fact = TypeVar("Fact", str, int)
Array: TypeAlias = NDArray[np.generic]
_POSITION, _SPECTRA = Side.POSITION, Side.SPECTROSCOPIC
_MOST_TEXT = 15 * 1024 * 1024


class USIDataset(h5py.Dataset):  # type: ignore[misc]  # h5py has no types
    """A Main dataset, with all that :class:`h5py.Dataset` can do.

    It is equal to the h5py dataset of which it is made. Labels, sizes and the N-D
    form come from the tables of the file whenever they are asked for, so that they
    are right also after those were edited; they are remembered in a file that is open
    for reading only.

    Parameters
    ----------
    h5_ref : h5py.Dataset
        A Main dataset in an open file.
    sort_dims : bool, optional
        Dimensions from fastest to slowest, positions first; else in the order of the
        file. (Later versions of pyUSID sort from slowest to fastest.)

    Raises
    ------
    ArgumentTypeError
        If it is no Main dataset, with all reasons; also a TypeError.
    """

    def __init__(self, h5_ref: h5py.Dataset, sort_dims: bool = False) -> None:
        found = faults_against(h5_ref)
        if not is_main(found):
            text = "A USIDataset is made of a Main dataset in an open file."
            raise ArgumentTypeError(text, " ".join(fault.text for fault in found))
        super().__init__(h5_ref.id)
        self._sort_dims = bool(sort_dims)
        self._known: dict[Side, Unfolding] = {}
        self._read_as: np.dtype[Any] | None = None

    def __getitem__(self, where: Any, new_dtype: DTypeLike | None = None) -> Any:
        kind = self._read_as if new_dtype is None else new_dtype
        return super().__getitem__(where, new_dtype=kind)

    def astype(self, dtype: DTypeLike) -> Conversion:
        """Read values as another type.

        Parameters
        ----------
        dtype : dtype_like
            The type.

        Returns
        -------
        Conversion
            To be read by index, ``dataset.astype("f8")[:5]``, or a context in which
            the dataset itself is so read, ``with dataset.astype("f8"):``.
        """
        return Conversion(self, dtype, self._use)

    def _use(self, dtype: np.dtype[Any] | None) -> np.dtype[Any] | None:
        before, self._read_as = self._read_as, dtype
        return before

    @property
    def h5_pos_inds(self) -> h5py.Dataset:
        """Table of position indices."""
        return self._table("Position_Indices")

    @property
    def h5_pos_vals(self) -> h5py.Dataset:
        """Table of position values."""
        return self._table("Position_Values")

    @property
    def h5_spec_inds(self) -> h5py.Dataset:
        """Table of spectroscopic indices."""
        return self._table("Spectroscopic_Indices")

    @property
    def h5_spec_vals(self) -> h5py.Dataset:
        """Table of spectroscopic values."""
        return self._table("Spectroscopic_Values")

    @property
    def pos_dim_labels(self) -> list[str]:
        """Labels of the position dimensions, in the current order."""
        return self._ordered(_POSITION, self._labels(_POSITION))

    @property
    def spec_dim_labels(self) -> list[str]:
        """Labels of the spectroscopic dimensions, in the current order."""
        return self._ordered(_SPECTRA, self._labels(_SPECTRA))

    @property
    def n_dim_labels(self) -> list[str]:
        """Labels of all dimensions, in the current order."""
        return self.pos_dim_labels + self.spec_dim_labels

    @property
    def pos_dim_sizes(self) -> list[int]:
        """Number of different indices of the position dimensions."""
        return self._ordered(_POSITION, self._side(_POSITION).sizes)

    @property
    def spec_dim_sizes(self) -> list[int]:
        """Number of different indices of the spectroscopic dimensions."""
        return self._ordered(_SPECTRA, self._side(_SPECTRA).sizes)

    @property
    def n_dim_sizes(self) -> list[int]:
        """Number of different indices of all dimensions, in the current order."""
        return self.pos_dim_sizes + self.spec_dim_sizes

    @property
    def data_descriptor(self) -> str:
        """What is measured: ``"quantity (units)"``."""
        return get_data_descriptor(self)

    @property
    def pos_dim_descriptors(self) -> list[str]:
        """``"label (unit)"`` of the position dimensions, in the order of the file."""
        return self._descriptors(_POSITION)

    @property
    def spec_dim_descriptors(self) -> list[str]:
        """``"label (unit)"`` of the spectroscopic ones, in the order of the file."""
        return self._descriptors(_SPECTRA)

    @property
    def value(self) -> Array:
        """All values, in two dimensions: ``dataset[()]``."""
        values: Array = self[()]
        return values

    def get_current_sorting(self) -> None:
        """Print in which order the dimensions are."""
        how = (
            "sorted from the fastest changing to the slowest"
            if self._sort_dims
            else "in the order that they have in the file"
        )
        print(f"Data dimensions are {how}.")  # noqa: T201

    def toggle_sorting(self) -> None:
        """Change between the order of the file and fastest first."""
        self._sort_dims = not self._sort_dims

    def get_pos_values(self, dim_name: str) -> NDArray[np.number]:
        """Take the values of a position dimension.

        Parameters
        ----------
        dim_name : str
            One of `pos_dim_labels`.

        Returns
        -------
        ndarray
            The value at each index, read now. ArgumentTypeError (a TypeError) if the
            name is no text, DimensionError (a KeyError) if there is none of it.
        """
        return self._values(_POSITION, dim_name)

    def get_spec_values(self, dim_name: str) -> NDArray[np.number]:
        """Take the values of a spectroscopic dimension.

        Parameters
        ----------
        dim_name : str
            One of `spec_dim_labels`.

        Returns
        -------
        ndarray
            The value at each index, read now. ArgumentTypeError (a TypeError) if the
            name is no text, DimensionError (a KeyError) if there is none of it.
        """
        return self._values(_SPECTRA, dim_name)

    def get_n_dim_form(self, as_scalar: bool = False, lazy: bool = False) -> Array:
        """Read all values, in N dimensions.

        Parameters
        ----------
        as_scalar : bool, optional
            Complex and compound values as real ones, along a longer last axis.
        lazy : bool, optional
            Return a dask array, read when it is computed. Not in 0.0.4.

        Returns
        -------
        ndarray
            Dimensions as in `n_dim_labels`, each value where its indices say; a place
            of the grid without a value is NaN, and integers then become float64.

        Raises
        ------
        LayoutError
            If one of the sides has no grid; also a ValueError.
        """
        form = self._whole_form()
        values = form.lazy(self) if lazy else form.read(self)
        return _as_scalars(values) if as_scalar else values

    def slice(
        self,
        slice_dict: Mapping[str, object] | None,
        as_scalar: bool = False,
        verbose: bool = False,  # noqa: ARG002
        ndim_form: bool = True,
        lazy: bool = False,
    ) -> tuple[Array, Success]:
        """Read a part.

        Parameters
        ----------
        slice_dict : dict
            By label an index, a slice, or a list of indices from 0; dimensions that
            are left out are taken whole. Where two dimensions share a label, the
            names that the error gives.
        as_scalar : bool, optional
            Complex and compound values as real ones, along a longer last axis.
        verbose : bool, optional
            Taken for the sake of old scripts; nothing is printed.
        ndim_form : bool, optional
            Whether to unfold what is read; if not, the rows and columns in the order
            of the file. Not in 0.0.4.
        lazy : bool, optional
            Return a dask array, read when it is computed. Not in 0.0.4.

        Returns
        -------
        values : ndarray
            Dimensions as in `n_dim_labels`, without those of which one index is left.
            (Later versions keep a dimension for a slice of length 1.)
        success : bool or str
            True, also for two dimensions that were asked for; "Positions" where what
            is left of the columns has no grid and stays one dimension; False where
            what is left of the rows has none and there are rows and columns.

        Raises
        ------
        ArgumentTypeError
            If an argument has the wrong type; also a TypeError.
        DimensionError
            If there is no such dimension; also a KeyError.
        OutOfRangeError
            If an index is negative or too large; also a ValueError and IndexError.
        """
        of_type(as_scalar, bool, "as_scalar")
        sides = self._side(_POSITION), self._side(_SPECTRA)
        success: Success = True
        with placing(place(self)):
            if ndim_form:
                values, success = sliced(
                    self, sides, slice_dict, sort_dims=self._sort_dims, lazy=lazy
                )
            else:
                values, _ = sliced_flat(self, sides, slice_dict, lazy=lazy)
        return (_as_scalars(values) if as_scalar else values), success

    def slice_to_dataset(
        self,
        slice_dict: Mapping[str, object],
        dset_name: str | None = None,
        verbose: bool = False,  # noqa: ARG002
        **kwargs: Any,
    ) -> "USIDataset":
        """Write a part as a new Main dataset, in a results group beside this one.

        Not in 0.0.4.

        Parameters
        ----------
        slice_dict : dict
            As for `slice`.
        dset_name : str, optional
            Of the new dataset; that of this one by default.
        verbose : bool, optional
            Taken for the sake of old scripts; nothing is printed.
        **kwargs
            For ``h5py.Group.create_dataset``, such as `chunks` and `compression`.

        Returns
        -------
        USIDataset
            In ``<dataset>-slice_NNN``. A side of which nothing is left out shares its
            tables with this dataset.

        Raises
        ------
        ArgumentError
            If nothing is left out, or nothing is left; also a ValueError.
        ArgumentTypeError, DimensionError, OutOfRangeError
            As `slice` does.
        """
        from usid_lab.pyusid.io.deriving import write_slice

        if not slice_dict:
            raise ArgumentError("'slice_dict' must say what is to be kept.")
        facts = self._facts()
        sides = facts[0].unfolding, facts[1].unfolding
        values, entries = sliced_flat(self, sides, slice_dict)
        made = write_slice(
            self, facts, values, entries, slice_dict, dset_name, **kwargs
        )
        return USIDataset(made)

    def reduce(
        self,
        dims: str | Iterable[str],
        ufunc: Any = None,
        to_hdf5: bool = False,
        dset_name: str | None = None,
        verbose: bool = False,  # noqa: ARG002
    ) -> tuple[Any, "USIDataset | None"]:
        """Reduce dimensions with dask.

        Not in 0.0.4.

        Parameters
        ----------
        dims : str or list of str
            Labels of the dimensions that vanish.
        ufunc : callable, optional
            A reduction such as ``dask.array.std``, which takes `axis`; the mean by
            default.
        to_hdf5 : bool, optional
            Also write the result, into ``<dataset>-Reduce_NNN`` beside this dataset.
        dset_name : str, optional
            Of the new dataset; that of this one by default.
        verbose : bool, optional
            Taken for the sake of old scripts; nothing is printed.

        Returns
        -------
        values : dask array
            The other dimensions, as in `n_dim_labels`; read when it is computed.
        written : USIDataset or None
            What was written.

        Raises
        ------
        ArgumentTypeError
            If an argument has the wrong type; also a TypeError.
        DimensionError
            If there is no such dimension; also a KeyError.
        LayoutError
            If one of the sides has no grid; also a ValueError.
        """
        from usid_lab.pyusid.io.deriving import reduced, write_reduction

        function = import_module("dask.array").mean if ufunc is None else ufunc
        order = self._whole_form().axes
        values, folded, left = reduced(self, self._facts(), dims, function, order)
        if not to_hdf5:
            return values, None
        names = np.array(texts_of(dims, "dims"), "S")
        how = {"reduced_dimensions": names, "function": function.__name__}
        written = write_reduction(self, folded, left, how, dset_name)
        return values, USIDataset(written)

    def to_csv(
        self, output_path: str | os.PathLike[str] | None = None, force: bool = False
    ) -> str | None:
        """Write everything as comma separated text.

        Not in 0.0.4; see :func:`write_dset_to_txt`.

        Parameters
        ----------
        output_path : str or path-like, optional
            The file to make; that of the data, ending in ``.csv``, by default.
        force : bool, optional
            Write also what takes more than 15 MB, and replace a file that exists.

        Returns
        -------
        str or None
            The file; None, with a line printed, where the dataset is too large.

        Raises
        ------
        ExistsError
            If there is such a file; also a FileExistsError.
        """
        if self.size * self.dtype.itemsize > _MOST_TEXT and not force:
            print("The dataset takes more than 15 MB: force=True writes it.")  # noqa: T201
            return None
        target = Path(output_path or Path(self.file.filename).with_suffix(".csv"))
        return self._to_text(target, overwrite=force)

    def visualize(
        self,
        slice_dict: Mapping[str, object] | None = None,
        verbose: bool = False,  # noqa: ARG002
        **kwargs: Any,
    ) -> tuple[Any, Any]:
        """Draw the dataset, or a part of it, with matplotlib.

        Parameters
        ----------
        slice_dict : dict, optional
            As for `slice`. At most two dimensions of each side may be left.
        verbose : bool, optional
            Taken for the sake of old scripts; nothing is printed.
        **kwargs
            For :func:`usid_lab.figures.visualize`, such as `figsize`.

        Returns
        -------
        figure : matplotlib.figure.Figure
        axes : ndarray of matplotlib.axes.Axes
            (pyUSID 0.0.4 shows sliders instead, and returns nothing.)

        Raises
        ------
        LayoutError
            If one of the sides has no grid; also a ValueError.
        ViewError
            If nothing is left to draw; also a ValueError.
        CrowdedError
            If more dimensions are left; a ViewError, and a NotImplementedError.
        """
        from usid_lab.figures import visualize

        values, dimensions = self._part(slice_dict)
        quantity = text_attribute(self, "quantity") or ""
        units = text_attribute(self, "units") or ""
        return visualize(values, dimensions, quantity=quantity, units=units, **kwargs)

    def __repr__(self) -> str:
        if not is_main(faults_against(self)):
            return str(super().__repr__())
        fields = self.dtype.names
        kind = ", ".join(map(plain, fields)) if fields else self.dtype.name
        lines = [
            super().__repr__(),
            "located at:",
            f"\t{plain(safe_name(self.name))}",
            "Data contains:",
            f"\t{self.data_descriptor}",
            "Data dimensions and original shape:",
            "Position Dimensions:",
            *self._sized(_POSITION),
            "Spectroscopic Dimensions:",
            *self._sized(_SPECTRA),
            "Data Fields:" if fields else "Data Type:",
            f"\t{kind}",
        ]
        return "\n".join(lines)

    def _table(self, role: str) -> h5py.Dataset:
        table, problem = find_table(_opened(self), role)
        if table is None:
            raise ObjectNotFoundError(f"{place(self)}: '{role}' {problem}.")
        return table

    def _tables(self, side: Side) -> tuple[h5py.Dataset, h5py.Dataset]:
        role = side.capitalize()
        return self._table(f"{role}_Indices"), self._table(f"{role}_Values")

    def _described(self, side: Side) -> tuple[list[str], list[str]]:
        """Labels and units, in the order of the file."""
        indices, values = self._tables(side)
        width = int(indices.shape[1 if side is _POSITION else 0])
        return descriptions(indices, values, side, width)

    def _labels(self, side: Side) -> list[str]:
        known = self._known.get(side)
        return list(known.labels) if known else self._described(side)[0]

    def _descriptors(self, side: Side) -> list[str]:
        return [described(*both) for both in zip(*self._described(side), strict=True)]

    def _side(self, side: Side) -> Unfolding:
        if side in self._known and _opened(self):
            return self._known[side]
        found = unfolding_of(self._tables(side)[0], side, self._labels(side))
        if self.file.mode == "r":
            self._known[side] = found
        return found

    def _ordered(self, side: Side, facts: Sequence[Fact]) -> list[Fact]:
        """Put what the dimensions of a side have into the current order."""
        if self._sort_dims:
            return [facts[number] for number in self._side(side).fastest_first]
        return list(facts)

    def _to_text(self, target: Path, *, overwrite: bool) -> str:
        values = tuple(self._tables(side)[1] for side in (_POSITION, _SPECTRA))
        tables = StoredTable(values[0], _POSITION), StoredTable(values[1], _SPECTRA)
        labels = self._labels(_POSITION), self._labels(_SPECTRA)
        units = self._described(_SPECTRA)[1]
        write_text(self, tables, labels, units, target, overwrite=overwrite)
        return str(target)

    def _facts(self) -> "list[SideFacts]":
        from usid_lab.pyusid.io.deriving import SideFacts

        return [
            SideFacts(
                self._side(side),
                self._tables(side),
                *self._described(side),
                self._all_values(side),
            )
            for side in (_POSITION, _SPECTRA)
        ]

    def _all_values(self, side: Side) -> list[NDArray[np.number]]:
        found = get_unit_values(*self._tables(side), is_spec=side is _SPECTRA)
        return list(found.values())

    def _whole_form(self) -> NDForm:
        sides = self._side(_POSITION), self._side(_SPECTRA)
        form = nd_form(*sides, sort_dims=self._sort_dims)
        if form.success is not True:
            text = f"{place(self)} has no N-dimensional form: its indices make no grid."
            raise LayoutError(text, "read it in two dimensions: dataset[()]")
        return form

    def _part(
        self, wanted: Mapping[str, object] | None
    ) -> tuple[Array, list[Dimension]]:
        """Read a part with its dimensions, slowest first."""
        sides = self._whole_form().sides
        values = [self._all_values(side) for side in (_POSITION, _SPECTRA)]
        units = [self._described(side)[1] for side in (_POSITION, _SPECTRA)]
        return labelled(self, sides, wanted, values, units)

    def _values(self, side: Side, name: str) -> NDArray[np.number]:
        of_type(name, str, "dim_name")
        spectral = side is _SPECTRA
        return get_unit_values(*self._tables(side), name, is_spec=spectral)[name]

    def _sized(self, side: Side) -> list[str]:
        unfolded = self._side(side)
        both = zip(unfolded.labels, unfolded.sizes, strict=True)
        return [f"\t{plain(label)} - size: {size}" for label, size in both]


def _opened(dataset: h5py.Dataset) -> h5py.Dataset:
    """Return the dataset; an ArgumentError says that its file is closed."""
    opened: h5py.Dataset = of_type(dataset, h5py.Dataset, "dataset")
    return opened


def _as_scalars(values: Any) -> Any:
    """Flatten complex and compound values, of arrays in memory and of dask."""
    if isinstance(values, np.ndarray):
        return flatten_to_real(values)
    whole = values.rechunk({values.ndim - 1: -1})
    one = flatten_to_real(np.zeros((1,) * values.ndim, values.dtype))
    longer = (whole.shape[-1] * one.shape[-1],)
    chunks = (*whole.chunks[:-1], longer)
    return whole.map_blocks(flatten_to_real, dtype=one.dtype, chunks=chunks)


def write_dset_to_txt(
    self: USIDataset, output_file: str | os.PathLike[str] = "output.csv"
) -> str:
    """Write a Main dataset as comma separated text.

    Parameters
    ----------
    self : USIDataset
        What is written.
    output_file : str, optional
        The file to make; one that exists is replaced.

    Returns
    -------
    str
        The file. A row for each spectroscopic dimension with its values and units,
        a line, and a row for each position: its values, then the data.

    Raises
    ------
    ArgumentTypeError
        If it is no USIDataset; also a TypeError.
    """
    return str(of_type(self, USIDataset, "self").to_csv(output_file, force=True))
