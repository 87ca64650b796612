"""Long batteries: `make torture`. Each tells how many cases it had."""

import os
from collections import Counter

import pytest
from saving_fixtures import appending, raw, recorded, way

__all__ = ["appending", "raw", "recorded", "tally", "way"]

collect_ignore_glob = [] if os.environ.get("USID_LAB_TORTURE") else ["test_*.py"]
_told = pytest.StashKey[dict]()


@pytest.fixture
def tally(request):
    """Count what came of each case; told at the end."""
    counts = Counter()
    yield counts
    told = request.config.stash.setdefault(_told, {})
    told[request.node.nodeid.rpartition("/")[2]] = counts  # files have equal names


def pytest_terminal_summary(terminalreporter, config):
    """Tell the counts."""
    for name, counts in config.stash.get(_told, {}).items():
        told = ", ".join(f"{what}: {n}" for what, n in sorted(counts.items()))
        terminalreporter.line(f"{name}: {counts.total()} cases ({told})")
