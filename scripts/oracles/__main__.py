"""Write the oracles, or ask about files: ``python -m oracles make FOLDER``.

``python -m oracles ask OUT FILE...`` writes what pyUSID answers about each file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from oracles.answers import answer
from oracles.files import make


def main() -> None:
    """Do what the command line says."""
    what, out, *files = sys.argv[1:]
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    if what == "make":
        files = [str(path) for path in make(folder)]
    for path in map(Path, files):
        answer(path, folder / f"{path.stem}.npz")


if __name__ == "__main__":
    main()
