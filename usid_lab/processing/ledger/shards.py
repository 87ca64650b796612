"""Results of blocks, one immutable file each.

A shard is written beside its place, brought to the disk and only then named after its
places: its existence says that they are done.
"""

import errno
import os
import re
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import ArgumentError, DamagedDataError, WriteError
from usid_lab.processing.block import Block
from usid_lab.processing.ledger import shardfile
from usid_lab.processing.ledger.durable import write_whole
from usid_lab.processing.ledger.shardfile import Title
from usid_lab.processing.outputs import Resolved
from usid_lab.processing.span import Span

Array = NDArray[np.generic]

ENDING = ".shard"
ASIDE = ".damaged"
_NAME = re.compile(rf"([0-9]{{12,18}})-([0-9]{{12,18}}){re.escape(ENDING)}", re.ASCII)
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards of a run: plain data, which travels to other processes.

    Attributes
    ----------
    folder : Path
        Where they lie.
    run_id : str
        Of the run; each shard has it too.
    outputs : tuple of Resolved
        What each holds.
    count : int
        Places of the run.
    """

    folder: Path
    run_id: str
    outputs: tuple[Resolved, ...]
    count: int

    def put(self, block: Block) -> None:
        """Keep the results of a block; they are on the disk when this returns.

        Parameters
        ----------
        block : Block
            Arrays of all outputs.

        Raises
        ------
        WriteError
            A full disk, for instance; what was kept before is still there.
        """
        arrays = [(one.name, self._fitting(one, block)) for one in self.outputs]
        parts = shardfile.parts_of(Title(self.run_id, block.span), arrays)
        try:
            write_whole(self._place(block.span), parts)
        except OSError as error:
            raise not_kept(self.folder, error) from error

    def _fitting(self, output: Resolved, block: Block) -> Array:
        arrays: Mapping[str, Array] = block.arrays
        wanted = (len(block.span), *output.shape)
        found = arrays.get(output.name)
        if found is None or found.shape != wanted or found.dtype != output.dtype:
            got = "nothing" if found is None else f"{found.shape} of {found.dtype}"
            text = f"Results of '{output.name}' are not what was declared."
            raise ArgumentError(text, f"{wanted} of {output.dtype}, got {got}")
        return found

    def spans(self) -> list[Span]:
        """Return what is there, sorted; by the names alone."""
        return sorted(self.named().values())

    def named(self, but: Set[str] = frozenset()) -> dict[str, Span]:
        """Return what is there, by the names of the files.

        Parameters
        ----------
        but : set of str, optional
            Names that are known already; of very many shards few are new.

        Returns
        -------
        dict of str to Span
        """
        found = _named(self.folder, but)
        return {name: span for name, span in found if span.stop <= self.count}

    def read(self, output: Resolved, span: Span) -> Array:
        """Read what one shard holds of an output.

        Parameters
        ----------
        output : Resolved
            Which one.
        span : Span
            Exactly that of a shard.

        Returns
        -------
        ndarray, shape (len(span), *output.shape)

        Raises
        ------
        DamagedDataError
            It is not what was written. The shard is set aside then: its places
            count as not done.
        """
        title, path = Title(self.run_id, span), self._place(span)
        try:
            with path.open("rb") as stream:
                return shardfile.read_array(stream, title, self.outputs, output)
        except DamagedDataError as error:
            set_aside(path)
            error.reason = f"{error.reason}; {path}"
            raise
        except OSError as error:
            text = "A file of results that were kept cannot be read."
            raise DamagedDataError(text, f"{error}; {path}") from error

    def check(self) -> list[Span]:
        """Set aside shards that are torn, by their length.

        Returns
        -------
        list of Span
            Those that are whole.
        """
        lengths: dict[tuple[int, ...], int] = {}
        return [span for span in self.spans() if self._is_whole(span, lengths)]

    def _is_whole(self, span: Span, lengths: dict[tuple[int, ...], int]) -> bool:
        path = self._place(span)
        # Of very many shards most are as long as the one before.
        alike = len(span), len(str(span.start)), len(str(span.stop))
        if alike not in lengths:
            title = Title(self.run_id, span)
            lengths[alike] = shardfile.length(title, self.outputs)
        try:
            size = path.stat().st_size
        except OSError:
            return False
        if size == lengths[alike]:
            return True
        set_aside(path)
        return False

    def _place(self, span: Span) -> Path:
        return self.folder / f"{span.start:012d}-{span.stop:012d}{ENDING}"


def shards_in(folder: Path) -> list[Span]:
    """Return the places of the shards in a folder, sorted."""
    return sorted(span for _, span in _named(folder, frozenset()))


def _named(folder: Path, but: Set[str]) -> Iterator[tuple[str, Span]]:
    with suppress(FileNotFoundError):
        for name in os.listdir(folder):  # noqa: PTH208
            if name not in but and (hit := _NAME.fullmatch(name)):
                span = Span(int(hit[1]), int(hit[2]))
                if len(span):
                    yield name, span


def clear(folder: Path) -> None:
    """Throw away all shards in a folder, and what was set aside."""
    for ending in (ENDING, ASIDE):
        for path in folder.glob(f"*{ending}"):
            path.unlink(missing_ok=True)


def set_aside(path: Path) -> None:
    """Let a shard count no more, and keep it for those who wonder."""
    with suppress(FileNotFoundError):
        path.replace(path.with_suffix(ASIDE))


def not_kept(folder: Path, error: OSError) -> WriteError:
    """Say in words that results could not be kept, and what to do."""
    text = "Results that were computed could not be kept in the folder of the run."
    if error.errno in _FULL:
        text = "The disk is full: results that were computed could not be kept."
    text = f"{text} What was kept before is safe: start again to go on from there."
    return WriteError(text, f"{error}; {folder}")
