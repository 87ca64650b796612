"""USID files: opening, looking into and making them."""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
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
from usid_lab.storage.handles import Stamp, lease, pin, release, resolved, stamp_of
from usid_lab.storage.numbers import dtype_of, is_numeric, shape_of
from usid_lab.storage.outside import Allowed, Permission
from usid_lab.storage.recipe import Vectors
from usid_lab.storage.text import plain
from usid_lab.storage.treetext import tree_text
from usid_lab.storage.writer import FileWriter


class USIDFile:
    """An HDF5 file, open for reading only.

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
        self._found: tuple[Stamp, list[USIDataset], list[NotMain]] | None = None
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
        release(self.path)

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
        with lease(self.path, self.permission) as file:
            return listing.node_at(file, path)

    def children(self, path: str = "/", start: int = 0, stop: int = 500) -> Page:
        """List entries of a group.

        Parameters
        ----------
        path : str, optional
            HDF5 path of the group.
        start, stop : int, optional
            Which entries, in the order of their names.

        Returns
        -------
        Page
            Those entries, and how many there are.
        """
        with lease(self.path, self.permission) as file:
            return listing.list_children(file, path, start, stop)

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
        with lease(self.path, self.permission) as file:
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
        with FileWriter(self.path, extend=True) as writer:
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
        with lease(self.path, self.permission) as file:
            return attribute_io.attribute_values(attribute_io.owner_at(file, path))

    @property
    def main_datasets(self) -> list[USIDataset]:
        """Every Main dataset, in the order of the file."""
        return list(self._scan()[1])

    @property
    def near_mains(self) -> list[NotMain]:
        """Datasets that look like Main datasets and are none, with the reasons."""
        return list(self._scan()[2])

    @property
    def arrays(self) -> Iterator[str]:
        """Paths of other arrays of numbers, found while one asks for the next."""
        with lease(self.path, self.permission) as file:
            for path, dataset in listing.walk_datasets(file):
                if listing.dataset_kind(dataset, path) is Kind.DATASET and (
                    shape_of(dataset) and is_numeric(dtype_of(dataset))
                ):
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
        return USIDataset(self.path, path, None, self.permission)

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
        return PlainArray(self.path, path, None, self.permission)

    def __getitem__(self, path: str) -> USIDataset | PlainArray | Node:
        with lease(self.path, self.permission) as file:
            header = mains.main_header(file, path)
        if header is not None:
            return USIDataset(self.path, path, header, self.permission)
        node = self.node(path)
        if node.kind is Kind.LINK:
            with lease(self.path, self.permission) as file:
                node = listing.node_behind(file, path)
        if node.kind is Kind.GROUP:
            return node
        return PlainArray(self.path, path, None, self.permission)

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
        stamp = stamp_of(self.path)
        with lease(self.path, self.permission) as file:
            return f"{plain(self.name)}\n{tree_text(file, stamp)}"

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

    def _scan(self) -> tuple[Stamp, list[USIDataset], list[NotMain]]:
        stamp = stamp_of(self.path)
        known = None if self.permission is not None else self._found
        if known is None or known[0] != stamp:
            found: list[USIDataset] = []
            near: list[NotMain] = []
            with lease(self.path, self.permission) as file:
                for path, dataset in listing.walk_datasets(file):
                    if not mains.looks_main(dataset):
                        continue
                    faults = mains.faults_of(dataset)
                    if mains.is_main(faults):
                        header = mains.header(dataset, path)
                        found.append(
                            USIDataset(self.path, path, header, self.permission)
                        )
                    else:
                        near.append(NotMain(path, faults))
            known = self._found = (stamp, found, near)
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
