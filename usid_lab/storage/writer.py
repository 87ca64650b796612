"""Writing a new h5USID file."""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import (
    ExistsError,
    MissingFileError,
    ObjectNotFoundError,
    UsidError,
    WriteError,
)
from usid_lab.storage.bookkeeping import book_keeping
from usid_lab.storage.chunking import chunk_shape
from usid_lab.storage.handles import resolved
from usid_lab.storage.recipe import (
    SideRecipe,
    Vectors,
    side_recipe,
    two_dimensional,
)
from usid_lab.storage.writing import fixed_text, write_attributes

_SIDES = ("Position", "Spectroscopic")
Attributes = Mapping[str, object]


class FileWriter:
    """Writes a new file: all of it, or nothing.

    The file is written beside its place and moved there when the ``with`` statement
    ends well; otherwise it is removed. An existing file is never overwritten.

    Parameters
    ----------
    path : str or path-like
        The file to make.

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

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = resolved(path)
        self._part = self.path.with_name(f".{secrets.token_hex(8)}.part")
        self._recipes: dict[str, tuple[SideRecipe, SideRecipe]] = {}
        self._open: h5py.File | None = None

    def __enter__(self) -> Self:
        _check_place(self.path)
        try:
            self._open = h5py.File(self._part, "x")
        except OSError as error:
            text = f"The folder of '{self.path.name}' cannot be written."
            raise WriteError(text, str(error)) from error
        write_attributes(self._file, book_keeping())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._file.close()
            if kind is None:
                _flush_to_disk(self._part)
                _move(self._part, self.path)
        except (OSError, RuntimeError) as failure:
            if isinstance(failure, UsidError):
                raise
            text = f"'{self.path.name}' could not be written to its end."
            raise WriteError(text, str(failure)) from failure
        finally:
            self._open = None
            with suppress(OSError):
                self._part.unlink(missing_ok=True)

    @property
    def _file(self) -> h5py.File:
        if self._open is None:
            raise WriteError("A FileWriter works inside a 'with' statement only.")
        return self._open

    def attributes(self, path: str, attrs: Attributes) -> None:
        """Add attributes to an object that was written here, or to ``"/"``.

        Parameters
        ----------
        path : str
            HDF5 path.
        attrs : mapping of str to value
            Numbers, text, lists and arrays of them.
        """
        write_attributes(self._file[path], attrs)

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
        self._group(f"/{measurement}")
        group = self._group(f"/{measurement}/{channel}")
        write_attributes(group, attrs or {})
        return str(group.name)

    def main(
        self,
        group: str,
        name: str,
        data: ArrayLike,
        *,
        quantity: str,
        units: str,
        position: Vectors | None = None,
        spectroscopic: Vectors | None = None,
        attrs: Attributes | None = None,
        compression: str | int | None = None,
        chunks: tuple[int, int] | None = None,
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
        data : array_like, shape (\*positions, \*spectroscopic)
            Axes in the order of the dimensions; numbers, complex or compound too.
        quantity, units : str
            What the values are.
        position, spectroscopic : mapping of str to (values, units), optional
            Values of each dimension, slowest first. Empty for a side without
            dimensions; the file then gets the one of size 1 that is customary.
        attrs : mapping of str to value, optional
            More attributes of the dataset.
        compression : str or int, optional
            As for h5py; asks for chunks of whole positions. Contiguous if None.
        chunks : tuple of (int, int), optional
            Chunk shape of the stored array, positions x steps.
        row_order : array_like of int, optional
            Place (in raster order) of each stored row: a permutation.
        points : bool, optional
            Positions are scattered points: `data` has the shape
            (points, \*spectroscopic), each position dimension one value a point.
        share : str, optional
            Path of a Main dataset written here; a side that is not given uses
            its tables.

        Returns
        -------
        str
            HDF5 path of the dataset.
        """
        _check_texts(name, quantity, units)
        rows = self._side(0, position, share, row_order, points=points)
        columns = self._side(1, spectroscopic, share, None, points=False)
        target = self._group(group)
        flat = two_dimensional(data, rows, columns)
        dataset = _store(target, name, flat, compression, chunks)
        write_attributes(dataset, attrs or {})
        write_attributes(dataset, {"quantity": quantity, "units": units})
        write_attributes(dataset, book_keeping())
        kept = (position is None, spectroscopic is None)
        for side, recipe, same in zip(_SIDES, (rows, columns), kept, strict=True):
            origin = self._file[share] if share and same else None
            _link(dataset, side, recipe, origin)
        self._recipes[dataset.name] = (rows, columns)
        return str(dataset.name)

    def results(self, source: str, tool: str, attrs: Attributes | None = None) -> str:
        """Make a group for what a tool finds in a Main dataset.

        Parameters
        ----------
        source : str
            Path of a Main dataset written here.
        tool : str
            Name of the tool; a hyphen in it becomes an underscore.
        attrs : mapping of str to value, optional
            Parameters of the tool.

        Returns
        -------
        str
            HDF5 path, ``<source>-<tool>_000`` or the next number.
        """
        dataset = self._file[source]
        stem = f"{dataset.name.rsplit('/', 1)[-1]}-{tool.replace('-', '_')}"
        group = self._group(f"{dataset.parent.name}/{_next(dataset.parent, stem)}")
        kept = {"tool": tool, "num_sources": 1, "num_source_dsets": 1}
        write_attributes(group, kept)
        group.attrs["source_000"] = dataset.ref
        write_attributes(group, attrs or {})
        return str(group.name)

    def array(self, path: str, data: ArrayLike, attrs: Attributes | None = None) -> str:
        """Write a plain dataset, such as a status or a raw trace.

        Parameters
        ----------
        path : str
            HDF5 path.
        data : array_like
            Its values.
        attrs : mapping of str to value, optional
            Its attributes.

        Returns
        -------
        str
            HDF5 path.
        """
        dataset = self._file.create_dataset(path, data=np.asarray(data))
        write_attributes(dataset, attrs or {})
        return str(dataset.name)

    def _group(self, path: str) -> h5py.Group:
        if path in self._file:
            return self._file[path]
        try:
            group = self._file.create_group(path)
        except ValueError as error:
            raise WriteError(
                f"No group can be made at '{path}'.", str(error)
            ) from error
        write_attributes(group, book_keeping())
        return group

    def _side(
        self,
        side: int,
        vectors: Vectors | None,
        share: str | None,
        row_order: ArrayLike | None,
        *,
        points: bool,
    ) -> SideRecipe:
        if vectors is None and share is not None:
            if share not in self._recipes:
                raise ObjectNotFoundError(
                    f"No Main dataset '{share}' was written here."
                )
            return self._recipes[share][side]
        return side_recipe(vectors or {}, row_order, points=points)


