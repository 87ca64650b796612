"""A program that saves results: python killed_save.py FILE (copying|appending)."""

import sys
from pathlib import Path

from crashes import add_results

from usid_lab.storage.commit import disk, strategy

if __name__ == "__main__":
    strategy.CHEAP = {"copying": 1 << 30, "appending": 0}[sys.argv[2]]
    strategy.can_clone = lambda _: False
    disk.PIECE = 1 << 15
    add_results(Path(sys.argv[1]))
