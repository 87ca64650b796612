"""What is written beside the results of a run."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from usid_lab.processing.ledger.canonical import canonical, digest_of
from usid_lab.processing.ledger.failures import FAILED, INFINITE
from usid_lab.processing.ledger.record import RunRecord, known_by
from usid_lab.storage.finishedruns import RUN_ID, SHAPES
from usid_lab.storage.status import LAST

_LONG = 1000  # values that an attribute still holds
_LONG_TEXT = 32_000  # characters
_INTEGERS = range(-(2**63), 2**63)
_TAKEN = {
    *(RUN_ID, SHAPES, LAST, "tool", "tool_version", "parameters"),
    *("num_sources", "num_source_dsets", FAILED, INFINITE),
}
"""Attributes that are ours, and those that begin with ``source_``."""


@dataclass(frozen=True)
class Facts:
    """What is written beside the results of a run.

    Attributes
    ----------
    parameters : mapping of str to object
        As the user gave them.
    attrs : mapping of str to object
        More attributes of the group.
    """

    parameters: Mapping[str, object] = field(default_factory=dict)
    attrs: Mapping[str, object] = field(default_factory=dict)

    def attributes(self, record: RunRecord) -> dict[str, object]:
        """Return the attributes of the group of results.

        Parameters
        ----------
        record : RunRecord
            The run.

        Returns
        -------
        dict of str to object
            All can be written: hours of computing must not end at a parameter that
            HDF5 cannot hold.
        """
        told = json.dumps(record.parameters)
        if len(told) > _LONG_TEXT:
            told = json.dumps({"digest": digest_of(record.parameters)})
        own = {
            RUN_ID: record.run_id,
            "tool_version": record.version,
            "parameters": told,
            "source_identities": list(map(known_by, record.sources)),
        }
        named = {
            name: _storable(name, value)
            for name, value in self.parameters.items()
            if _is_free(name) and not _is_long(value)
        }
        return {**named, **self.attrs, **own}

    def arrays(self) -> Iterator[tuple[str, NDArray[np.generic]]]:
        """Give the parameters that are too long for attributes, by a name of theirs.

        Yields
        ------
        name, array
        """
        for number, (name, value) in enumerate(self.parameters.items()):
            if isinstance(value, np.ndarray) and _is_long(value):
                shown = name if name.isidentifier() else f"{number:03d}"
                yield f"Parameter_{shown}", value


def _is_free(name: str) -> bool:
    writable = name and "\0" not in name and _is_utf8(name)
    return bool(writable) and name not in _TAKEN and not name.startswith("source_")


def _is_long(value: object) -> bool:
    return _is_numeric(value) and np.size(value) > _LONG  # type: ignore[arg-type]


def _is_numeric(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "biufc"


def _storable(name: str, value: object) -> object:
    """Numbers and text as they are, all else as JSON."""
    if isinstance(value, np.generic):
        value = _plain(value)
    if value is None or isinstance(value, bool | float | complex):
        return value
    if isinstance(value, int):
        return value if value in _INTEGERS else str(value)
    if isinstance(value, str) and "\0" not in value and _is_utf8(value):
        return str(value)
    if _is_numeric(value):
        return value
    return json.dumps(canonical({name: value})[name])


def _plain(value: np.generic) -> object:
    """Give what Python has for a number of numpy; text where it has nothing."""
    item = value.item()
    if value.dtype.kind in "mM" or isinstance(item, np.generic):
        return str(value)
    return item


def _is_utf8(text: str) -> bool:
    return text == text.encode("utf-8", "ignore").decode("utf-8")
