"""What groups get wrong: book-keeping, results without a source, unfinished work."""

import re
from collections.abc import Iterator

import h5py
import numpy as np

from usid_lab.errors import Fault
from usid_lab.model.rules import Rule
from usid_lab.storage.attributes import (
    attribute_names,
    find_attribute,
    has_attribute,
)
from usid_lab.storage.links import DAMAGE, wrap
from usid_lab.storage.numbers import dtype_of, shape_of
from usid_lab.storage.screening import refusal
from usid_lab.storage.tables import referred
from usid_lab.storage.text import plain, safe_name

_RESULTS = re.compile(r"(?P<source>.+)-(?P<tool>.+)_\d+")
_SOURCE = re.compile(rb"source_\d+")
_COUNTS = ("num_sources", "num_source_dsets")
_STATUS = "completed"
_MOST_STATUSES = 16
_BLOCK = 1 << 20
# The name of the specification, and the one under which others write it.
_TIMES = ("time_stamp", "timestamp")
_VERSIONS = ("pyUSID_version", "pycroscopy_version")


def book_keeping_faults(owner: h5py.HLObject) -> Iterator[Fault]:
    """Find what an object does not tell of who wrote it, when and with what.

    Parameters
    ----------
    owner : h5py.Group or h5py.Dataset
        Any object of an open file.

    Yields
    ------
    Fault
        A warning for what is missing, notes for customary names.
    """
    missing = [n for n in ("machine_id", "platform") if not has_attribute(owner, n)]
    for name, custom in (_TIMES, _VERSIONS):
        if has_attribute(owner, name):
            continue
        if has_attribute(owner, custom):
            text = f"It has '{custom}'; the specification calls it '{name}'."
            yield Fault(Rule.BOOK_KEEPING, text, "note")
        else:
            missing.append(name)
    if missing:
        text = f"It does not tell its {_listed(sorted(missing))}."
        yield Fault(Rule.BOOK_KEEPING, text, "warning")


def is_results(group: h5py.Group, name: str) -> bool:
    """Whether a group holds results, by its name or by what it says of sources."""
    marks = ("source_000", "tool", *_COUNTS)
    return bool(_RESULTS.fullmatch(name)) or any(
        has_attribute(group, mark) for mark in marks
    )


def results_faults(group: h5py.Group, parent: h5py.Group, name: str) -> Iterator[Fault]:
    """Find what is wrong with a group of results.

    Parameters
    ----------
    group : h5py.Group
        One for which :func:`is_results` holds.
    parent : h5py.Group
        The group it lies in.
    name : str
        Its name there.

    Yields
    ------
    Fault
        Of its name, its sources, and what is not finished.
    """
    named = _RESULTS.fullmatch(name)
    if named is None:
        text = "It holds results, but its name is not of the form Source-Tool_000."
        yield Fault(Rule.RESULTS, text, "warning")
    if not has_attribute(group, "tool"):
        yield Fault(Rule.SOURCES, "It does not name the 'tool' that made it.", "note")
    sources = [raw for raw in attribute_names(group) if _SOURCE.fullmatch(raw)]
    yield from _number_of_sources(group, len(sources))
    found = None
    for raw in sources:
        target, problem = referred(group, raw)
        found = found if target is None else target
        if problem:
            text = f"'{plain(safe_name(raw))}' {problem}."
            yield Fault(Rule.RESULTS, text, "warning")
    if found is None and named is not None:
        found = _sibling(parent, named["source"])
    yield from _origin(group, found, bool(sources))
    if not group.id.get_num_objs():
        text = "It is empty: a run that was stopped before it had results."
        yield Fault(Rule.RESULTS, text, "warning")
    yield from _unfinished(group, _rows(found))


