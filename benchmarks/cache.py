"""A cache folder for a measurement, and never the user's."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.data import FOLDER
from usid_lab.reading.sidecars.folder import PLACE, SWITCH, Folder

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def own_cache() -> Iterator[Folder]:
    """Use a folder of our own, empty at first; sidecars are on."""
    before = {name: os.environ.get(name) for name in (PLACE, SWITCH)}
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as scratch:
        os.environ |= {PLACE: scratch, SWITCH: "on"}
        try:
            yield Folder.of_user()
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                os.environ |= {} if value is None else {name: value}
