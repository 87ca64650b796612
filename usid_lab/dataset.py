"""Datasets: what they are, and reading selections of them."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from usid_lab import _bridges
from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    DimensionError,
    SelectionError,
    UsidError,
    placing,
)
from usid_lab.model.dimension import Dimension
from usid_lab.model.layout import Layout
from usid_lab.model.lookup import Label
from usid_lab.model.orientation import KEYS, points_up
from usid_lab.model.region import Region
from usid_lab.model.selection import Indexer, by_value, picks
from usid_lab.reading import Reader
from usid_lab.reading.brief import Brief
from usid_lab.reading.reducing.reductions import Reduction, reduction
from usid_lab.reading.stopping import Partial, Progress, Stop
from usid_lab.storage import attributes, mains
from usid_lab.storage.handles import lease, release
from usid_lab.storage.links import whole_path
from usid_lab.storage.paths import resolved
from usid_lab.storage.permission import Permission
from usid_lab.storage.stamps import Stamp, stamp_of
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    import dask.array as da
    import xarray as xr
    from matplotlib.figure import Figure, SubFigure


T = TypeVar("T")
_OF_ARGUMENTS = (ArgumentError, ArgumentTypeError, DimensionError, SelectionError)


def _merged(indexers: Mapping[str, T] | None, named: Mapping[str, T]) -> dict[str, T]:
    """Join the two ways in which dimensions are named."""
    if indexers is None:
        return dict(named)
    given: object = indexers
    if not isinstance(given, Mapping):
        text = "A selection is a mapping of names of dimensions, or keyword arguments."
        raise ArgumentTypeError(text, f"got {indexers!r}")
    if twice := sorted(set(indexers) & set(named)):
        raise ArgumentError(f"'{plain(twice[0])}' is selected twice.")
    return {**indexers, **named}


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
    permission : Permission, optional
        What the file may reach outside itself, as `usid_lab.open` was told.
    """

    _derive_layout = staticmethod(mains.array_layout)

    def __init__(
        self,
        file_path: str | os.PathLike[str],
        path: str,
        header: mains.Header | None = None,
        permission: Permission | None = None,
    ) -> None:
        self.file_path: Path = resolved(file_path)
        self.permission = permission
        """What the file may reach outside itself; None for nothing."""
        self.path = whole_path(path)
        self._header = self._look() if header is None else header

    def _look(self) -> mains.Header:
        with lease(self.file_path, self.permission) as file:
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

    @property
    def stamp(self) -> Stamp:
        """State of the file from which the N-D form was derived."""
        return self._derived[0]

    @cached_property
    def _derived(self) -> tuple[Stamp, Layout]:
        stamp = stamp_of(self.file_path)
        with lease(self.file_path, self.permission) as file:
            dataset = mains.find_dataset(file, self.path)
            return stamp, self._derive_layout(dataset, stamp)

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
        return LazyAttributes(self.file_path, self.path, self.permission)

    @property
    def y_up(self) -> bool:
        """Whether the y axis of a map points up, as the groups above it let expect."""
        return points_up(self._origins())

    def _origins(self) -> Iterator[Mapping[str, object]]:
        """Say where the data come from: the groups above, the nearest one first."""
        for folder in PurePosixPath(self.path).parents:
            try:
                place = self.file_path, str(folder)
                found = LazyAttributes(*place, self.permission)
                yield {name: found[name] for name in KEYS & set(found)}
            except UsidError:
                continue

    @cached_property
    def source(self) -> str | None:
        """Path of the dataset from which this was computed, if the file says so."""
        with lease(self.file_path, self.permission) as file:
            return mains.source_of(mains.find_dataset(file, self.path), self.path)

    def reader(self, *, mapped: bool = False, budget: int | None = None) -> Reader:
        """Make a reader, for many selections of this dataset.

        Parameters
        ----------
        mapped : bool, optional
            Whether it may map the file, which is several times quicker: a file that
            another program cuts short meanwhile then ends this process.
        budget : int, optional
            Bytes of private memory that it may take, beside the arrays that it gives:
            for decoded neighbours of what was read, for the dataset if it is brought
            into memory, for pieces on their way. One chunk is always in work. Readers
            without a budget share 32 MB for neighbours.

        Returns
        -------
        Reader
            Reads in pieces that can be stopped, or from memory.
        """
        return self.brief(budget=budget).reader(mapped=mapped)

    def brief(self, *, budget: int | None = None) -> Brief:
        """Say what a reader must know, also one in another process.

        Parameters
        ----------
        budget : int, optional
            As for :meth:`reader`.

        Returns
        -------
        Brief
            Can be pickled.
        """
        stamp, layout = self._derived
        derive, chunks = self._derive_layout, self.chunks
        about = layout, self.dtype, stamp, derive, chunks, self.permission, budget
        return Brief(self.file_path, self.path, *about)

    @cached_property
    def _reader(self) -> Reader:
        return self.reader()

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
        try:
            return self._reader.read(_merged(indexers, named) if indexers else named)
        except _OF_ARGUMENTS:
            # Only now: naming the place would slow down every read.
            with self._placing():
                raise

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
        with self._placing():
            selection = _merged(indexers, named)
        return self._labelled(selection)

    def sel(
        self,
        indexers: Mapping[str, Label] | None = None,
        /,
        method: str | None = None,
        tolerance: float | None = None,
        **named: Label,
    ) -> "xr.DataArray":
        """Read a selection by value, as a labelled array.

        Parameters
        ----------
        indexers : mapping of str to float, slice or 1-D array_like, optional
            For names that are no Python identifiers, or those of arguments.
        method : {None, "nearest", "pad", "ffill", "backfill", "bfill"}, optional
            Which value is meant where none is exactly the one asked for.
        tolerance : float, optional
            How far that value may be away, in units of the dimension.
        **named : float, slice or 1-D array_like
            Value of a dimension, in its units. Both ends of a slice belong to it.

        Returns
        -------
        xarray.DataArray
            With coordinates, and units among the attributes.

        Raises
        ------
        DimensionError
            No such dimension, or more than one.
        LabelError
            A value that the dimension does not have.
        """
        with self._placing():
            wanted = _merged(indexers, named)
            found = by_value(self.layout, wanted, method, tolerance)
        return self._labelled(found)

    def _labelled(self, selection: Mapping[str, Indexer]) -> "xr.DataArray":
        with self._placing():
            chosen = picks(selection, self.layout.dims, self.layout.shape)
            values = self._reader.read(selection)
        return _bridges.labelled(self, values, chosen)

    def to_xarray(self) -> "xr.DataArray":
        """Read all of it, as a labelled array.

        Returns
        -------
        xarray.DataArray
            As of :meth:`isel`. Values of a dimension that depend on others are an
            N-D coordinate.
        """
        return self._labelled({})

    def to_dask(self, block_bytes: int | None = None) -> "da.Array":
        """Make a lazy array of dask; nothing is read before it is computed.

        Parameters
        ----------
        block_bytes : int, optional
            Size of the blocks that are read at once; 64 MB by default.

        Returns
        -------
        dask.array.Array
            Dimensions in the order of `dims`. Its tasks open the file by its path,
            in threads, processes and on other computers that have the same path.

        Raises
        ------
        MissingExtraError
            If dask is not installed.
        """
        return _bridges.to_dask(self, block_bytes)

    def plot(
        self, indexers: Mapping[str, Indexer] | None = None, /, **named: Indexer
    ) -> "tuple[Figure | SubFigure, NDArray[np.object_]]":
        """Draw the dataset, or a selection, with matplotlib.

        One dimension makes a curve, two make a map; with more, a map of the positions
        stands beside the spectrum of one, each taken at the middle of the other.

        Parameters
        ----------
        indexers : mapping of str to int, slice or 1-D int array, optional
            For names that are no Python identifiers.
        **named : int, slice or 1-D int array
            As for :meth:`read`. Only what is drawn is read.

        Returns
        -------
        figure : matplotlib Figure
            Of pyplot: a notebook shows it, and so does ``plt.show()``.
        axes : ndarray of matplotlib Axes, shape (components, panels)
            A row each for amplitude and phase, or for the fields of a compound.

        Raises
        ------
        ViewError
            If one value is left, or more than two dimensions on one side.
        MissingExtraError
            If matplotlib is not installed.
        """
        return _bridges.plot(self, _merged(indexers, named))

    def to_csv(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write all of it as a table of text, in blocks.

        Parameters
        ----------
        path : str or path-like
            The file to make.
        overwrite : bool, optional
            Replace a file that exists.

        Returns
        -------
        Path
            The file: UTF-8, comma separated (RFC 4180). First a row for each
            spectroscopic dimension with its values, then a row of column names, then
            a row for each measured position. A complex number takes two columns, a
            compound one for each field. Numbers read back are equal.

        Raises
        ------
        ExistsError
            If the file exists and is not to be overwritten.
        """
        return _bridges.to_csv(self, path, overwrite=overwrite)

    def __array__(
        self, dtype: DTypeLike | None = None, copy: bool | None = None
    ) -> NDArray[np.generic]:
        if copy is False:
            text = f"'{plain(self.path)}' lies in a file; its array is always a copy."
            raise ArgumentError(text, "copy=False")
        values = self.read()
        return values if dtype is None else values.astype(dtype, copy=False)

    def reduce(
        self,
        how: str,
        /,
        dims: str | Collection[str] | None = None,
        indexers: Mapping[str, Indexer] | None = None,
        *,
        region: Region | None = None,
        stop: Stop | None = None,
        progress: Progress | None = None,
        partial: "Callable[[xr.DataArray], None] | None" = None,
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
            For names that are no Python identifiers, or those of arguments.
        region : Rectangle, Ellipse, Polygon or Line, optional
            Only what lies inside counts. A dimension of the region that is not
            reduced stays whole, with NaN where nothing lies inside.
        stop : callable, optional
            Asked about every 20 ms, without arguments; true ends the work.
        progress : callable, optional
            Told the fraction that is done, from 0 to 1.
        partial : callable, optional
            Given the result so far, at most five times a second: what the values that
            were read until then come to, NaN where none was. A median is either NaN
            or final at each place or, of very many values, an estimate that becomes
            exact. Integers may be float64 there.
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
            If there is no such dimension or index, or nothing inside the region.
        Stopped
            If `stop` returned true.
        """
        with self._placing():
            selection = _merged(indexers, named)
            chosen = picks(selection, self.layout.dims, self.layout.shape)
            asked = reduction(how, dims, chosen, self.layout, self.dtype, region)
            shown = None if partial is None else _labelling(self, asked, partial)
            values = self.reduced(asked, stop, progress, shown)
        return _bridges.reduced(self, values, asked)

    def reduced(
        self,
        asked: Reduction,
        stop: Stop | None = None,
        progress: Progress | None = None,
        partial: Partial | None = None,
    ) -> NDArray[np.generic]:
        """Reduce, without labels.

        Parameters
        ----------
        asked : Reduction
            What is wanted, checked.
        stop, progress : callable, optional
            As for :meth:`reduce`.
        partial : callable, optional
            As for :meth:`reduce`, but given arrays without labels.

        Returns
        -------
        ndarray
            The dimensions that are left, in the order of `dims`.
        """
        return self._reader.reduce(asked, stop, progress, partial)

    def _placing(self) -> AbstractContextManager[None]:
        """Say in errors which dataset they are about."""
        where = f"'{plain(self.path)}' of '{plain(self.file_path.name)}'"
        return placing(where, *_OF_ARGUMENTS)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PlainArray):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[type, Path, str]:
        """The same dataset of the same file, whatever it holds by now."""
        return type(self), self.file_path, self.path

    def __reduce__(
        self,
    ) -> tuple[type, tuple[Path, str, mains.Header, Permission | None]]:
        # What was derived is derived again: it can be large, and the file may differ.
        about = self.file_path, self.path, self._header, self.permission
        return type(self), about

    def __repr__(self) -> str:
        return _bridges.text_of(self)

    def _repr_html_(self) -> str:
        return _bridges.html_of(self)


