"""A run that is kept: begun, interrupted, gone on with."""

import math
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import (
    ArgumentError,
    ChangedFileError,
    DamagedDataError,
    LockedFileError,
)
from usid_lab.processing.block import Block
from usid_lab.processing.extract import Extract
from usid_lab.processing.ledger import places
from usid_lab.processing.ledger.durable import sweep, write_whole
from usid_lab.processing.ledger.lock import Lock
from usid_lab.processing.ledger.partial import Partial
from usid_lab.processing.ledger.record import Note, RunRecord, known_by
from usid_lab.processing.ledger.shards import Shards, clear, not_kept, shards_in
from usid_lab.processing.outputs import Resolved
from usid_lab.processing.span import Span, merged, without
from usid_lab.storage.text import plain

Array = NDArray[np.generic]


class Ledger:
    """What was computed of a run; it is locked until it is closed.

    Made by :meth:`begin`.

    Attributes
    ----------
    folder : Path
        Where it is kept.
    record : RunRecord
        The run.
    shards : Shards
        What other processes need to keep results too; it travels by pickle.
    """

    def __init__(self, folder: Path, record: RunRecord, lock: Lock) -> None:
        self.folder = folder
        self.record = record
        about = record.run_id, record.outputs, record.count
        self.shards = Shards(folder, *about)
        self._lock = lock
        self._partials: dict[tuple[str, Extract], Partial] = {}

    @classmethod
    def begin(cls, record: RunRecord, *, override: bool = False) -> Self:
        """Begin a run, or go on with it.

        Parameters
        ----------
        record : RunRecord
            The run.
        override : bool, optional
            Throw away what was computed of it, and of the same run over values that
            the datasets held before.

        Returns
        -------
        Ledger
            In ``.<name>.usid/<run id>`` beside the file of the first source, or in
            the user's data folder where that cannot be written.

        Raises
        ------
        ChangedFileError
            The run was begun when the datasets held other values.
        LockedFileError
            It is under way somewhere.
        WriteError
            There is no room for it.
        """
        places.empty_trash(record)
        if not override:
            _refuse_changed(record)
        place = places.make(record)
        lock = _locked(place)
        try:
            ledger = cls(place, record, lock)
            ledger._prepare(override=override)
        except BaseException:
            lock.release()
            raise
        return ledger

    def _prepare(self, *, override: bool) -> None:
        sweep(self.folder)
        if override:
            clear(self.folder)
            for folder, _ in places.others(self.record):
                places.remove_if_free(folder)
        note = self.folder / places.NOTE
        found = Note.read(note)
        if found is None or found.run_id != self.record.run_id:
            self._write_note(note)
        self.shards.check()

    def _write_note(self, note: Path) -> None:
        try:
            write_whole(note, [self.record.to_bytes()])
        except OSError as error:
            raise not_kept(self.folder, error) from error

    def put(self, block: Block) -> None:
        """Keep the results of a block: :meth:`Shards.put`."""
        self.shards.put(block)

    def done(self) -> list[Span]:
        """Return what is kept; by the names of files alone.

        Returns
        -------
        list of Span
            Sorted, apart from each other.
        """
        return merged(self.shards.spans())

    def left(self) -> list[Span]:
        """Return what is still to be computed.

        Returns
        -------
        list of Span
            Sorted, none empty.
        """
        return without(Span(0, self.record.count), self.done())

    def verify(self) -> None:
        """Read all that is kept; what is damaged counts as not done from now on."""
        for span in self.shards.spans():
            with suppress(DamagedDataError):
                for output in self.record.outputs:
                    self.shards.read(output, span)

    def read(self, output: str, span: Span) -> Array:
        """Read what was kept.

        Parameters
        ----------
        output : str
            Name of an output.
        span : Span
            Places, all of them done.

        Returns
        -------
        ndarray, shape (len(span), *shape of the output)

        Raises
        ------
        DamagedDataError
            Some of it is not what was written. It counts as not done from now on.
        """
        found = self._output(output)
        values = found.empty(len(span))
        start = span.start
        for shard in self.shards.spans():
            if shard.start > start or start >= span.stop:
                break
            if shard.stop > start:
                stop = min(shard.stop, span.stop)
                part = slice(start - shard.start, stop - shard.start)
                to = slice(start - span.start, stop - span.start)
                values[to] = self.shards.read(found, shard)[part]
                start = stop
        if start < span.stop:
            text = f"Results of place {start} are not there. Start the run again."
            raise DamagedDataError(text, str(self.folder))
        return values

    def partial(
        self, output: str, extract: Extract | None = None
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Give what is known of an output by now.

        Parameters
        ----------
        output : str
            Name of an output.
        extract : Extract, optional
            Which part of it; by default all.

        Returns
        -------
        values : ndarray, shape (count, *shape of the output)
            Zero where nothing is known; as much as the extract takes. It is kept and
            filled further: copy it to keep a state of it.
        known : ndarray of bool, shape (count,)
            Where something is.
        """
        found = self._output(output)
        wanted = output, extract or Extract()
        if wanted not in self._partials:
            self._partials[wanted] = Partial.of(found, self.record.count, wanted[1])
        partial = self._partials[wanted]
        partial.update(self.shards, found)
        return partial.values, partial.known

    def _output(self, name: str) -> Resolved:
        found = {output.name: output for output in self.record.outputs}
        if name not in found:
            text = f"There is no output '{plain(str(name))}'."
            raise ArgumentError(text, f"outputs are {', '.join(found)}")
        return found[name]

    @property
    def nbytes(self) -> int:
        """Bytes of all results, once they are there."""
        shapes = [(math.prod(o.shape), o.dtype) for o in self.record.outputs]
        return self.record.count * sum(n * dtype.itemsize for n, dtype in shapes)

    def discard(self) -> None:
        """Throw away all of it, and close."""
        places.remove(self.folder)
        self.close()

    def close(self) -> None:
        """Let others go on with the run; what was kept stays.

        Where nothing was kept, nothing is left.
        """
        if self._lock.is_held and not self.shards.spans():
            places.remove(self.folder)
        self._lock.release()
        self._partials.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _locked(folder: Path) -> Lock:
    try:
        return Lock(folder)
    except LockedFileError:
        raise
    except OSError as error:
        raise not_kept(folder, error) from error


def _refuse_changed(record: RunRecord) -> None:
    """Refuse to mix what was found in other values of the datasets."""
    keys = tuple(map(known_by, record.sources))
    for folder, note in places.others(record):
        if note.sources != keys and (kept := shards_in(folder)):
            done = sum(map(len, merged(kept)))
            first = record.sources[0]
            where = f"'{plain(first.path)}' of '{plain(first.file.name)}'"
            text = (
                f"{where} was changed since this run was interrupted, with {done} of "
                f"{note.count} places done. Bring the old data back, or start anew "
                "with override=True."
            )
            raise ChangedFileError(text, str(folder))
