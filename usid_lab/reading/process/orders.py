"""What a kernel orders from its reader process; pickled, for the kernel is trusted."""

import pickle
from collections.abc import Mapping
from typing import NamedTuple

from usid_lab.model.selection import Pick
from usid_lab.reading.brief import Brief
from usid_lab.reading.reducing.wanted import Reduction

PLUGINS = "hdf5plugin"
Selection = Mapping[str, int | slice | Pick]


class Open(NamedTuple):
    """Get ready to read a dataset, known by a number from now on.

    `plugins` tells that the kernel has more filters than HDF5 itself, by the package
    hdf5plugin.
    """

    dataset: int
    brief: Brief
    plugins: bool


class Close(NamedTuple):
    """Forget a dataset, and what is kept of it."""

    dataset: int


class Read(NamedTuple):
    """Read a selection into a slot; around damaged chunks if those are listed.

    If it is shown, what has come so far is sent now and then.
    """

    id: int
    dataset: int
    slot: int
    selection: Selection
    listing: bool
    shown: bool


class Reduce(NamedTuple):
    """Reduce a dataset, and put the result into a slot.

    If it is shown, the result so far is sent now and then.
    """

    id: int
    dataset: int
    slot: int
    asked: Reduction
    shown: bool


class Prefetch(NamedTuple):
    """Read what will be asked for next, perhaps."""

    id: int
    dataset: int
    selection: Selection


class Keep(NamedTuple):
    """Bring a small dataset into memory."""

    id: int
    dataset: int


class Ask(NamedTuple):
    """Say whether a dataset is in memory."""

    id: int
    dataset: int


class Places(NamedTuple):
    """Tell where the chunks of a dataset lie, if that is known."""

    id: int
    dataset: int
    slot: int


class Stop(NamedTuple):
    """Nobody waits for this request any more."""

    id: int


class Taken(NamedTuple):
    """A part of the result of a request was copied out of its slot."""

    id: int


Request = Read | Reduce | Prefetch | Keep | Ask | Places
Order = Request | Open | Close | Stop | Taken


def packed(order: Order) -> bytes:
    """Return an order as it is sent."""
    return pickle.dumps(order, pickle.HIGHEST_PROTOCOL)


def unpacked(message: bytes) -> Order:
    """Return the order in a message of the kernel."""
    order: Order = pickle.loads(message)
    return order
