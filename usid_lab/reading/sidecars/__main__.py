"""The process that builds one sidecar, for a viewer that lives elsewhere.

What to build stands in the first line that it is given. It ends when there is nothing
more to read there: so it never outlives who started it.
"""

import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

from usid_lab.errors import UsidError
from usid_lab.reading.sidecars.building import build
from usid_lab.reading.sidecars.folder import Folder

DONE, LEFT = 0, 3


def main() -> int:
    """Build what the first line of the standard input says.

    Returns
    -------
    int
        0 if there is a sidecar, 3 if not: the standard output says why.
    """
    with suppress(AttributeError, OSError):
        os.nice(19)
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_follow, daemon=True).start()
    folder = Folder(Path(asked["folder"]))
    try:
        file, inner = Path(asked["file"]), tuple(asked["inner"])
        build(folder, file, asked["path"], asked["keys"], inner)
    except (UsidError, OSError, MemoryError) as error:
        said = f"{type(error).__name__}: {error}"
        sys.stdout.buffer.write(said.encode(errors="replace"))
        return LEFT
    return DONE


def _follow() -> None:
    """End at once when the other side is gone; the next one cleans up."""
    sys.stdin.read()
    os._exit(LEFT)


if __name__ == "__main__":
    sys.exit(main())
