"""Datasets: what they are, and reading selections of them."""

import os
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from usid_lab import _bridges
from usid_lab.errors import UsidError
from usid_lab.model.dimension import Dimension
from usid_lab.model.layout import Layout
from usid_lab.model.selection import Indexer, picks
from usid_lab.reading import Reader
from usid_lab.reading.reductions import Reduction, reduced, reduction
from usid_lab.storage import attributes, mains
from usid_lab.storage.handles import Stamp, lease, resolved, stamp_of
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    import xarray as xr


class PlainArray:
    """An N-D array of a file; dimension scales give it names and coordinates.

    It holds no open file: a shared handle is used for as long as something is read.

    Parameters
    ----------
    file_path : str or path-like
        The HDF5 file.
    path : str
        HDF5 path of the dataset.
    header : Header, optional
        Its description, where it was read and checked just now.
    """

    def __init__(
        self,
        file_path: str | os.PathLike[str],
        path: str,
        header: mains.Header | None = None,
    ) -> None:
        self.file_path: Path = resolved(file_path)
        self.path = f"/{'/'.join(filter(None, path.split('/')))}"
        self._header = self._look() if header is None else header

    def _look(self) -> mains.Header:
        with lease(self.file_path) as file:
            dataset = mains.find_dataset(file, self.path)
            self._check(dataset)
            return mains.header(dataset, self.path)

    def _check(self, dataset: object) -> None:
        """Raise if this is not the kind of dataset that the class stands for."""

    @property
    def name(self) -> str:
        """Last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of the values, as stored."""
        return self._header.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape as stored: positions x steps for a Main dataset."""
        return self._header.shape

    @property
    def chunks(self) -> tuple[int, ...] | None:
        """Shape of the chunks in which the array is stored; None if in one piece."""
        return self._header.chunks

    @property
    def quantity(self) -> str:
        """What the values are; '' if the file does not say."""
        return self._header.quantity

    @property
    def units(self) -> str:
        """Units of the values; '' if the file does not say."""
        return self._header.units

    @property
    def layout(self) -> Layout:
        """The N-D form, derived from the file when it is first asked for."""
        return self._derived[1]

    @cached_property
    def _derived(self) -> tuple[Stamp, Layout]:
        stamp = stamp_of(self.file_path)
        with lease(self.file_path) as file:
            dataset = mains.find_dataset(file, self.path)
            return stamp, self._derive_layout(dataset, stamp)

    def _derive_layout(self, dataset: object, stamp: Stamp) -> Layout:
        del stamp
        return mains.array_layout(dataset)

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the dimensions: positions slow to fast, then spectroscopic."""
        return self.layout.dims

    @property
    def sizes(self) -> dict[str, int]:
        """Size of each dimension."""
        return self.layout.sizes

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions with names, units and values, in the order of `dims`."""
        return self.layout.dimensions

    @property
    def coords(self) -> dict[str, NDArray[np.float64]]:
        """Value at each index of each dimension, in its units."""
        return self.layout.coords

    @cached_property
    def attrs(self) -> Mapping[str, attributes.AttributeData]:
        """Attributes, each read when it is asked for."""
        return LazyAttributes(self.file_path, self.path)

    @cached_property
    def source(self) -> str | None:
        """Path of the dataset from which this was computed, if the file says so."""
        with lease(self.file_path) as file:
            return mains.source_of(mains.find_dataset(file, self.path), self.path)

    def reader(self) -> Reader:
        """Make a reader, for many selections of this dataset.

        Returns
        -------
        Reader
            Reads in pieces that can be stopped, or from memory.
        """
        stamp, layout = self._derived
        derive = self._derive_layout
        return Reader(self.file_path, self.path, layout, self.dtype, stamp, derive)

    def read(
        self, indexers: Mapping[str, Indexer] | None = None, /, **named: Indexer
    ) -> NDArray[np.generic]:
        """Read a selection.

        Parameters
        ----------
        indexers : mapping of str to int, slice or 1-D int array, optional
            For names that are no Python identifiers.
        **named : int, slice or 1-D int array
            Index of a dimension, from 0. An int drops it; dimensions that are not
            named are taken whole; several lists are taken crosswise.

        Returns
        -------
        ndarray
            Dimensions in the order of `dims`. Gaps are NaN.
        """
        return self.reader().read({**(indexers or {}), **named})

    def isel(
        self, indexers: Mapping[str, Indexer] | None = None, /, **named: Indexer
    ) -> "xr.DataArray":
        """Read a selection as a labelled array.

        Parameters
        ----------
        indexers : mapping of str to int, slice or 1-D int array, optional
            For names that are no Python identifiers.
        **named : int, slice or 1-D int array
            As for :meth:`read`.

        Returns
        -------
        xarray.DataArray
            With coordinates, and units among the attributes.
        """
        selection = {**(indexers or {}), **named}
        chosen = picks(selection, self.layout.dims, self.layout.shape)
        values = self.reader().read(selection)
        return _bridges.labelled(self, values, chosen)

    def reduce(
        self,
        how: str,
        /,
        dims: str | Collection[str] | None = None,
        indexers: Mapping[str, Indexer] | None = None,
        **named: Indexer,
    ) -> "xr.DataArray":
        """Reduce dimensions, block by block: the dataset need not fit into memory.

        Parameters
        ----------
        how : {"mean", "sum", "std", "min", "max", "argmin", "argmax", "median"}
            What is made of the values. ``std`` is that of all values, not of a sample.
        dims : str or collection of str, optional
            Names of the dimensions that are reduced; all if None. ``argmin`` and
            ``argmax`` take one.
        indexers : mapping of str to int, slice or 1-D int array, optional
            For names that are no Python identifiers.
        **named : int, slice or 1-D int array
            The part of the dataset that is reduced, as for :meth:`read`.

        Returns
        -------
        xarray.DataArray
            The dimensions that are left, with coordinates and units. Gaps and NaN do
            not count; where there is nothing else, the result is NaN. Sums of
            integers are integers, means, spreads and medians float64. ``argmin`` and
            ``argmax`` are indices of the whole dimension, whatever was selected.
            Of a compound, each field is reduced.

        Raises
        ------
        ArgumentError
            If there is no such reduction, or none for these values.
        DimensionError, SelectionError
            If there is no such dimension or index.
        """
        asked = self._reduction(how, dims, {**(indexers or {}), **named})
        return _bridges.reduced(self, self._reduced(asked), asked)

    def _reduction(
        self,
        how: str,
        dims: str | Collection[str] | None,
        selection: Mapping[str, Indexer],
    ) -> Reduction:
        chosen = picks(selection, self.layout.dims, self.layout.shape)
        return reduction(how, dims, chosen, self.layout, self.dtype)

    def _reduced(self, asked: Reduction) -> NDArray[np.generic]:
        return reduced(self.reader(), self.layout, self.dtype, self.chunks, asked)

    def __repr__(self) -> str:
        try:
            sizes = ", ".join(f"{plain(name)}: {n}" for name, n in self.sizes.items())
            kind = str(self.layout.kind)
        except UsidError as error:
            sizes, kind = plain(error.message), "no N-D form"
        what = " ".join(
            filter(None, (self.quantity, f"({self.units})" * bool(self.units)))
        )
        lines = [
            f"<{type(self).__name__} {plain(self.path)}> {plain(what)}".rstrip(),
            f"  {sizes or 'no dimensions'}",
            f"  {self.dtype}, {kind}, {plain(self.file_path.name)}",
        ]
        return "\n".join(lines)


class USIDataset(PlainArray):  # numpydoc ignore=PR02
    """A Main dataset of a USID file: positions x spectra, as an N-D array.

    It holds a file and a path, and no open file.

    Parameters
    ----------
    file_path : str or path-like
        The HDF5 file.
    path : str
        HDF5 path of a Main dataset.
    header : Header, optional
        Its description, where it was read and checked just now.

    Raises
    ------
    NotMainError
        If it is not one; `faults` says why.
    """

    def _check(self, dataset: object) -> None:
        mains.require_main(dataset)

    def _derive_layout(self, dataset: object, stamp: Stamp) -> Layout:
        return mains.main_layout(dataset, stamp)

    @property
    def position_key(self) -> str:
        """Equal for datasets of equal positions."""
        return self.layout.axes[0].key

    @property
    def spectroscopic_key(self) -> str:
        """Equal for datasets of equal spectroscopic values."""
        return self.layout.axes[1].key


class LazyAttributes(Mapping[str, attributes.AttributeData]):
    """Attributes of an object, each read when it is asked for.

    Parameters
    ----------
    file_path : Path
        The HDF5 file.
    path : str
        HDF5 path of a group or dataset.
    """

    def __init__(self, file_path: Path, path: str) -> None:
        self._file_path = file_path
        self._path = path

    def __getitem__(self, name: str) -> attributes.AttributeData:
        with lease(self._file_path) as file:
            return attributes.read_attribute(
                attributes.owner_at(file, self._path), name
            )

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        with lease(self._file_path) as file:
            return attributes.shown_names(attributes.owner_at(file, self._path))

    def __repr__(self) -> str:
        try:
            return f"<attributes: {', '.join(map(plain, self._names()))}>"
        except UsidError as error:
            return f"<attributes: {plain(error.message)}>"
