"""Small helpers: sizes and times in words, memory, cores, a prompt for a file."""

import os
from collections.abc import Sequence
from datetime import datetime
from numbers import Integral, Real
from pathlib import Path

from usid_lab.errors import ArgumentError
from usid_lab.pyusid.arguments import of_type, texts_of
from usid_lab.storage.memory import available_bytes

__all__ = [
    "check_ssh",
    "file_dialog",
    "format_quantity",
    "format_size",
    "format_time",
    "formatted_str_to_number",
    "get_available_memory",
    "get_time_stamp",
    "recommend_cpu_cores",
]

_FEW_JOBS = 20  # a core: fewer quick jobs than this are not worth starting it


def check_ssh() -> bool:
    """Tell whether this Python runs on another machine, over SSH.

    Returns
    -------
    bool
        True in a session of SSH.
    """
    return "SSH_CLIENT" in os.environ or "SSH_TTY" in os.environ


def file_dialog(
    file_filter: str | Sequence[str] = "H5 file (*.h5)", caption: str = "Select File"
) -> str:
    """Ask for the path of a file.

    The documentation describes a window of Qt, and a prompt where there is none. It
    is always the prompt here: it works in notebooks, over SSH, and on every system.

    Parameters
    ----------
    file_filter : str or list of str, optional
        Which files are looked for; shown to the user.
    caption : str, optional
        What is asked.

    Returns
    -------
    str
        Absolute path of what was typed.
    """
    wanted = ", ".join(texts_of(file_filter, "file_filter"))
    of_type(caption, str, "caption")
    typed = input(f"{caption} [{wanted}]: ").strip().strip("\"'")
    return str(Path(typed).expanduser().absolute())


def get_time_stamp() -> str:
    """Give the date and time of now, as it is written into files.

    Returns
    -------
    str
        ``YYYY_MM_DD-HH_MM_SS``, local time.
    """
    return datetime.now().astimezone().strftime("%Y_%m_%d-%H_%M_%S")


def format_quantity(
    value: float,
    unit_names: Sequence[str],
    factors: Sequence[float],
    decimals: int = 2,
) -> str:
    """Write a number in the largest unit that it fills.

    Parameters
    ----------
    value : float
        In base units.
    unit_names : list of str
        Names of the units, smallest first.
    factors : list of float
        How many base units each of them is.
    decimals : int, optional
        Digits after the point.

    Returns
    -------
    str
        Such as ``"3.5 mins"``.

    Raises
    ------
    ArgumentError
        If there are not as many names as factors (a ValueError).
    ArgumentTypeError
        If an argument is of the wrong type (a TypeError).

    Examples
    --------
    >>> format_quantity(210, ["sec", "mins"], [1, 60])
    '3.5 mins'
    """
    _check_units(unit_names, factors)
    of_type(value, Real, "value")
    of_type(decimals, Integral, "decimals")
    filled = [place for place, factor in enumerate(factors) if value >= factor]
    place = max(filled, default=0)
    # Not in the precision of a numpy scalar, which shows when it is printed.
    return f"{round(float(value) / factors[place], decimals)} {unit_names[place]}"


def format_time(time_in_seconds: float, decimals: int = 2) -> str:
    """Write a time in milliseconds, seconds, minutes or hours.

    Parameters
    ----------
    time_in_seconds : float
        The time, in s.
    decimals : int, optional
        Digits after the point.

    Returns
    -------
    str
        Such as ``"4.03 hours"``.
    """
    units = ["msec", "sec", "mins", "hours"]
    return format_quantity(time_in_seconds, units, [0.001, 1, 60, 3600], decimals)


def format_size(size_in_bytes: int, decimals: int = 2) -> str:
    """Write a size in bytes, kB, MB, GB or TB, of 1024 each.

    Parameters
    ----------
    size_in_bytes : int
        The size.
    decimals : int, optional
        Digits after the point.

    Returns
    -------
    str
        Such as ``"15.23 GB"``.

    Examples
    --------
    >>> format_size(15.23 * 1024**2)
    '15.23 MB'
    """
    units = ["bytes", "kB", "MB", "GB", "TB"]
    factors = [1024**power for power in range(len(units))]
    return format_quantity(size_in_bytes, units, factors, decimals)


