"""A task on its way to a cluster, and what a worker there does with it."""

import hashlib
import pickle
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from usid_lab.errors import MissingFileError, WorkerError, WriteError
from usid_lab.processing.block import Block, Failure, Receipt
from usid_lab.processing.executors.executor import Put
from usid_lab.processing.executors.parcel import pickled
from usid_lab.processing.ledger.durable import write_whole
from usid_lab.processing.ledger.shards import Shards
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task
from usid_lab.reading.stopping import Stopped
from usid_lab.storage.text import plain

_NAME = ".task-"
_PATIENCE = 15.0  # seconds until a file of one machine is seen by all others, at most
_LOOK = 0.2

_held = threading.local()


@dataclass(frozen=True, slots=True)
class Errand:
    """Where workers find a task: small, since each block takes it along.

    Attributes
    ----------
    name : str
        Of the process, for messages.
    key : str
        Digest of the task.
    file : Path or None
        The pickled task, in the folder of the run, which all machines share.
    payload : bytes
        The same where there is no such folder.
    patience : float
        Seconds until the file must be seen.
    """

    name: str
    key: str
    file: Path | None
    payload: bytes
    patience: float

    def run(self, span: Span) -> Block | Receipt | Failure:
        """Compute a span, in a worker.

        Parameters
        ----------
        span : Span
            Whole batches.

        Returns
        -------
        Block, Receipt or Failure
            A receipt where the worker kept the block itself; a failure, which dask
            would otherwise tell in a page of text, where the function failed, the
            worker cannot load it, or does not see the data or the folder.
        """
        try:
            return self._run(span)
        except Exception as error:
            return Failure(span, error)

    def _run(self, span: Span) -> Block | Receipt:
        task, put = self._loaded()
        block = task.compute(span)
        if put is None:
            return block
        if self.file is not None and not self.file.exists():
            raise Stopped(f"{self.file.parent} is given up")
        put(block)
        return Receipt(span, block.seconds, block.nbytes)

    def _loaded(self) -> tuple[Task, Put | None]:
        """Load the task; each thread has its own, with its own readers."""
        if getattr(_held, "key", None) != self.key:
            _held.key = _held.what = None
            _held.what = self._unpickled()
            _held.key = self.key
        what: tuple[Task, Put | None] = _held.what
        return what

    def _unpickled(self) -> tuple[Task, Put | None]:
        payload = self.payload if self.file is None else self._fetched(self.file)
        try:
            if digest(payload) != self.key:
                raise ValueError("it is not what was sent")
            task, put = pickle.loads(payload)
        except Exception as error:
            text = f"{_here()} cannot load what '{plain(self.name)}' needs. The same "
            text += "packages must be installed on all machines of the cluster."
            reason = f"{type(error).__name__}: {error}"
            raise WorkerError(text, reason) from error
        _check_sources(task)
        return task, put

    def _fetched(self, file: Path) -> bytes:
        end = time.monotonic() + self.patience
        while True:
            try:
                return file.read_bytes()
            except OSError as error:
                if time.monotonic() > end:
                    raise _unseen(file, error) from error
            time.sleep(_LOOK)


def digest(payload: bytes) -> str:
    """Digest of a pickled task."""
    return hashlib.blake2b(payload, digest_size=16).hexdigest()


@contextmanager
def sent(task: Task, put: Put | None) -> Iterator[Errand]:
    """Put a task where the workers of a cluster find it, for as long as it runs.

    Parameters
    ----------
    task : Task
        What is to be done.
    put : callable, optional
        Keeps blocks.

    Yields
    ------
    Errand
        That it may be taken along with each block. ArgumentError where the function
        cannot be sent.
    """
    import cloudpickle

    pickled(task)  # says in words what cannot be sent, or is too much
    payload = cloudpickle.dumps((task, put))
    key, owner = digest(payload), getattr(put, "__self__", None)
    if not isinstance(owner, Shards):
        yield Errand(task.name, key, None, payload, _PATIENCE)
        return
    file = owner.folder / f"{_NAME}{key}"
    _write(file, payload)
    try:
        yield Errand(task.name, key, file, b"", _PATIENCE)
    finally:
        with suppress(OSError):
            file.unlink()


def _write(file: Path, payload: bytes) -> None:
    try:
        # Those of runs that were killed: only one run at a time has the folder.
        for old in file.parent.glob(f"{_NAME}*"):
            old.unlink()
        write_whole(file, [payload])
    except OSError as error:
        text = "The folder of the run cannot be written."
        raise WriteError(text, f"{error}; {file.parent}") from error


def _check_sources(task: Task) -> None:
    for one in task.plan.items:
        file = one.source.file
        if not file.exists():
            text = f"{_here()} does not see '{plain(file.name)}'. All machines of the "
            text += "cluster need the data under the same path."
            raise MissingFileError(text, str(file))


def _unseen(file: Path, error: OSError) -> MissingFileError:
    text = (
        f"{_here()} does not see the folder in which results are kept. It lies beside "
        "the data: put them on a disk that all machines of the cluster share."
    )
    return MissingFileError(text, f"{error}; {file.parent}")


def _here() -> str:
    return f"A worker on '{plain(platform.node())}'"
