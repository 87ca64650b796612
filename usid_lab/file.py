"""USID files: opening, looking into and making them."""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from numpy.typing import ArrayLike

from usid_lab import _bridges
from usid_lab.dataset import LazyAttributes, PlainArray, USIDataset
from usid_lab.errors import Fault, ObjectNotFoundError, RefusedError, UsidError
from usid_lab.model.contents import AttributePage, Kind, Node, NotMain, Page
from usid_lab.storage import attributes as attribute_io
from usid_lab.storage import checking, listing, mains
from usid_lab.storage.attributes import AttributeData
from usid_lab.storage.chunking import Chunks, Compression
from usid_lab.storage.commit.pending import pending
from usid_lab.storage.family import Family
from usid_lab.storage.handles import lease, pin, release
from usid_lab.storage.numbers import dtype_of, is_numeric, shape_of
from usid_lab.storage.paths import resolved
from usid_lab.storage.permission import Allowed, Permission
from usid_lab.storage.recipe import Vectors
from usid_lab.storage.stamps import Stamp, stamp_of
from usid_lab.storage.text import plain
from usid_lab.storage.treetext import tree_text
from usid_lab.storage.writer import FileWriter


class USIDFile:
    """An HDF5 file, open for reading only, and the results that lie beside it.

    Results of a file that cannot be written are in ``<name>.results.h5`` beside it, or
    in the user's data folder: they are seen under the paths that they would have in
    the file itself.

    It holds no handle: a shared one is opened when something is read, and closed about
    a second later, or at once by :meth:`close`. In a ``with`` statement it stays open
    until the end.

    Parameters
    ----------
    path : str or path-like
        The file.
    allow_outside : bool, path-like or iterable of path-like, optional
        As for :func:`open`.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, allow_outside: Allowed = False
    ) -> None:
        self.path = resolved(path)
        self.permission = Permission.of(allow_outside)
        """What the file may reach outside itself; None for nothing."""
        self._pins = ExitStack()
        self._found: dict[Path, tuple[Stamp, list[USIDataset], list[NotMain]]] = {}
        self._family = Family(self.path, self.permission)
        with lease(self.path, self.permission):
            pass

    def __enter__(self) -> Self:
        self._pins.enter_context(pin(self.path, self.permission))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file now, unless somebody is just reading it.

        Then it can be opened for writing, by h5py for instance. This object is still
        of use: the next reading opens the file again.
        """
        self._pins.close()
        for path in (self.path, *self.beside):
            release(path)

    @property
    def beside(self) -> list[Path]:
        """Files of results that are shown together with this one."""
        return self._family.beside

    @property
    def troubles(self) -> list[str]:
        """Why results beside the file are not shown: a sentence for each of them."""
        return self._family.troubles

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    @property
    def pending(self) -> str:
        """What a save that was interrupted means for the file, in words; '' if none."""
        found = pending(self.path)
        return "" if found is None else found.text

    @property
    def root(self) -> Node:
        """The group that holds everything else."""
        return self.node("/")

    def node(self, path: str) -> Node:
        """Describe one entry.

        Parameters
        ----------
        path : str
            HDF5 path; a link at its end is not followed.

        Returns
        -------
        Node
            What it is.
        """
        return self._family.node(path)

    def children(self, path: str = "/", start: int = 0, stop: int = 500) -> Page:
        """List entries of a group.

        Parameters
        ----------
        path : str, optional
            HDF5 path of the group.
        start, stop : int, optional
            Which entries, in the order of their names; those of files of results
            come last.

        Returns
        -------
        Page
            Those entries, and how many there are.
        """
        return self._family.children(path, start, stop)

    def attributes(
        self, path: str = "/", start: int = 0, stop: int = 200
    ) -> AttributePage:
        """Preview attributes of an object.

        Parameters
        ----------
        path : str, optional
            HDF5 path.
        start, stop : int, optional
            Which attributes, in the order of their names.

        Returns
        -------
        AttributePage
            Values as text of at most 4 KB.
        """
        with self._family.lease(self._family.home(path)) as file:
            owner = attribute_io.owner_at(file, path)
            return attribute_io.attribute_page(owner, start, stop)

    def edit_attributes(
        self,
        path: str,
        attrs: Mapping[str, object],
        /,
        *,
        remove: Collection[str] = (),
    ) -> None:
        """Change attributes of an object in the file: all of them, or none.

        They enter the file as results do, so that a crash at any moment leaves the
        file as it was, or as it is to be.

        Parameters
        ----------
        path : str
            HDF5 path.
        attrs : mapping of str to value
            New values: numbers, text, lists and arrays of them, None, mappings.
        remove : collection of str, optional
            Attributes that are to go.

        Raises
        ------
        ArgumentError
            One of them ties a dataset to others, which is not to be cut.
        """
        with FileWriter(self._family.home(path), extend=True) as writer:
            writer.edit(path, attrs, remove)

    def attribute_values(self, path: str = "/") -> dict[str, AttributeData]:
        """Read all attributes of an object.

        Parameters
        ----------
        path : str, optional
            HDF5 path.

        Returns
        -------
        dict
            Values by name; an attribute that cannot be read is left out.
        """
        with self._family.lease(self._family.home(path)) as file:
            return attribute_io.attribute_values(attribute_io.owner_at(file, path))

    @property
    def main_datasets(self) -> list[USIDataset]:
        """Every Main dataset, in the order of the file; then results beside it."""
        return [found for scan in self._scans() for found in scan[1]]

    @property
    def near_mains(self) -> list[NotMain]:
        """Datasets that look like Main datasets and are none, with the reasons."""
        return [near for scan in self._scans() for near in scan[2]]

    @property
    def arrays(self) -> Iterator[str]:
        """Paths of other arrays of numbers, found while one asks for the next."""
        for home in (self.path, *self.beside):
            with self._family.lease(home) as file:
                for path, dataset in listing.walk_datasets(file):
                    plain_one = listing.dataset_kind(dataset, path) is Kind.DATASET
                    numbers = shape_of(dataset) and is_numeric(dtype_of(dataset))
                    if plain_one and numbers and home == self._family.home(path):
                        yield path

    def dataset(self, path: str) -> USIDataset:
        """Take a Main dataset.

        Parameters
        ----------
        path : str
            HDF5 path.

        Returns
        -------
        USIDataset
            Raises NotMainError with all reasons if it is none.
        """
        home = self._family.home(path)
        return USIDataset(home, path, None, self._family.allowed(home))

    def array(self, path: str) -> PlainArray:
        """Take any dataset of numbers as the array that is stored.

        Parameters
        ----------
        path : str
            HDF5 path.

        Returns
        -------
        PlainArray
            With dimension scales for coordinates if it has any.
        """
        home = self._family.home(path)
        return PlainArray(home, path, None, self._family.allowed(home))

    def __getitem__(self, path: str) -> USIDataset | PlainArray | Node:
        home = self._family.home(path)
        with self._family.lease(home) as file:
            header = mains.main_header(file, path)
        if header is not None:
            return USIDataset(home, path, header, self._family.allowed(home))
        node = self.node(path)
        if node.kind is Kind.LINK:
            with self._family.lease(home) as file:
                node = listing.node_behind(file, path)
        if node.kind is Kind.GROUP:
            return node
        return PlainArray(home, path, None, self._family.allowed(home))

    def __contains__(self, path: str) -> bool:
        try:
            self.node(path)
        except (ObjectNotFoundError, RefusedError):
            return False
        return True

    @property
    def attrs(self) -> Mapping[str, AttributeData]:
        """Attributes of the file, each read when it is asked for."""
        return LazyAttributes(self.path, "/", self.permission)

    def tree(self) -> str:
        """Draw the contents as text.

        Returns
        -------
        str
            One line an entry; Main datasets with their dimensions, units and layout.
            Long groups are cut.
        """
        return "\n".join(self._drawn())

    def _drawn(self) -> Iterator[str]:
        for home in (self.path, *self.beside):
            stamp = stamp_of(home)
            yield plain(home.name)
            with self._family.lease(home) as file:
                yield tree_text(file, stamp)
        yield from map(plain, self.troubles)

    def check(self) -> list[Fault]:
        """Look through the whole file for what does not follow the specification.

        Returns
        -------
        list of Fault
            Everything that was found, each with the rule it breaks and the path of
            its object. Tables of indices and values are read whole, in blocks, so
            it takes longer than opening the file; whatever the file holds, it
            comes to its end.
        """
        with lease(self.path, self.permission) as file:
            faults = list(checking.check(file))
        if text := self.pending:
            faults.insert(0, Fault("interrupted save", text, "note", "/"))
        return faults

    def _scans(self) -> Iterator[tuple[Stamp, list[USIDataset], list[NotMain]]]:
        yield self._scan(self.path)
        for home in self.beside:
            stamp, found, near = self._scan(home)
            seen = [d for d in found if self._family.home(d.path) == home]
            yield stamp, seen, [n for n in near if self._family.home(n.path) == home]

    def _scan(self, home: Path) -> tuple[Stamp, list[USIDataset], list[NotMain]]:
        stamp, permission = stamp_of(home), self._family.allowed(home)
        known = None if permission is not None else self._found.get(home)
        if known is None or known[0] != stamp:
            known = self._found[home] = (stamp, *_mains(home, permission))
        return known

    def __repr__(self) -> str:
        try:
            what = f"{len(self.main_datasets)} Main datasets"
            what += "; a save was interrupted" if self.pending else ""
        except UsidError as error:
            what = plain(error.message)
        return f"<USIDFile {plain(self.name)}: {what}>"

    def _repr_mimebundle_(self, **options: object) -> object:
        return _bridges.mimebundle(self, **options)


