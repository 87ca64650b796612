"""A task on its way to workers: pickled once, into a file that they read."""

import hashlib
import inspect
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from usid_lab.errors import ArgumentError, WriteError
from usid_lab.processing.task import Function, Task
from usid_lab.storage.text import plain

_HEAVY = 1 << 20
_MOST = 256 << 20


class PayloadWarning(UserWarning):
    """A function takes much data with it to every worker."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Where a pickled task lies.

    Attributes
    ----------
    folder : Path
        For the task, and for blocks on their way back.
    key : str
        Digest of the task.
    """

    folder: Path
    key: str

    @property
    def file(self) -> Path:
        """The pickled task."""
        return self.folder / "task"


@contextmanager
def shipped(payload: bytes) -> Iterator[Parcel]:
    """Put a pickled task where workers find it, for as long as they need it.

    Parameters
    ----------
    payload : bytes
        As :func:`pickled` makes it.

    Yields
    ------
    Parcel
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="usid-lab-"))
        parcel = Parcel(folder, hashlib.blake2b(payload, digest_size=16).hexdigest())
        parcel.file.write_bytes(payload)
    except OSError as error:
        text = "The folder for temporary files cannot be written."
        raise WriteError(text, str(error)) from error
    try:
        yield parcel
    finally:
        with suppress(OSError):
            shutil.rmtree(folder, ignore_errors=True)


def pickled(task: Task) -> bytes:
    """Pickle a task: functions of modules by name, others whole.

    Parameters
    ----------
    task : Task
        What is to be sent.

    Returns
    -------
    bytes

    Raises
    ------
    ArgumentError
        The function holds what cannot be sent, or far too much.

    Warns
    -----
    PayloadWarning
        It takes more than 1 MB with it.
    """
    import cloudpickle

    try:
        payload: bytes = cloudpickle.dumps(task)
        heavy = len(payload) > _HEAVY
        weight = len(cloudpickle.dumps(task.function)) if heavy else 0
    except Exception as error:
        text = f"The function of '{plain(task.name)}' cannot be sent to workers"
        reason = f"{type(error).__name__}: {error}"
        what = "what it refers to (an open file, a lock) stays in this process"
        text = f"{text}: {what}. Open it in the function, or use executor='serial'."
        raise ArgumentError(text, reason) from error
    if weight > _HEAVY:
        told = _weighed(task, weight)
        if weight > _MOST:
            raise ArgumentError(told)
        warnings.warn(told, PayloadWarning, stacklevel=2)
    return payload


def _weighed(task: Task, weight: int) -> str:
    text = f"The function of '{plain(task.name)}' takes {weight / 1e6:.1f} MB to every"
    parts = _parts(task.function)
    if not parts:
        return f"{text} worker."
    name, most = max(parts.items(), key=lambda part: part[1])
    what = f"most of it is '{plain(name)}' ({most / 1e6:.1f} MB)"
    return f"{text} worker; {what}. Read it in the function, or pass less of it."


def _parts(function: Function) -> dict[str, int]:
    """Weigh what a function refers to."""
    owner = getattr(function, "__self__", None)
    held: dict[str, object] = {}
    if owner is not None:
        held.update(vars(owner))
    for one in (function, held.get("func")):
        inner = getattr(one, "__func__", one)
        if inspect.isfunction(inner):
            found = inspect.getclosurevars(inner)
            held.update({**found.nonlocals, **found.globals})
    if inspect.isfunction(held.get("func")):  # what it refers to was listed
        del held["func"]
    return {name: _weight(value) for name, value in held.items()}


def _weight(value: object) -> int:
    import cloudpickle

    try:
        return len(cloudpickle.dumps(value))
    except Exception:
        return 0
