"""Images as tables of numbers: .txt and .csv."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import TranslationError
from usid_lab.storage.text import plain

SUFFIXES = (".txt", ".csv")
_SEPARATORS = ",;\t"


def read_text(source: Path) -> NDArray[np.float64]:
    """Read a table of numbers.

    Columns are separated by commas, semicolons, tabs or blanks: the first of these
    that stands in the first line of numbers. ``#`` begins a comment.

    Parameters
    ----------
    source : Path
        A text file, UTF-8.

    Returns
    -------
    ndarray of float64, shape (rows, columns)
        ``nan`` and ``inf`` are numbers.

    Raises
    ------
    TranslationError
        No numbers, other things than numbers, or lines of unequal length.
    """
    name = plain(source.name)
    try:
        lines = source.read_text(encoding="utf-8-sig").splitlines()
        rows = [line for line in lines if line.partition("#")[0].strip()]
        if not rows:
            raise TranslationError(f"'{name}' holds no numbers.", str(source))
        return np.loadtxt(rows, delimiter=_separator(rows[0]), ndmin=2)
    except UnicodeDecodeError as error:
        text = f"'{name}' is not a text file."
        raise TranslationError(text, str(error)) from error
    except TranslationError:
        raise
    except ValueError as error:
        text = f"'{name}' is not a table of numbers with lines of equal length."
        raise TranslationError(text, str(error)) from error


def _separator(line: str) -> str | None:
    numbers = line.partition("#")[0]
    return next((mark for mark in _SEPARATORS if mark in numbers), None)
