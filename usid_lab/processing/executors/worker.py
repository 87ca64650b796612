"""What runs in a worker process."""

import math
import os
import pickle
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import WriteError
from usid_lab.processing.block import Block
from usid_lab.processing.executors.parcel import Parcel
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task

# Larger results take the way of a file: a worker that is killed while it writes into
# the common pipe would leave a torn message there, for which others wait for ever.
_INLINE = 8 << 10
_LOOK = 1.0

Array = NDArray[np.generic]

_held: tuple[str, Task] | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """A block on its way back.

    Attributes
    ----------
    span : Span
        Which places.
    seconds, cpu : float
        How long they took: on the wall, and of the processor.
    file : Path or None
        Where its arrays lie, one after the other; None where they are here.
    arrays : dict of str to ndarray
        The arrays; none where they are in the file.
    told : dict of str to (tuple of int, numpy.dtype)
        Shapes and types of those in the file.
    """

    span: Span
    seconds: float
    cpu: float
    file: Path | None
    arrays: dict[str, Array]
    told: dict[str, tuple[tuple[int, ...], np.dtype[np.generic]]]

    def block(self) -> Block:
        """Take the block out; its file is gone then."""
        if self.file is None:
            return Block(self.span, self.arrays, self.seconds, self.cpu)
        arrays: dict[str, Array] = {}
        with self.file.open("rb") as stream:
            for name, (shape, dtype) in self.told.items():
                flat = np.fromfile(stream, dtype, math.prod(shape))
                arrays[name] = flat.reshape(shape)
        self.file.unlink()
        return Block(self.span, arrays, self.seconds, self.cpu)


def begin(parent: int) -> None:
    """Prepare a new worker.

    Parameters
    ----------
    parent : int
        Process that the worker serves: it does not outlive it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the parent
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    import psutil

    while psutil.pid_exists(parent) and os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


def warm(parcel: Parcel) -> int:
    """Load what a task needs, before it is waited for."""
    _task(parcel)
    return os.getpid()


def compute(parcel: Parcel, span: Span) -> Handed:
    """Compute a span of a task.

    Parameters
    ----------
    parcel : Parcel
        Where the task lies; it is loaded once.
    span : Span
        Whole batches.

    Returns
    -------
    Handed
    """
    block = _task(parcel).compute(span)
    if block.nbytes <= _INLINE:
        return Handed(span, block.seconds, block.cpu, None, block.arrays, {})
    file = parcel.folder / f"{span.start}-{span.stop}-{os.getpid()}"
    _write(file, block)
    told = {name: (array.shape, array.dtype) for name, array in block.arrays.items()}
    return Handed(span, block.seconds, block.cpu, file, {}, told)


def _write(file: Path, block: Block) -> None:
    try:
        with file.open("wb") as stream:
            for array in block.arrays.values():
                array.tofile(stream)
    except OSError as error:
        text = "The folder for temporary files is full, or cannot be written."
        raise WriteError(f"{text} What was kept before is safe.", str(error)) from error


def _task(parcel: Parcel) -> Task:
    global _held
    if _held is None or _held[0] != parcel.key:
        _held = None
        with parcel.file.open("rb") as stream:
            _held = (parcel.key, pickle.load(stream))
    return _held[1]
