"""Writing an h5USID file."""

import os
from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import Self

import h5py
from numpy.typing import ArrayLike, DTypeLike

from usid_lab.errors import (
    ArgumentTypeError,
    ObjectNotFoundError,
    WriteError,
    placing,
)
from usid_lab.model.dimension import Side
from usid_lab.storage import datasets, groups, linking, regions
from usid_lab.storage.bookkeeping import book_keeping
from usid_lab.storage.chunking import Chunks, Compression
from usid_lab.storage.commit.saving import Pause, Save
from usid_lab.storage.datasets import Attributes, Empty
from usid_lab.storage.editing import edit_attributes
from usid_lab.storage.family import names_beside
from usid_lab.storage.links import resolve
from usid_lab.storage.paths import resolved
from usid_lab.storage.recipe import Vectors, side_recipe
from usid_lab.storage.results import ForeignSource, Source, several_sources
from usid_lab.storage.sides import Given, Sides, checked_side
from usid_lab.storage.text import plain
from usid_lab.storage.writing import write_attributes


class FileWriter:
    """Writes a file: all of it, or nothing.

    A new file is written beside its place and moved there when the ``with`` statement
    ends well; otherwise it is removed. An existing file is never overwritten, but can
    be extended: a copy of it is, which then takes its place in one step; a large one
    where it lies, by a journal. Values that were stored before are never touched, a
    crash at any moment leaves the old file or the new one (see
    :mod:`usid_lab.storage.commit`), and of two writers one waits.

    Parameters
    ----------
    path : str or path-like
        The file.
    extend : bool, optional
        Add to the file if it exists.
    whole : bool, optional
        Compare all stored values before and after, not only some of each dataset.
    pause : callable, optional
        Told now and then which fraction of the file is copied, where it is, and 1
        while what is new is added and others are waited for. What it raises ends the
        ``with`` statement, and all is as it was.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with FileWriter(folder.name + "/new.h5") as writer:
    ...     channel = writer.channel("Measurement_000", "Channel_000")
    ...     writer.main(channel, "Raw_Data", [[1.0, 2.0]], quantity="Current",
    ...                 units="nA", position={"X": ([0.0], "m")},
    ...                 spectroscopic={"Bias": ([0.0, 1.0], "V")})
    '/Measurement_000/Channel_000/Raw_Data'
    >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        extend: bool = False,
        whole: bool = False,
        pause: Pause | None = None,
    ) -> None:
        self.path = resolved(path)
        self._save = Save(self.path, extend=extend, whole=whole, pause=pause)
        self._sides = Sides()
        self._open: h5py.File | None = None

    def __enter__(self) -> Self:
        self._open, is_new = self._save.begin()
        if is_new:
            write_attributes(self._open, book_keeping())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._save.finish()
        finally:
            self._open = None
            self._save.forget()

    @property
    def _file(self) -> h5py.File:
        if self._open is None:
            text = "A FileWriter works inside its 'with' statement only."
            raise WriteError(text, f"'{self._save.name}' is not open")
        return self._open

    def attributes(self, path: str, attrs: Attributes) -> None:
        """Add attributes to an object of the file, or to ``"/"``.

        Parameters
        ----------
        path : str
            HDF5 path.
        attrs : mapping of str to value
            Numbers, text, lists and arrays of them, None, mappings.
        """
        write_attributes(resolve(self._file, path), attrs)

    def edit(self, path: str, attrs: Attributes, remove: Collection[str] = ()) -> None:
        """Change attributes of an object that may have been in the file before.

        Parameters
        ----------
        path : str
            HDF5 path.
        attrs : mapping of str to value
            New values, as for :meth:`attributes`.
        remove : collection of str, optional
            Attributes that are to go.

        Raises
        ------
        ArgumentError
            One of them refers to other objects, as those of a Main dataset refer to
            its tables; or there is none of that name to be removed.
        """
        edit_attributes(resolve(self._file, path), attrs, remove)

    def group(self, path: str, attrs: Attributes | None = None) -> str:
        """Make a group, and those above it; one that exists is taken.

        Parameters
        ----------
        path : str
            HDF5 path.
        attrs : mapping of str to value, optional
            Attributes of the last one.

        Returns
        -------
        str
            HDF5 path.
        """
        group = groups.require_group(self._file, path)
        write_attributes(group, attrs or {})
        return str(group.name)

    def indexed_group(
        self, parent: str, base: str, attrs: Attributes | None = None
    ) -> str:
        """Make the next group of a series, such as ``Measurement_001``.

        Parameters
        ----------
        parent : str
            HDF5 path of a group; made where it is missing.
        base : str
            Beginning of the name.
        attrs : mapping of str to value, optional
            Its attributes.

        Returns
        -------
        str
            HDF5 path.
        """
        home = groups.require_group(self._file, parent)
        return str(groups.make_indexed_group(home, base, attrs).name)

    def channel(
        self, measurement: str, channel: str, attrs: Attributes | None = None
    ) -> str:
        """Make the groups of a channel.

        Parameters
        ----------
        measurement, channel : str
            Names such as ``Measurement_000`` and ``Channel_000``.
        attrs : mapping of str to value, optional
            Attributes of the channel.

        Returns
        -------
        str
            HDF5 path of the channel.
        """
        parts = (groups.checked_name(measurement), groups.checked_name(channel))
        return self.group("/" + "/".join(parts), attrs)

    def tables(self, path: str, side: Side | str, dims: Vectors) -> str:
        """Write ancillary tables that several Main datasets are to share.

        Parameters
        ----------
        path : str
            Where, and the beginning of their names: ``/Measurement_000/Scan`` makes
            ``Scan_Indices`` and ``Scan_Values`` in that group.
        side : {"position", "spectroscopic"}
            For which side.
        dims : mapping of str to (values, units), or sequence of Dimension
            Slowest first.

        Returns
        -------
        str
            The same path, to be given to :meth:`main`.
        """
        parent, base = _divided(path)
        recipe = side_recipe(dims)
        home = groups.require_group(self._file, parent)
        self._sides.write(home, base, checked_side(side), recipe)
        return f"{home.name.rstrip('/')}/{base}"

    def main(
        self,
        group: str,
        name: str,
        data: ArrayLike | None,
        *,
        quantity: str,
        units: str,
        position: Given = None,
        spectroscopic: Given = None,
        attrs: Attributes | None = None,
        dtype: DTypeLike | None = None,
        compression: Compression = "auto",
        chunks: Chunks = None,
        row_order: ArrayLike | None = None,
        points: bool = False,
        share: str | None = None,
    ) -> str:
        r"""Write an N-D array as a Main dataset.

        Parameters
        ----------
        group : str
            HDF5 path of a group; made where it is missing.
        name : str
            Name of the dataset.
        data : array_like or None, shape (\*positions, \*spectroscopic)
            Axes in the order of the dimensions; numbers, complex or compound too.
            None for a dataset that is filled later.
        quantity, units : str
            What the values are.
        position, spectroscopic : dimensions, SideRecipe or str, optional
            Dimensions as a mapping of str to (values, units), or as a sequence of
            Dimension, slowest first. Empty for a side without dimensions; the file
            then gets the one of size 1 that is customary. Or tables made by hand, of
            an incomplete grid for instance. Or the path of tables (see
            :meth:`tables`), or of a Main dataset that has them; their side is one
            axis of `data` where it is no grid in raster order.
        attrs : mapping of str to value, optional
            More attributes of the dataset.
        dtype : data-type, optional
            Type of the values that come later; only without `data`.
        compression : str, int or None, optional
            As for h5py; "auto" where it pays.
        chunks : tuple of (int, int), False or None, optional
            Chunk shape of the stored array, positions x steps; False for one piece,
            None for whole positions where there is more than 1 MB.
        row_order : array_like of int, optional
            Place (in raster order) of each stored row: a permutation.
        points : bool, optional
            Positions are scattered points: `data` has the shape
            (points, \*spectroscopic), each position dimension one value a point.
        share : str, optional
            Path of a Main dataset; a side that is not given uses its tables.

        Returns
        -------
        str
            HDF5 path of the dataset.
        """
        with placing(f"'{plain(str(group))}' of '{self._save.name}'"):
            target = groups.require_group(self._file, group)
            name = groups.free_name(target, name, "dataset")
            sides = self._sides.found(
                self._file,
                share if position is None else position,
                share if spectroscopic is None else spectroscopic,
                row_order=row_order,
                points=points,
            )
            held = datasets.held(data, dtype, *(side.fold for side in sides))
            positions, spectra = self._sides.placed(target, name, sides)
            made = datasets.make_main(
                target,
                name,
                held,
                quantity=quantity,
                units=units,
                positions=positions,
                spectra=spectra,
                attrs=attrs,
                compression=compression,
                chunks=chunks,
            )
        return str(made.name)

    def fill(self, path: str, selection: object, data: ArrayLike) -> None:
        """Write values into a part of a dataset that this writer made.

        Parameters
        ----------
        path : str
            HDF5 path.
        selection : int, slice, list of int, or tuple of them
            As for h5py; of a Main dataset positions first, then steps.
        data : array_like
            Values, of that shape or broadcast to it.
        """
        dataset = self._dataset(path)
        self._save.check(dataset)
        datasets.fill_dataset(dataset, selection, data)

    def results(
        self,
        sources: Source | Sequence[Source],
        tool: str,
        attrs: Attributes | None = None,
        parent: str | None = None,
    ) -> str:
        """Make a group for what a tool finds in Main datasets.

        Parameters
        ----------
        sources : str or ForeignSource, or sequence of them
            Paths of datasets of this file, or datasets of another.
        tool : str
            Name of the tool; a hyphen in it becomes an underscore.
        attrs : mapping of str to value, optional
            Parameters of the tool.
        parent : str, optional
            HDF5 path of the group in which to make it; by default the one that the
            first source has in its file.

        Returns
        -------
        str
            HDF5 path, ``<source>-<tool>_000`` or the next number.
        """
        several = several_sources(sources)
        found = [
            self._dataset(source) if isinstance(source, str) else source
            for source in several
        ]
        if parent is None:
            parent = str(found[0].name).rpartition("/")[0] if found else "/"
        home = groups.require_group(self._file, parent)
        elsewhere = [one.file for one in several if isinstance(one, ForeignSource)]
        taken = names_beside(self.path, str(home.name), elsewhere)
        return str(groups.make_results_group(home, found, tool, attrs, taken).name)

    def array(
        self,
        path: str,
        data: ArrayLike | Empty,
        attrs: Attributes | None = None,
        **options: object,
    ) -> str:
        """Write a plain dataset, such as a status or a raw trace.

        Parameters
        ----------
        path : str
            HDF5 path.
        data : array_like or Empty
            Its values, or the shape and type of those that come later.
        attrs : mapping of str to value, optional
            Its attributes.
        **options : object
            More options of ``h5py.Group.create_dataset``.

        Returns
        -------
        str
            HDF5 path.
        """
        parent, name = _divided(path)
        home = groups.require_group(self._file, parent)
        return str(datasets.make_array(home, name, data, attrs, **options).name)

    def link(self, path: str, targets: Mapping[str, str]) -> None:
        """Refer to other objects by attributes of an object.

        Parameters
        ----------
        path : str
            HDF5 path of the object.
        targets : mapping of str to str
            Paths of groups or datasets, by the names of the attributes.
        """
        found = {
            alias: resolve(self._file, target) for alias, target in targets.items()
        }
        linking.link(resolve(self._file, path), found)

    def alias(self, path: str, target: str) -> str:
        """Give an object a second name, by a soft link.

        Parameters
        ----------
        path : str
            HDF5 path of the new name.
        target : str
            HDF5 path of a group or dataset.

        Returns
        -------
        str
            HDF5 path of the new name.
        """
        parent, name = _divided(path)
        home = groups.require_group(self._file, parent)
        linking.make_alias(home, name, resolve(self._file, target))
        return f"{home.name.rstrip('/')}/{name}"

    def region(self, path: str, parts: Mapping[str, regions.Region]) -> None:
        """Name parts of a dataset, by region references.

        Parameters
        ----------
        path : str
            HDF5 path of the dataset.
        parts : mapping of str to tuple of slice, or to a list of such tuples
            One slice for each axis.
        """
        regions.write_regions(self._dataset(path), parts)

    def _dataset(self, path: str) -> h5py.Dataset:
        found = resolve(self._file, path)
        if not isinstance(found, h5py.Dataset):
            text = f"'{plain(path)}' of '{self._save.name}' is not a dataset."
            raise ObjectNotFoundError(text)
        return found


def _divided(path: object) -> tuple[str, str]:
    """Divide the path of a new object into its group and its name."""
    if not isinstance(path, str):
        raise ArgumentTypeError("An HDF5 path is text.", f"got {plain(repr(path))}")
    parent, _, name = path.rpartition("/")
    return parent, name