def _labelling(
    dataset: PlainArray,
    asked: Reduction,
    show: "Callable[[xr.DataArray], None]",
) -> Partial:
    """Give labels to what is shown of a reduction while it is made."""
    return lambda values: show(_bridges.reduced(dataset, values, asked))


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
    permission : Permission, optional
        What the file may reach outside itself, as `usid_lab.open` was told.

    Raises
    ------
    NotMainError
        If it is not one; `faults` says why.
    """

    _derive_layout = staticmethod(mains.main_layout)

    @classmethod
    def written(cls, file_path: str | os.PathLike[str], path: str) -> Self:
        """Take a dataset that was written just now, and leave its file closed.

        Parameters
        ----------
        file_path : str or path-like
            The HDF5 file: whoever made it may open it for writing at once.
        path : str
            HDF5 path of the Main dataset.

        Returns
        -------
        USIDataset
            Ready to be read.
        """
        dataset = cls(file_path, path)
        release(dataset.file_path)
        return dataset

    def _check(self, dataset: object) -> None:
        mains.require_main(dataset)

    def write_slice(
        self,
        indexers: Mapping[str, Indexer] | None = None,
        /,
        *,
        path: str | os.PathLike[str] | None = None,
        name: str | None = None,
        attrs: Mapping[str, object] | None = None,
        **named: Indexer,
    ) -> "USIDataset":
        """Write a selection as a new Main dataset, block by block.

        Parameters
        ----------
        indexers : mapping of str to int, slice or 1-D int array, optional
            For names that are no Python identifiers, or those of arguments.
        path : str or path-like, optional
            A new file, this one, or a file of results, which are extended. By default
            this one; ``<stem>.results.h5`` beside it where it cannot be written, or
            belongs to somebody else, and the user's data folder where even its folder
            is read-only.
        name : str, optional
            Name of the new dataset; by default that of this one.
        attrs : mapping of str to value, optional
            More attributes of the group of results.
        **named : int, slice or 1-D int array
            As for :meth:`read`. A dimension of which one index is picked is dropped.

        Returns
        -------
        USIDataset
            In the group ``<name>-Slice_NNN``, which says what was selected of which
            dataset. Places that were never measured stay out of it.
        """
        with self._placing():
            selection = _merged(indexers, named)
            chosen = picks(selection, self.layout.dims, self.layout.shape)
        written = _bridges.write_slice(self, chosen, path, name, attrs)
        return USIDataset.written(*written)

    def write_reduced(
        self,
        how: str,
        /,
        dims: str | Collection[str] | None = None,
        indexers: Mapping[str, Indexer] | None = None,
        *,
        region: Region | None = None,
        path: str | os.PathLike[str] | None = None,
        name: str | None = None,
        attrs: Mapping[str, object] | None = None,
        **named: Indexer,
    ) -> "USIDataset":
        """Write a reduction as a new Main dataset, block by block.

        Parameters
        ----------
        how, dims, indexers, region
            As for :meth:`reduce`: outside the region the result is NaN.
        path : str or path-like, optional
            As for :meth:`write_slice`.
        name : str, optional
            Name of the new dataset; by default that of the reduction: ``Mean``.
        attrs : mapping of str to value, optional
            More attributes of the group of results.
        **named : int, slice or 1-D int array
            The part of the dataset that is reduced.

        Returns
        -------
        USIDataset
            In the group ``<name>-Mean_NNN`` or the like, which says what was reduced
            of which dataset.
        """
        with self._placing():
            selection = _merged(indexers, named)
            chosen = picks(selection, self.layout.dims, self.layout.shape)
            asked = reduction(how, dims, chosen, self.layout, self.dtype, region)
        written = _bridges.write_reduced(self, asked, path, name, attrs)
        return USIDataset.written(*written)

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
    permission : Permission, optional
        What the file may reach outside itself.
    """

    def __init__(
        self, file_path: Path, path: str, permission: Permission | None = None
    ) -> None:
        self._file_path = file_path
        self._path = path
        self._permission = permission

    def __getitem__(self, name: str) -> attributes.AttributeData:
        where = f"'{plain(self._path)}' of '{plain(self._file_path.name)}'"
        with lease(self._file_path, self._permission) as file, placing(where):
            owner = attributes.owner_at(file, self._path)
            return attributes.read_attribute(owner, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        with lease(self._file_path, self._permission) as file:
            return attributes.shown_names(attributes.owner_at(file, self._path))

    def __repr__(self) -> str:
        try:
            return f"<attributes: {', '.join(map(plain, self._names()))}>"
        except UsidError as error:
            return f"<attributes: {plain(error.message)}>"
