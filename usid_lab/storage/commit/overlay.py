"""A file that seems to be written, and is not: changes stay beside it."""

import os
from collections.abc import Iterator
from pathlib import Path

from usid_lab.storage.commit import disk
from usid_lab.storage.commit.stream import Stream

PAGE = 4096
MOST_PAGES = (256 << 20) // PAGE


class Overlay(Stream):
    """A data file, and over it what would be written to it.

    What lies beyond the end of the file goes to another file, beside it. Of what lies
    before, whole pages are kept in memory: a few, for new objects are written at the
    end.

    Parameters
    ----------
    path : Path
        What the file is called in messages.
    base : int
        The data file, open for reading; it stays its owner's.
    spill : Path
        A new file, which takes what is appended.
    """

    def __init__(self, path: Path, base: int, spill: Path) -> None:
        self.old_size = os.fstat(base).st_size
        super().__init__(path, self.old_size)
        self.base = base
        self.pages: dict[int, bytearray] = {}
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._spill = os.open(spill, flags, 0o600)

    @property
    def appended(self) -> int:
        """Bytes beyond the end of the data file."""
        return max(0, self.size - self.old_size)

    def tail(self, nbytes: int, offset: int) -> bytes:
        """Read of what is appended, from `offset` after the old end.

        Parameters
        ----------
        nbytes : int
            How many.
        offset : int
            From the end of the data file.

        Returns
        -------
        bytes
            All of them: what was never written is 0.
        """
        nbytes = min(nbytes, self.appended - offset)
        return disk.read_at(self._spill, nbytes, offset).ljust(nbytes, b"\0")

    def pieces(self) -> Iterator[tuple[int, memoryview]]:
        """Read all that is appended, piece by piece.

        Yields
        ------
        place : int
            Where in the data file it goes.
        data : memoryview
            Good until the next one is asked for.
        """
        buffer = memoryview(bytearray(min(disk.PIECE, self.appended)))
        for start in range(0, self.appended, disk.PIECE):
            piece = buffer[: min(disk.PIECE, self.appended - start)]
            count = disk.read_into(self._spill, piece, start)
            piece[count:] = bytes(len(piece) - count)
            yield self.old_size + start, piece

    def read_at(self, nbytes: int, offset: int) -> bytes:
        """Read `nbytes` at `offset`; fewer at the end."""
        stop = min(offset + nbytes, self.size)
        low = self._low(offset, min(stop, self.old_size))
        start = max(offset, self.old_size)
        return low + self.tail(max(0, stop - start), start - self.old_size)

    def put(self, data: memoryview, offset: int) -> None:
        """Write all of `data` at `offset`."""
        border = min(len(data), max(0, self.old_size - offset))
        if border:
            self._change(data[:border], offset)
        if border < len(data):
            start = offset + border - self.old_size
            disk.write_at(self._spill, data[border:], start)

    def cut(self, size: int) -> None:
        """Give the file another length."""
        # What comes back after a cut must be 0 again.
        disk.cut(self._spill, max(0, size - self.old_size))

    def changes(self) -> list[tuple[int, bytes, bytes]]:
        """Tell what becomes of the data file before its old end.

        Returns
        -------
        list of (int, bytes, bytes)
            Where, what is there, what is to be there.
        """
        found = []
        for number, page in sorted(self.pages.items()):
            before = disk.read_at(self.base, len(page), number * PAGE)
            if before != page:
                found.append((number * PAGE, before, bytes(page)))
        return found

    def close(self) -> None:
        """Let go of what was appended."""
        if self._spill >= 0:
            os.close(self._spill)
            self._spill = -1

    def _low(self, start: int, stop: int) -> bytes:
        """Read before the old end."""
        if stop <= start:
            return b""
        data = disk.read_at(self.base, stop - start, start).ljust(stop - start, b"\0")
        numbers = range(start // PAGE, (stop - 1) // PAGE + 1)
        if self.pages.keys().isdisjoint(numbers):
            return data
        changed = bytearray(data)
        for number in numbers:
            if page := self.pages.get(number):
                first = max(start, number * PAGE)
                last = min(stop, number * PAGE + len(page))
                there = slice(first - number * PAGE, last - number * PAGE)
                changed[first - start : last - start] = page[there]
        return bytes(changed)

    def _change(self, data: memoryview, offset: int) -> None:
        """Write before the old end."""
        while data:
            number, within = divmod(offset, PAGE)
            page = self._page(number)
            length = min(len(data), len(page) - within)
            page[within : within + length] = data[:length]
            data, offset = data[length:], offset + length

    def _page(self, number: int) -> bytearray:
        if number not in self.pages:
            if len(self.pages) >= MOST_PAGES:
                raise OSError("too much of what is in the file would change")
            length = min(PAGE, self.old_size - number * PAGE)
            page = disk.read_at(self.base, length, number * PAGE)
            self.pages[number] = bytearray(page.ljust(length, b"\0"))
        return self.pages[number]
