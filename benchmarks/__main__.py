"""Run benchmarks by name, or all: ``python -m benchmarks [open] [storage]``."""

from __future__ import annotations

import compileall
import sys
from pathlib import Path

import usid_lab
from benchmarks import opening, routes, stepping, storage

ALL = {
    "open": opening.run,
    "step": stepping.run,
    "storage": storage.run,
    "routes": routes.run,
}


def main() -> None:
    """Run the benchmarks that are named on the command line, or all."""
    _compile()
    for name in sys.argv[1:] or ALL:
        ALL[name]()


def _compile() -> None:
    """Write the bytecode that an installation has.

    pip compiles what it installs, also the viewer beside ours. A clone has no bytecode
    where PYTHONDONTWRITEBYTECODE is set: every kernel would compile it anew.
    """
    compileall.compile_dir(Path(usid_lab.__file__).parent, quiet=1)


if __name__ == "__main__":
    main()