def _mains(
    home: Path, permission: Permission | None
) -> tuple[list[USIDataset], list[NotMain]]:
    """Walk through a file for Main datasets, and for what nearly is one."""
    found: list[USIDataset] = []
    near: list[NotMain] = []
    with lease(home, permission) as file:
        for path, dataset in listing.walk_datasets(file):
            if not mains.looks_main(dataset):
                continue
            faults = mains.faults_of(dataset)
            if mains.is_main(faults):
                header = mains.header(dataset, path)
                found.append(USIDataset(home, path, header, permission))
            else:
                near.append(NotMain(path, faults))
    return found, near


def open(  # noqa: A001
    path: str | os.PathLike[str], *, allow_outside: Allowed = False
) -> USIDFile:
    """Open a file for reading.

    Parameters
    ----------
    path : str or path-like
        An HDF5 file.
    allow_outside : bool, path-like or iterable of path-like, optional
        Whether links, virtual datasets and external storage in the file may lead to
        other files, which are then read too: never, for such a file can show whatever
        you may read; True, wherever they lie; or only in some folders. A relative name
        means beside the file that has it. What is missing is an error.

    Returns
    -------
    USIDFile
        In a notebook it shows the workbench.
    """
    return USIDFile(path, allow_outside=allow_outside)


def create(
    path: str | os.PathLike[str],
    data: ArrayLike,
    *,
    quantity: str,
    units: str,
    position: Vectors | None = None,
    spectroscopic: Vectors | None = None,
    name: str = "Raw_Data",
    group: str = "Measurement_000/Channel_000",
    attrs: Mapping[str, object] | None = None,
    compression: Compression = "auto",
    chunks: Chunks = None,
) -> USIDataset:
    """Write an N-D array as a new USID file.

    Parameters
    ----------
    path : str or path-like
        The file to make; one that exists is not overwritten.
    data : array_like, shape (*positions, *spectroscopic)
        Axes in the order of the dimensions.
    quantity, units : str
        What the values are.
    position, spectroscopic : dimensions, optional
        Slowest first: a mapping of str to (values, units), or a sequence of
        :class:`Dimension`.
    name, group : str, optional
        Where the dataset goes in the file.
    attrs : mapping of str to value, optional
        More attributes of the dataset.
    compression : str, int or None, optional
        As for h5py; "auto" where it pays.
    chunks : tuple of (int, int), False or None, optional
        Chunk shape of the stored array, positions x steps; False for one piece, None
        for whole positions where there is more than 1 MB.

    Returns
    -------
    USIDataset
        The dataset, ready to be read.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> made = create(folder.name + "/new.h5", [[1.0, 2.0]], quantity="Current",
    ...               units="nA", position={"X": ([0.0], "m")},
    ...               spectroscopic={"Bias": ([0.0, 1.0], "V")})
    >>> made.dims
    ('X', 'Bias')
    >>> folder.cleanup()
    """
    with FileWriter(path) as writer:
        written = writer.main(
            group,
            name,
            data,
            quantity=quantity,
            units=units,
            position=position,
            spectroscopic=spectroscopic,
            attrs=attrs,
            compression=compression,
            chunks=chunks,
        )
    return USIDataset.written(path, written)
