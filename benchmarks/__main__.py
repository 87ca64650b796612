"""Run benchmarks by name, or all: ``python -m benchmarks [open] [storage]``."""

from __future__ import annotations

import sys

from benchmarks import opening, routes, stepping, storage

ALL = {
    "open": opening.run,
    "step": stepping.run,
    "storage": storage.run,
    "routes": routes.run,
}


def main() -> None:
    """Run the benchmarks that are named on the command line, or all."""
    for name in sys.argv[1:] or ALL:
        ALL[name]()


if __name__ == "__main__":
    main()
