"""Chunks that the kernel reads itself: to ask the reader process would take longer.

The process tells once where they lie. Their bytes are read at their positions and
inflated by zlib within a bounded memory: whatever the file, or a process that it took
over, may say, that can neither crash nor hang the kernel. Whatever is unusual, and
whatever takes long, is left to the process.
"""

import itertools
import math
import os
import weakref
import zlib
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from usid_lab.model.selection import Indexer
from usid_lab.reading.brief import Brief
from usid_lab.reading.planning.cuts import Cuts
from usid_lab.reading.planning.parts import Part, chosen, parts_of
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.process.telling import Places
from usid_lab.storage.numbers import native
from usid_lab.storage.stamps import as_stamp, quick_stamp

Array = NDArray[np.generic]

_MOST_CHUNKS = 16
_MOST_BYTES = 512 << 10  # of chunks, decoded: a millisecond or two
_fastest: Any = zlib if find_spec("isal") is None else import_module("isal.isal_zlib")
# A pipe that has the file's name by now must not hold the kernel up.
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_BAD_STREAM = (zlib.error, _fastest.error)


class _UnusualError(Exception):
    """The process should read this, and say what is wrong with it."""


class Placed:
    """The chunks of a dataset, at known places.

    Parameters
    ----------
    brief : Brief
        The dataset.
    told : Places
        Where its chunks lie.
    """

    def __init__(self, brief: Brief, told: Places) -> None:
        self._brief = brief
        self._told = told
        self._cuts = Cuts(brief.layout)
        self._dtype = brief.dtype
        self._nbytes = math.prod(told.chunk) * self._dtype.itemsize
        self._descriptor: int | None = None

    def read(self, selection: Mapping[str, Indexer]) -> Array | None:
        """Read a few chunks.

        Parameters
        ----------
        selection : mapping of str to int, slice or 1-D int array
            As for :meth:`usid_lab.reading.Reader.read`.

        Returns
        -------
        ndarray or None
            None where the process should read.
        """
        cut = self._cuts.of(selection)
        box = None if cut is None else cut.box(selection)
        if cut is None or box is None or self._nbytes > _MOST_BYTES:
            return None
        # Counted first: a map may lie in a million chunks.
        count = math.prod(map(_chunks_touched, box.runs, self._told.chunk))
        if count > _MOST_CHUNKS or count * self._nbytes > _MOST_BYTES:
            return None
        parts = list(map(parts_of, box.runs, box.offsets, self._told.chunk))
        values = np.empty(box.shape, native(self._dtype))
        try:
            for each in itertools.product(*parts):
                self._put(each, values)
        except (OSError, _UnusualError):
            return None
        # All of it is of the state of which the places are known.
        if quick_stamp(self._brief.file) != self._brief.stamp:
            return None
        return values.reshape(cut.shape)

    def _put(self, parts: tuple[Part, ...], values: Array) -> None:
        """Read a chunk, and put what is wanted of it into its place."""
        chunk = self._chunk(tuple(part.number for part in parts))
        inside = [part.inside for part in parts]
        values[tuple(part.place for part in parts)] = chosen(chunk, inside)

    def _chunk(self, numbers: tuple[int, ...]) -> Array:
        start, size = self._told.place(numbers)
        if start < 0:
            raise _UnusualError
        content = os.pread(self._opened(), size, start)
        if self._told.is_deflated:
            content = self._inflated(content)
        if len(content) != self._nbytes:
            raise _UnusualError
        if self._told.is_shuffled:
            planes = np.frombuffer(content, np.uint8).reshape(self._dtype.itemsize, -1)
            content = planes.T.tobytes()
        return np.frombuffer(content, self._dtype).reshape(self._told.chunk)

    def _inflated(self, content: bytes) -> bytes:
        stream = _fastest.decompressobj()
        try:
            # One byte more than there may be: enough to notice, too little to harm.
            found = bytes(stream.decompress(content, self._nbytes + 1))
        except _BAD_STREAM as error:
            raise _UnusualError from error
        if not stream.eof:
            raise _UnusualError
        return found

    def _opened(self) -> int:
        """Return a descriptor of the file, whose places are known."""
        if self._descriptor is None:
            # A descriptor of ours alone, without HDF5's lock.
            opened = os.open(self._brief.file, _FLAGS)
            weakref.finalize(self, os.close, opened)
            self._descriptor = opened
        if as_stamp(os.fstat(self._descriptor)) != self._brief.stamp:
            raise _UnusualError
        return self._descriptor


def _chunks_touched(run: Run, length: int) -> int:
    return run.last // length - run.start // length + 1
