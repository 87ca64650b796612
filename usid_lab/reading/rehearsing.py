"""A little is read while nobody waits: the first read then finds all in place.

What a process does first takes several times as long as the second time: code is
brought in page by page, filters start their threads, HDF5 takes memory for its chunks,
and nobody knows how long a chunk takes. So some values are read in small steps and
thrown away. Only of a file that is in memory: of any other, going to the disk is what
takes the time, and what is read there should be what somebody wants.
"""

import math
from collections.abc import Iterator

import numpy as np

from usid_lab.reading.fetching import Fetcher
from usid_lab.reading.opened import OpenedDataset
from usid_lab.reading.outside import OutsideSource
from usid_lab.reading.planning.pieces import Storage
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes.mapped import TOUCHED, touch
from usid_lab.reading.routes.rawfile import RawFile
from usid_lab.reading.stopping import Stop
from usid_lab.reading.stopwatch import Stopwatch

Runs = list[tuple[Run]]

_STEPS = 16
_NBYTES = 1 << 20  # of the chunks that a step decodes: a few milliseconds
_LARGEST = 4 << 20  # bytes of a chunk, beyond which a step would take too long
_ROWS = 2048  # that a step reads
_CHUNKS = 64  # that a step goes to
_TOUCHED = 4 << 30  # bytes of a mapping, for which the system takes 8 MB
_TOO_LONG = 0.03  # seconds of a step: its bytes are not in memory, or hard to decode
_PROBES = 32  # places of a file that tell whether it is in memory


class Rehearsal:
    """Reads a little of a dataset, step by step.

    Parameters
    ----------
    dataset : OpenedDataset
        The dataset.
    fetcher : Fetcher
        Reads it.
    """

    def __init__(self, dataset: OpenedDataset, fetcher: Fetcher) -> None:
        self._steps = _steps(dataset, fetcher)

    def go_on(self, stop: Stop) -> bool:
        """Do what is left, in steps of a millisecond or a few.

        Parameters
        ----------
        stop : callable
            Asked between two steps; true ends it for now.

        Returns
        -------
        bool
            Whether nothing is left.
        """
        return not any(stop() for _ in self._steps)


def _steps(dataset: OpenedDataset, fetcher: Fetcher) -> Iterator[None]:
    with dataset.lent() as file:
        source = dataset.source(file)
        raw = RawFile.of(file)
        if isinstance(source, OutsideSource) or raw is None or not _is_warm(raw):
            return
    for runs in samples(source.storage):
        watch = Stopwatch()
        fetcher.rehearse(runs)
        if watch.seconds > _TOO_LONG:
            return
        yield
    for start in range(0, _TOUCHED, TOUCHED):
        with dataset.lent() as file:
            raw = RawFile.of(file)
            if raw is None or not touch(raw, start):
                return
        yield


def _is_warm(raw: RawFile) -> bool:
    """Whether the whole file is in memory, as some places of it tell."""
    last = max(0, raw.state[2] - 1)
    return raw.is_warm(np.linspace(0, last, _PROBES).astype(np.int64), _PROBES)


def samples(storage: Storage) -> Iterator[Runs]:
    """Give some hyperslabs of a dataset that together are a part of a map of it.

    Parameters
    ----------
    storage : Storage
        How it lies in its file.

    Yields
    ------
    list of (Run,)
        For each axis: of the first one some entries, of the others the middle.
    """
    step = _rows(storage)
    if not step or 0 in storage.shape:
        return
    inner = [(Run(size // 2, 1, 1, 1),) for size in storage.shape[1:]]
    rows = storage.shape[0]
    for start in range(0, min(rows, _STEPS * step), step):
        yield [(Run(start, 1, 1, min(step, rows - start)),), *inner]


def _rows(storage: Storage) -> int:
    """Rows of a step; none where the smallest one would take too long."""
    if not storage.shape or storage.elsewhere:
        return 0
    if storage.chunk is None:
        return _ROWS if storage.placed else 0
    nbytes = math.prod(storage.chunk) * storage.itemsize
    if nbytes > _LARGEST and storage.decoded:
        return 0
    chunks = max(1, min(_CHUNKS, _NBYTES // nbytes))
    return min(_ROWS, storage.chunk[0] * chunks)
