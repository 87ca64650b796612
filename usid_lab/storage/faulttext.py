"""Faults as lines of text, grouped by the objects that have them."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from usid_lab.errors import SEVERITIES, Fault
from usid_lab.storage.text import plain

_FOLDED = 3  # objects with the same fault, from which on it is told once
_NAMED = 3
_WIDTH = 88
_INDENT = 11

_Same = Mapping[Fault, Sequence[str]]


def fault_text(found: Iterable[Fault]) -> str:
    """Write down faults for people.

    Parameters
    ----------
    found : iterable of Fault
        As :func:`usid_lab.storage.checking.check` gives them.

    Returns
    -------
    str
        A paragraph for each object, those with errors first, then one for each
        fault that many objects have, and the number of each severity.
    """
    faults = list(found)
    same: dict[Fault, list[str]] = {}
    for fault in faults:
        same.setdefault(_anywhere(fault), []).append(fault.where)
    lines = [*_by_object(faults, same), *_by_fault(same), _counts(faults)]
    return "\n".join(lines)


def _anywhere(fault: Fault) -> Fault:
    return Fault(fault.rule, fault.text, fault.severity)


def _by_object(faults: Sequence[Fault], same: _Same) -> Iterator[str]:
    objects: dict[str, list[Fault]] = {}
    for fault in faults:
        if len(same[_anywhere(fault)]) < _FOLDED:
            objects.setdefault(fault.where, []).append(fault)
    gravest = {w: min(map(_gravity, own)) for w, own in objects.items()}
    for where in sorted(objects, key=gravest.__getitem__):
        yield plain(where)
        for fault in objects[where]:
            yield from _told(fault)
        yield ""


def _gravity(fault: Fault) -> int:
    return SEVERITIES.index(fault.severity)


def _by_fault(same: _Same) -> Iterator[str]:
    for severity in SEVERITIES:
        for fault, places in same.items():
            if fault.severity == severity and len(places) >= _FOLDED:
                yield from (plain(where) for where in places[:_NAMED])
                if len(places) > _NAMED:
                    yield f"and {len(places) - _NAMED} more"
                yield from _told(fault)
                yield ""


def _told(fault: Fault) -> Iterator[str]:
    first = f"  {fault.severity}".ljust(_INDENT)
    margin = " " * _INDENT
    yield from textwrap.wrap(
        fault.text, _WIDTH, initial_indent=first, subsequent_indent=margin
    )
    yield f"{margin}[{fault.rule}]"


def _counts(faults: Sequence[Fault]) -> str:
    if not faults:
        return "Nothing to find fault with."
    severities = [fault.severity for fault in faults]
    counts = [_count(severities.count(s), s) for s in SEVERITIES]
    return f"{', '.join(counts)}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
