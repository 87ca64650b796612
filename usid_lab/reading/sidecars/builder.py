"""Building sidecars in the background, one at a time, at the lowest priority."""

import json
import logging
import math
import os
import subprocess
import sys
import time
import weakref
from contextlib import suppress

from usid_lab.reading.brief import Brief
from usid_lab.reading.sidecars.folder import BusyError, Folder
from usid_lab.reading.sidecars.states import State, state_of
from usid_lab.reading.sidecars.turn import POSITIONS

_log = logging.getLogger(__name__)
_What = tuple[str, str, State, tuple[int, ...]]
_MODULE = "usid_lab.reading.sidecars"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_PATIENCE = 5.0
_AGAIN = 60.0  # seconds, where another process was building


class Builder:
    """Starts the process that builds a sidecar, and ends it.

    Parameters
    ----------
    folder : Folder, optional
        Where to; that of the user by default.
    """

    def __init__(self, folder: Folder | None = None) -> None:
        self._folder = folder or Folder.of_user()
        self._process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[..., Builder] | None = None
        self._tried: dict[_What, float] = {}
        self._last: _What | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a sidecar is being built."""
        if self._process is not None and self._process.poll() is not None:
            self._done(self._process)
        return self._process is not None

    def start(self, brief: Brief, inner: tuple[int, ...] = POSITIONS) -> bool:
        """Build the sidecar of a dataset, unless one is built, or that was tried.

        Parameters
        ----------
        brief : Brief
            The dataset.
        inner : tuple of int, optional
            Axes that a map shows; those of a Main dataset by default.

        Returns
        -------
        bool
            Whether it is being built now.
        """
        state = state_of(brief.file)
        if self.is_busy or state is None:
            return False
        what = (str(brief.file), brief.path, state, inner)
        if time.monotonic() < self._tried.get(what, 0.0):
            return False
        self._tried[what], self._last = math.inf, what
        self._begin(brief, inner)
        return True

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is built; false if that took too long."""
        if self._process is not None:
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
        return not self.is_busy

    def stop(self) -> None:
        """End what is being built; nothing of it is left but a file to clean up."""
        if self._end is not None:
            self._end()
        self._process = self._end = None

    def _begin(self, brief: Brief, inner: tuple[int, ...]) -> None:
        command = [sys.executable, "-P", "-m", _MODULE]
        # A group of its own: Ctrl-C is meant for what the user runs.
        options = (
            {"start_new_session": True}
            if os.name == "posix"
            else {"creationflags": getattr(subprocess, "IDLE_PRIORITY_CLASS", 0)}
        )
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | dict.fromkeys(_THREADS, "1"),
                **options,
            )
        except OSError as error:
            _log.info("No sidecar is built: %s", error)
            return
        self._process = process
        self._end = weakref.finalize(self, _end, process)
        self._tell(process, brief, inner)

    def _tell(
        self, process: subprocess.Popen[bytes], brief: Brief, inner: tuple[int, ...]
    ) -> None:
        asked = {
            "folder": str(self._folder.path),
            "file": str(brief.file),
            "path": brief.path,
            "keys": [axis.key for axis in brief.layout.axes],
            "inner": inner,
        }
        with suppress(OSError):
            assert process.stdin is not None
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()

    def _done(self, process: subprocess.Popen[bytes]) -> None:
        if process.returncode:
            assert process.stdout is not None
            said = process.stdout.read(1000).decode(errors="replace")
            _log.info("No sidecar was built: %s", said or process.returncode)
            if said.startswith(BusyError.__name__) and self._last is not None:
                self._tried[self._last] = time.monotonic() + _AGAIN
        self.stop()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
