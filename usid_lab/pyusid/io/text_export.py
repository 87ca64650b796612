"""Main datasets as tables of text, laid out as the documentation has them."""

import csv
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py

from usid_lab.errors import ExistsError, WriteError
from usid_lab.storage.tables import StoredTable
from usid_lab.storage.text import plain

_BLOCK = 1 << 22  # values at a time
_LINE = "-" * 62
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_text(
    main: h5py.Dataset,
    tables: tuple[StoredTable, StoredTable],
    labels: tuple[Sequence[str], Sequence[str]],
    units: Sequence[str],
    target: Path,
    *,
    overwrite: bool,
) -> Path:
    """Write a Main dataset as comma separated text, block by block.

    Parameters
    ----------
    main : h5py.Dataset
        What is written.
    tables : tuple of StoredTable
        Values of its positions and of its spectra.
    labels : tuple of sequence of str
        Of the dimensions of both, in the order of the file.
    units : sequence of str
        Of the spectroscopic dimensions.
    target : Path
        The file to make; it appears whole or not at all.
    overwrite : bool
        Whether it may replace a file.

    Returns
    -------
    Path
        A row for each spectroscopic dimension with its values and units, a line, and
        a row for each position: its values, then the data.
    """
    if target.exists() and not overwrite:
        text = f"'{plain(target.name)}' exists already; choose another name."
        raise ExistsError(text, "force=True replaces it")
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("x", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerows(_header(tables[1], labels, units))
            writer.writerows(_rows(main, tables[0]))
        part.replace(target)
    except OSError as error:
        text = f"'{plain(target.name)}' could not be written."
        raise WriteError(text, str(error)) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _header(
    spectra: StoredTable,
    labels: tuple[Sequence[str], Sequence[str]],
    units: Sequence[str],
) -> Iterator[list[str]]:
    positions, steps = labels
    before = [""] * (len(positions) - 1)
    described = zip(steps, units, spectra.block(0, spectra.length), strict=True)
    for label, unit, values in described:
        yield [*before, _safe(label), *(f"{value} {unit}" for value in values)]
    yield [*map(_safe, positions), *[_LINE] * spectra.length]


def _rows(main: h5py.Dataset, positions: StoredTable) -> Iterator[list[object]]:
    step = max(1, _BLOCK // max(1, int(main.shape[1])))
    for start in range(0, positions.length, step):
        places = positions.block(start, min(start + step, positions.length)).T
        for place, values in zip(places, main[start : start + step], strict=True):
            yield [*place.tolist(), *values.tolist()]


def _safe(label: str) -> str:
    """Keep a spreadsheet from running a label as a formula."""
    return f"'{label}" if label.startswith(_FORMULA) else label
