"""A data file and the files of its results, seen as one tree.

Results of a file that cannot be written lie beside it, under the paths that they would
have in it. What stands under one path in several files is shown once: groups are put
together, everything else is that of the file which comes first, and so is a group of
results with all that it holds.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import h5py

from usid_lab.errors import ObjectNotFoundError, RefusedError, UsidError
from usid_lab.model.contents import Kind, Node, Page
from usid_lab.storage import listing
from usid_lab.storage.commit.destination import side_files
from usid_lab.storage.filenames import shown
from usid_lab.storage.handles import lease
from usid_lab.storage.paths import resolved
from usid_lab.storage.permission import Permission

_RESULTS = re.compile(r".+-.+_\d+")
_MOST_BESIDE = 10_000  # entries of a group in a file of results
_ADDRESSES = 64  # bits: no two files share a place


@dataclass(frozen=True, slots=True)
class Family:
    """The files that make one tree.

    Attributes
    ----------
    path : Path
        The data file.
    permission : Permission, optional
        What it may reach outside itself; files of results may reach nothing.
    """

    path: Path
    permission: Permission | None = None

    @property
    def beside(self) -> list[Path]:
        """Files of results that exist and can be read now."""
        return [path for path in side_files(self.path) if not _trouble(path)]

    @property
    def troubles(self) -> list[str]:
        """Why results are not shown, a sentence for each file that cannot be read."""
        return [text for path in side_files(self.path) if (text := _trouble(path))]

    def home(self, path: str) -> Path:
        """Find the file that holds an object.

        Parameters
        ----------
        path : str
            HDF5 path.

        Returns
        -------
        Path
            The data file where none does: it says best what is wrong.
        """
        beside = self.beside
        return next(self._holders(path, beside), self.path) if beside else self.path

    def node(self, path: str) -> Node:
        """Describe one entry; a link at the end of the path is not followed.

        Parameters
        ----------
        path : str
            HDF5 path.

        Returns
        -------
        Node
        """
        beside = self.beside
        home = next(self._holders(path, beside), self.path) if beside else self.path
        return self._told(self._node(home, path), home, beside)

    def children(self, path: str, start: int, stop: int) -> Page:
        """List some entries of a group.

        Parameters
        ----------
        path : str
            HDF5 path of the group.
        start, stop : int
            Which entries: those of the data file by their names, then those of files
            of results.

        Returns
        -------
        Page
        """
        beside = self.beside
        holders = list(self._holders(path, beside)) if beside else []
        first, *others = holders or [self.path]
        with self.lease(first) as file:
            page = listing.list_children(file, path, start, stop)
        found = [self._told(node, first, beside) for node in page.nodes]
        if others:
            more = list(self._unseen(path, first, others))
            wanted = more[max(0, start - page.total) : max(0, stop - page.total)]
            found += [self._told(node, home, beside) for home, node in wanted]
            return Page(path, start, page.total + len(more), tuple(found))
        return replace(page, nodes=tuple(found))

    def _unseen(
        self, path: str, first: Path, others: Sequence[Path]
    ) -> Iterator[tuple[Path, Node]]:
        """Entries of a group that its first holder does not have, and their files."""
        before = [first]
        for holder in others:
            with lease(holder) as file:
                page = listing.list_children(file, path, 0, _MOST_BESIDE)
            for node in page.nodes:
                if not any(self._has(one, node.path) for one in before):
                    yield holder, node
            before.append(holder)

    def _holders(self, path: str, beside: Sequence[Path]) -> Iterator[Path]:
        """Files that have something to show under a path."""
        files = [self.path, *beside]
        if results := _results_on(path):
            owner = next((one for one in files if self._has(one, results)), None)
            files = [] if owner is None else [owner]
        groups_only = False
        for file in files:
            try:
                node = self._node(file, path)
            except (ObjectNotFoundError, RefusedError):
                continue
            if not groups_only or node.kind is Kind.GROUP:
                yield file
            if node.kind is not Kind.GROUP:
                return
            groups_only = True

    def _has(self, file: Path, path: str) -> bool:
        try:
            self._node(file, path)
        except UsidError:
            return False
        return True

    def _node(self, file: Path, path: str) -> Node:
        with self.lease(file) as opened:
            return listing.node_at(opened, path)

    def allowed(self, file: Path) -> Permission | None:
        """Say what a file may reach: only of the data file was it spoken.

        Parameters
        ----------
        file : Path
            One of the family.

        Returns
        -------
        Permission or None
        """
        return self.permission if file == self.path else None

    def lease(self, file: Path) -> AbstractContextManager[h5py.File]:
        """Lend one of the files, open for reading.

        Parameters
        ----------
        file : Path
            One of the family.

        Returns
        -------
        context manager of h5py.File
            Shared with other readers; never close it.
        """
        return lease(file, self.allowed(file))

    def _told(self, node: Node, home: Path, beside: Sequence[Path]) -> Node:
        """Say of a node in which file it is, and how much a group holds in all."""
        if home != self.path:
            number = 1 + list(beside).index(home)
            address = node.address
            if address is not None:
                address += number << _ADDRESSES
            node = replace(node, file=shown(home), address=address)
        if node.kind is not Kind.GROUP or not beside:
            return node
        first, *others = list(self._holders(node.path, beside)) or [home]
        more = sum(1 for _ in self._unseen(node.path, first, others))
        return replace(node, members=(node.members or 0) + more)


def names_beside(
    path: Path, group: str, others: Iterable[str | os.PathLike[str]]
) -> set[str]:
    """Tell which names of a group are in use in files that make one tree with a file.

    Parameters
    ----------
    path : Path
        The file to which something is to be added.
    group : str
        HDF5 path of a group.
    others : iterable of path-like
        Data files of which it holds results.

    Returns
    -------
    set of str
        Names in other files; a file that cannot be read uses none.
    """
    files = {path, *map(resolved, others)}
    files |= {beside for file in files for beside in side_files(file)}
    names: set[str] = set()
    for file in files - {path}:
        with suppress(UsidError), lease(file) as opened:
            page = listing.list_children(opened, group, 0, _MOST_BESIDE)
            names |= {node.name for node in page.nodes}
    return names


def _results_on(path: str) -> str:
    """Path of the outermost group of results on a path; '' if there is none."""
    here = ""
    for name in path.strip("/").split("/"):
        here = f"{here}/{name}"
        if _RESULTS.fullmatch(name):
            return here
    return ""


def _trouble(path: Path) -> str:
    try:
        with lease(path):
            return ""
    except UsidError as error:
        return error.message
