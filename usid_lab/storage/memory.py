"""How much memory one array may take."""

import os
from functools import cache

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
