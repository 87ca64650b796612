"""Starting a reader process, on every system."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from usid_lab.reading.process import arena as arenas
from usid_lab.reading.process.arena import Arena
from usid_lab.reading.process.channel import MOST, Channel, shipped

_PROGRAM = Path(__file__).with_name("__main__.py")
# Threads of linear algebra would cost it memory, and it has no use for them.
_SINGLE = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
# Of glibc: memory that was let go of is kept for what is read next, and not given back
# to the system and asked for again, page by page, for every chunk.
_KEPT = {"MALLOC_MMAP_THRESHOLD_": 4 << 20, "MALLOC_TRIM_THRESHOLD_": 32 << 20}


def spawned() -> tuple["subprocess.Popen[bytes]", Channel, Arena]:
    """Start a reader process; it says hello as soon as it is up.

    It is a program of its own: ``multiprocessing`` would run the user's main script
    again. It shares no standard stream with the kernel.

    Returns
    -------
    process : subprocess.Popen
        A thread waits for its end, so that it never stays as a zombie.
    channel : Channel
        To it.
    arena : Arena
        Shared with it.

    Raises
    ------
    OSError
        It cannot be started here.
    """
    ours, theirs = socket.socketpair()
    memory, handle = arenas.make()
    try:
        process = _started(theirs, handle)
    except BaseException:
        ours.close()
        memory.close()
        raise
    finally:
        theirs.close()
        arenas.let_go(handle)
    waiting = threading.Thread(target=process.wait, name="usid_lab waits", daemon=True)
    waiting.start()
    return process, Channel(ours, MOST), memory


def _started(theirs: socket.socket, handle: str) -> "subprocess.Popen[bytes]":
    shares = sys.platform == "win32"
    descriptors = () if shares else (theirs.fileno(), *arenas.inherited(handle))
    process = subprocess.Popen(
        _command(theirs, handle),
        stdin=subprocess.PIPE if shares else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=descriptors,
        env=os.environ | _environment(),
        creationflags=_flags(),
    )
    if process.stdin is not None:
        try:
            with process.stdin as stream:
                stream.write(shipped(theirs, process.pid))
        except OSError:
            process.kill()
            raise
    return process


def _command(theirs: socket.socket, handle: str) -> list[str]:
    # It finds the packages that this process found, and none in the user's folder.
    paths = os.pathsep.join(path for path in sys.path if path)
    program = [sys.executable, "-P", str(_PROGRAM)]
    return [*program, str(theirs.fileno()), handle, paths]


def _environment() -> dict[str, str]:
    kept = {name: str(nbytes) for name, nbytes in _KEPT.items()}
    return dict.fromkeys(_SINGLE, "1") | kept


def _flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0