def _number_of_sources(group: h5py.Group, count: int) -> Iterator[Fault]:
    told = {name: find_attribute(group, name) for name in _COUNTS}
    for name, number in told.items():
        if isinstance(number, int | float) and count and number != count:
            text = f"'{name}' is {number:g}, and it refers to {count} sources."
            yield Fault(Rule.SOURCES, text, "warning")
    if told[_COUNTS[0]] is None and told[_COUNTS[1]] is not None:
        text = f"It has '{_COUNTS[1]}'; the specification calls it '{_COUNTS[0]}'."
        yield Fault(Rule.SOURCES, text, "note")


def _origin(
    group: h5py.Group, found: h5py.Dataset | None, referring: bool
) -> Iterator[Fault]:
    if found is not None:
        if not referring:
            text = "It has no reference 'source_000'; only its name tells its source."
            yield Fault(Rule.RESULTS, text, "warning")
        return
    for name in ("source_file", "source_file_path"):
        file = find_attribute(group, name)
        if isinstance(file, str) and file:
            text = (
                f"Its source lies in another file, '{plain(file)}'. It is not opened."
            )
            yield Fault(Rule.RESULTS, text, "note")
            return
    text = "Nothing in the file tells from which dataset it was made."
    yield Fault(Rule.RESULTS, text, "warning")


def _sibling(parent: h5py.Group, name: str) -> h5py.Dataset | None:
    """Return the dataset for which a group of results is named; `Tool` may hold '-'."""
    pieces = name.split("-")
    for count in range(len(pieces), 0, -1):
        raw = "-".join(pieces[:count]).encode("utf-8", "surrogateescape")
        try:
            info = parent.id.links.get_info(raw)
            if info.type == h5py.h5l.TYPE_HARD:
                found = wrap(h5py.h5o.open(parent.id, raw))
                if isinstance(found, h5py.Dataset):
                    return found
        except DAMAGE:
            continue
    return None


def _rows(source: h5py.Dataset | None) -> int | None:
    if source is None or refusal(source):
        return None
    shape = shape_of(source)
    return shape[0] if shape else None


def _unfinished(group: h5py.Group, rows: int | None) -> Iterator[Fault]:
    statuses = list(_statuses(group))
    for name, dataset in statuses:
        yield from _status(name, dataset, rows)
    last = find_attribute(group, "last_pixel")
    # Newer writers set it to the end of partial results too: only a dataset is sure.
    if statuses or rows is None or not isinstance(last, int | float):
        return
    if last < rows:
        text = f"It is not finished: {last:g} of {rows} positions are done."
        yield Fault(Rule.UNFINISHED, text, "warning")


def _statuses(group: h5py.Group) -> Iterator[tuple[str, h5py.Dataset]]:
    names = [raw for raw in group.id if safe_name(raw).startswith(_STATUS)]
    for raw in names[:_MOST_STATUSES]:
        try:
            if group.id.links.get_info(raw).type != h5py.h5l.TYPE_HARD:
                continue
            found = wrap(h5py.h5o.open(group.id, raw))
        except DAMAGE:
            continue
        if isinstance(found, h5py.Dataset) and not refusal(found):
            yield plain(safe_name(raw)), found


def _status(name: str, dataset: h5py.Dataset, rows: int | None) -> Iterator[Fault]:
    shape, dtype = shape_of(dataset), dtype_of(dataset)
    if shape is None or len(shape) != 1 or dtype is None or dtype.kind not in "biu":
        text = f"'{name}' is no list of what is done: one 0 or 1 for each position."
        yield Fault(Rule.UNFINISHED, text, "warning")
        return
    if rows is not None and shape[0] != rows:
        text = f"'{name}' has {shape[0]} entries; the source has {rows} positions."
        yield Fault(Rule.UNFINISHED, text, "warning")
        return
    done = _done(dataset)
    if done < shape[0]:
        text = f"It is not finished: '{name}' counts {done} of {shape[0]} positions."
        yield Fault(Rule.UNFINISHED, text, "warning")


def _done(dataset: h5py.Dataset) -> int:
    starts = range(0, dataset.shape[0], _BLOCK)
    return sum(int(np.count_nonzero(dataset[s : s + _BLOCK])) for s in starts)


def _listed(names: list[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
