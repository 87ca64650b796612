"""Kill -9 at a given system call that writes, by strace."""

import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

WRITING = ("pwrite64", "fsync", "ftruncate", "rename", "unlink", "sendfile")
_TOGETHER = ",".join(WRITING)
_PROGRAM = Path(__file__).with_name("killed_save.py")


def counted(arguments, program=_PROGRAM):
    """How often a program makes each of the calls, from the first that writes on."""
    done = _strace(["-f", "-e", f"trace={_TOGETHER}"], arguments, program)
    names = re.findall(r"^(?:\[pid +\d+\] )?(\w+)\(", done.stderr, re.MULTILINE)
    return Counter(name for name in names if name in WRITING)


def points(counts, number, seed=0):
    """Choose calls at which to kill: the last six of each kind, and others anywhere."""
    every = [(name, n + 1) for name, count in counts.items() for n in range(count)]
    last = [(name, n) for name, n in every if n > counts[name] - 6]
    drawn = random.Random(seed)
    others = drawn.sample(every, min(len(every), number))
    return (last + others)[: max(number, len(last))]


def killed(point, arguments, program=_PROGRAM):
    """Run a program, and kill it at a call; whether it was killed."""
    name, number = point
    inject = f"inject={name}:signal=SIGKILL:when={number}"
    done = _strace(["-f", "-e", f"trace={name}", "-e", inject], arguments, program)
    return done.returncode in (-9, 137)


def _strace(options, arguments, program):
    command = ["strace", *options, sys.executable, str(program), *map(str, arguments)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=120
    )
