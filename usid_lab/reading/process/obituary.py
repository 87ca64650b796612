"""What is said when the reader process is gone: what happened, and to which file."""

import signal
import sys

from usid_lab.errors import (
    DamagedDataError,
    FileError,
    MissingFileError,
    RefusedError,
    TruncatedFileError,
    UsidError,
)
from usid_lab.reading.brief import Brief
from usid_lab.reading.process.appetite import OVERFED
from usid_lab.reading.process.link import Fate, Lost
from usid_lab.storage.stamps import Stamp, quick_stamp
from usid_lab.storage.text import plain, safe_name

_CRASHES = {"SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE"}
_ACCESS_VIOLATIONS = 0xC0000000  # and above: what Windows ends a process for


def obituary(
    lost: Lost, code: int | None, brief: Brief, before: Stamp | None
) -> UsidError:
    """Say why a request was never answered.

    Parameters
    ----------
    lost : Lost
    code : int or None
        Exit code of the process, as ``subprocess`` has it.
    brief : Brief
        The dataset that was being read.
    before : tuple of int, optional
        State of its file when that began.

    Returns
    -------
    UsidError
        To be raised.
    """
    what = _of_file(brief, before) or _of_process(lost, code, brief)
    kind, message = what
    return kind(message, f"{where(brief)}; {_technically(lost, code)}")


def refusal(brief: Brief, deaths: int) -> UsidError:
    """Say that a dataset is not read any more.

    Parameters
    ----------
    brief : Brief
    deaths : int
        How often its reading ended the process, without a success between.

    Returns
    -------
    UsidError
        To be raised.
    """
    return DamagedDataError(
        f"'{_name(brief)}' is not read any more: that ended the program which reads "
        f"{deaths} times. Copy the file again from its source; to try once more as it "
        "is, close the viewer and open it again. Nothing was changed.",
        where(brief),
    )


def where(brief: Brief) -> str:
    """Name a dataset and its file.

    Parameters
    ----------
    brief : Brief

    Returns
    -------
    str
        Harmless text.
    """
    return f"'{plain(brief.path)}' of '{_name(brief)}'"


def _name(brief: Brief) -> str:
    return plain(safe_name(brief.file.name))


def _of_file(brief: Brief, before: Stamp | None) -> tuple[type[UsidError], str] | None:
    """Whether the file was pulled away under the read."""
    now, name = quick_stamp(brief.file), _name(brief)
    if now is None:
        text = f"'{name}' is gone: it was moved or deleted while it was read."
        return MissingFileError, text
    if before is None or now == before:
        return None
    if now[:2] != before[:2]:
        text = f"Another file has taken the place of '{name}'; open it again."
        return FileError, text
    if now[2] < before[2]:
        text = f"The end of '{name}' went missing while it was read."
        return TruncatedFileError, f"{text} Copy it again from its source."
    return None


def _of_process(
    lost: Lost, code: int | None, brief: Brief
) -> tuple[type[UsidError], str]:
    name = _name(brief)
    if lost.fate is Fate.HUNG:
        text = (
            f"Reading '{name}' came to no end and was given up. The file is damaged, "
            "or its disk does not answer; nothing was changed."
        )
        return DamagedDataError, text
    if lost.fate is Fate.BREACH or _is_crash(code):
        text = (
            f"Reading '{name}' ended in a crash. The file is probably damaged; copy "
            "it again from its source. Nothing was changed."
        )
        return DamagedDataError, text
    if code == OVERFED:
        text = (
            f"Reading '{name}' took more memory than the viewer may use, and was "
            "ended. Show a part of it; if little is shown, the file is damaged."
        )
        return RefusedError, text
    how = "unexpectedly"
    if code is not None and _signal(code) in ("SIGKILL", "SIGTERM"):
        how = "from outside, perhaps for want of memory"
    text = f"The program that was reading '{name}' was ended {how}. Try again."
    return FileError, text


def _is_crash(code: int | None) -> bool:
    if code is None:
        return False
    return _signal(code) in _CRASHES or code >= _ACCESS_VIOLATIONS


def _signal(code: int) -> str:
    if sys.platform == "win32" or code >= 0:
        return ""
    try:
        return signal.Signals(-code).name
    except ValueError:
        return ""


def _technically(lost: Lost, code: int | None) -> str:
    """Give the detail, for the reason of an error."""
    ended = ""
    if lost.fate is Fate.ENDED and code is not None:
        ended = f" with {_signal(code) or f'exit code {code}'}"
    return f"the reader process {lost.fate}{ended}: {lost.detail}"
