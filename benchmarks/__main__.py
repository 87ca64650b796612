"""Run benchmarks by name, or all: ``python -m benchmarks [open] [storage]``.

Options follow one name: ``python -m benchmarks matrix --layout 'squares*' --warm``.
"""

from __future__ import annotations

import compileall
import sys
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import usid_lab
from benchmarks import (
    commit,
    dragging,
    fits,
    matrix,
    memory,
    opening,
    parallel,
    processing,
    profiling,
    sidecar,
    stepping,
    storage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ALL: dict[str, Callable[[], None]] = {
    "commit": commit.run,
    "fits": fits.run,
    "open": opening.run,
    "parallel": parallel.run,
    "step": stepping.run,
    "storage": storage.run,
}
WITH_OPTIONS: dict[str, Callable[[list[str]], None]] = {
    "matrix": matrix.run,
    "sidecar": sidecar.run,
    "memory": memory.run,
    "drag": dragging.run,
    "process": processing.run,
    "profile": profiling.run,
}


def main() -> None:
    """Run the benchmarks that are named on the command line, or all."""
    _compile()
    given = sys.argv[1:]
    names = list(takewhile(lambda word: not word.startswith("-"), given))
    options = given[len(names) :]
    for name in names or (*ALL, *WITH_OPTIONS):
        if name in ALL:
            ALL[name]()
        else:
            WITH_OPTIONS[name](options)


def _compile() -> None:
    """Write the bytecode that an installation has.

    pip compiles what it installs, also the viewer beside ours. A clone has no bytecode
    where PYTHONDONTWRITEBYTECODE is set: every kernel would compile it anew.
    """
    compileall.compile_dir(Path(usid_lab.__file__).parent, quiet=1)


if __name__ == "__main__":
    main()