def _store(
    group: h5py.Group,
    name: str,
    flat: NDArray[np.generic],
    compression: str | int | None,
    chunks: tuple[int, int] | None,
) -> h5py.Dataset:
    if compression is not None and chunks is None:
        chunks = chunk_shape(flat.shape, flat.dtype.itemsize)
    options = {} if chunks is None else {"chunks": chunks, "compression": compression}
    if chunks is not None and compression is not None:
        options["shuffle"] = True
    try:
        return group.create_dataset(name, data=flat, **options)
    except (TypeError, ValueError, OSError) as error:
        text = f"The dataset '{name}' could not be written."
        raise WriteError(text, str(error)) from error


def _link(
    dataset: h5py.Dataset,
    side: str,
    recipe: SideRecipe,
    origin: h5py.Dataset | None,
) -> None:
    for what in ("Indices", "Values"):
        role = f"{side}_{what}"
        if origin is not None:
            dataset.attrs[role] = origin.attrs[role]
            continue
        table = recipe.indices if what == "Indices" else recipe.values
        stored = table if side == "Position" else table.T
        dataset.attrs[role] = _ancillary(dataset, role, stored, recipe).ref


def _ancillary(
    dataset: h5py.Dataset,
    role: str,
    table: NDArray[np.generic],
    recipe: SideRecipe,
) -> h5py.Dataset:
    """Write a table, or find the equal one that lies there already."""
    group = dataset.parent
    short = dataset.name.rsplit("/", 1)[-1]
    for name in (role, f"{short}_{role}"):
        if name not in group:
            made = group.create_dataset(name, data=table)
            made.attrs["labels"] = fixed_text(recipe.labels)
            made.attrs["units"] = fixed_text(recipe.units)
            return made
        if _same(group[name], table, recipe):
            return group[name]
    raise ExistsError(f"'{group.name}' already has a table '{short}_{role}'.")


def _same(found: h5py.HLObject, table: NDArray[np.generic], recipe: SideRecipe) -> bool:
    return (
        isinstance(found, h5py.Dataset)
        and found.shape == table.shape
        and np.array_equal(found.attrs["labels"], fixed_text(recipe.labels))
        and np.array_equal(found.attrs["units"], fixed_text(recipe.units))
        and np.array_equal(found[()], table)
    )


def _next(parent: h5py.Group, stem: str) -> str:
    pattern = re.compile(re.escape(stem) + r"_(\d+)")
    taken = [int(m[1]) for name in parent if (m := pattern.fullmatch(name))]
    return f"{stem}_{max(taken, default=-1) + 1:03d}"


def _check_texts(name: object, quantity: object, units: object) -> None:
    # A hyphen in a name stands between a dataset and the tool that used it.
    if not isinstance(name, str) or not re.fullmatch(r"[^/\0-]+", name):
        text = "The name of a dataset is text without '/' and '-'."
        raise WriteError(text, f"got {name!r}")
    if name.strip(".") == "":
        raise WriteError("The name of a dataset is more than dots.", f"got {name!r}")
    if not isinstance(quantity, str) or not isinstance(units, str):
        text = "Quantity and units of a dataset are text; '' where there is none."
        raise WriteError(text, f"got {quantity!r} and {units!r}")


def _check_place(path: Path) -> None:
    if "\0" in str(path):
        raise WriteError("That is not the name of a file.", repr(str(path)))
    if os.path.lexists(path):
        raise ExistsError(f"'{path.name}' exists already; choose another name.")
    if not path.parent.is_dir():
        text = f"The folder for '{path.name}' does not exist."
        raise MissingFileError(text, str(path.parent))


def _flush_to_disk(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _move(part: Path, path: Path) -> None:
    """Give a file its name, unless that was taken meanwhile."""
    try:
        os.link(part, path)
    except FileExistsError as error:
        text = f"'{path.name}' was made by another program meanwhile."
        raise ExistsError(text) from error
    except OSError:
        # A filesystem without hard links.
        _check_place(path)
        part.rename(path)
