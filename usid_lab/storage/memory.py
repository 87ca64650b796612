"""How much memory one array may take."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

_UNKNOWN = 16 << 30
_SHARE = 0.75


@cache
def most_bytes() -> int:
    """Return the largest array that is ever made: a share of the machine's memory."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        total = _UNKNOWN
    return int(_SHARE * total)


def available_bytes() -> int:
    """Return how much memory is free for new work, as the system estimates it."""
    return _from_meminfo() or _free_pages() or most_bytes()


def _from_meminfo() -> int:
    # Counts what the page cache would give back; only Linux has it.
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        found = next((line for line in lines if line.startswith("MemAvailable:")), "")
        return int(found.split()[1]) * 1024
    return 0


def _free_pages() -> int:
    with suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    return 0