def formatted_str_to_number(
    str_val: str,
    magnitude_names: Sequence[str],
    magnitude_values: Sequence[float],
    separator: str = " ",
) -> float | None:
    """Read a number with a unit.

    Parameters
    ----------
    str_val : str
        Such as ``"4.32 MHz"``.
    magnitude_names : list of str
        The units.
    magnitude_values : list of float
        What each of them stands for.
    separator : str, optional
        What stands between the number and its unit.

    Returns
    -------
    float or None
        The number in base units; None if its unit is not among the names.

    Raises
    ------
    ArgumentError
        If the text is not a number and a unit, or the lists are not equally long
        (a ValueError).

    Examples
    --------
    >>> formatted_str_to_number("4.32 MHz", ["MHz", "kHz"], [1e6, 1e3])
    4320000.0
    """
    _check_units(magnitude_names, magnitude_values)
    of_type(separator, str, "separator")
    parts = of_type(str_val, str, "str_val").strip().split(separator)
    if len(parts) != 2:
        text = f"A number and a unit with {separator!r} between them were expected."
        raise ArgumentError(text, repr(str_val))
    units = dict(zip(magnitude_names, magnitude_values, strict=True))
    factor = units.get(parts[1])
    return None if factor is None else float(parts[0]) * factor


def _check_units(names: Sequence[str], factors: Sequence[float]) -> None:
    known = texts_of(names, "unit_names")
    if not known or len(known) != len(factors):
        text = "There must be as many units as factors, and at least one."
        raise ArgumentError(text, f"{len(known)} units, {len(factors)} factors")


def get_available_memory() -> int:
    """Give the memory that is free for new work.

    Returns
    -------
    int
        In bytes.
    """
    return available_bytes()


def recommend_cpu_cores(
    num_jobs: int,
    requested_cores: int | None = None,
    lengthy_computation: bool = False,
    min_free_cores: int | None = None,
    verbose: bool = False,  # noqa: ARG001
) -> int:
    """Recommend how many cores to use for many independent computations.

    Arguments are in the order that 0.0.4 documents; later versions put
    `min_free_cores` before `lengthy_computation`.

    Parameters
    ----------
    num_jobs : int
        How many computations there are.
    requested_cores : int, optional
        How many cores are wished for; all but the free ones if None.
    lengthy_computation : bool, optional
        Whether each takes long. Few quick ones are not worth several cores.
    min_free_cores : int, optional
        Cores that are left to other work: 2, or 1 on a machine with fewer than 5;
        none where there is only one.
    verbose : bool, optional
        Taken, without effect.

    Returns
    -------
    int
        At least 1, at most the cores of this machine.

    Raises
    ------
    ArgumentTypeError
        If a number is not whole (a TypeError).
    ArgumentError
        If a number is too small, or more cores are to stay free than there are
        (a ValueError).
    """
    present = os.cpu_count() or 1
    _at_least(num_jobs, 1, "num_jobs")
    free = _spared(present, min_free_cores)
    cores = max(1, present - free)
    if requested_cores is not None:
        cores = min(present, _at_least(requested_cores, 1, "requested_cores"))
    if not lengthy_computation and cores > 1 and num_jobs // cores < _FEW_JOBS:
        cores = max(1, min(cores, num_jobs // (2 * _FEW_JOBS)))
    return cores


def _spared(present: int, wanted: int | None) -> int:
    if wanted is None:
        return 0 if present == 1 else 1 + (present > 4)
    if _at_least(wanted, 0, "min_free_cores") >= present:
        text = f"Of {present} cores, {wanted} cannot stay free."
        raise ArgumentError(text)
    return wanted


def _at_least(number: object, least: int, what: str) -> int:
    found: int = int(of_type(number, Integral, what))
    if found < least:
        raise ArgumentError(f"'{what}' must be at least {least}.", f"got {found}")
    return found
