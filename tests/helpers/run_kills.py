"""Runs that are killed or refused at a given call of the system, by strace."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import h5py
import killed_peaks

import usid_lab as ul
from usid_lab.errors import InterruptedSaveError
from usid_lab.model.conformance import TABLES
from usid_lab.storage import release
from usid_lab.storage.commit.recovering import recover

CALLS = [
    *("write", "pwrite64", "fsync", "ftruncate", "sendfile", "copy_file_range"),
    *("rename", "link", "unlink", "unlinkat", "mkdir", "rmdir"),
]
HAS_STRACE = shutil.which("strace") is not None
_PROGRAM = Path(killed_peaks.__file__)
_QUIET = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def traced(options, scan, way):
    """Run the program under strace."""
    command = ["strace", "-f", "-qq", *options, sys.executable, _PROGRAM, scan, way]
    return subprocess.run(
        list(map(str, command)),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env=_QUIET,
    )


def calls_of(scan, way, log):
    """How often the thread of a run makes each call."""
    done = traced(["-o", log, "-e", f"trace={','.join(CALLS)}"], scan, way)
    assert done.returncode == 0, done.stderr
    by_thread = {}
    for line in Path(log).read_text().splitlines():
        thread, _, rest = line.partition(" ")
        name = rest.strip().partition("(")[0]
        if name in CALLS:
            by_thread.setdefault(thread, Counter())[name] += 1
    return max(by_thread.values(), key=Counter.total)


def points(counts, number, seed=0):
    """Choose calls: some anywhere, and the last ones of each kind."""
    every = [(name, n + 1) for name, count in counts.items() for n in range(count)]
    last = [(name, n) for name, n in every if n > counts[name] - 2]
    rest = sorted(set(every) - set(last))
    drawn = random.Random(seed)
    count = min(len(rest), max(0, number - len(last)))
    chosen = last + drawn.sample(rest, count)
    drawn.shuffle(chosen)
    return chosen[:number]


def killed(point, scan, way):
    """Run the program, and kill it at a call; whether it was."""
    name, number = point
    inject = f"inject={name}:signal=SIGKILL:when={number}"
    options = ["-e", f"trace={name}", "-e", inject]
    return traced(options, scan, way).returncode in (-9, 137)


def refused(point, error, scan, way):
    """Run the program, and let a call fail; returns its exit status."""
    name, number = point
    inject = f"inject={name}:error={error}:when={number}"
    return traced(["-e", f"trace={name}", "-e", inject], scan, way).returncode


def raw_digest(scan):
    """Digest of the raw data and its tables, past everything of ours."""
    digest = hashlib.sha256()
    with h5py.File(scan, "r") as file:
        raw = file[killed_peaks.RAW]
        digest.update(raw[()].tobytes())
        for table in TABLES:
            digest.update(file[raw.attrs[table]][()].tobytes())
    return digest.hexdigest()


def opened(scan):
    """Open a file as its user would; tells what it took."""
    try:
        ul.open(scan)
    except InterruptedSaveError:
        release(scan)
        recover(scan)
        ul.open(scan)
        return "recovered"
    finally:
        release(scan)
    return "opened"


def results_of(scan):
    """All results of a file, as bytes, by path."""
    found = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset) and "-Peaks_" in name:
            found[name] = item[()].tobytes()

    with h5py.File(scan, "r") as file:
        file.visititems(take)
    return found


def gone_on_with(scan):
    """Go on with a run in another process than the one that was killed."""
    run = killed_peaks.compute(scan)
    release(scan)
    return run
