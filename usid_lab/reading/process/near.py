"""What the kernel reads itself: to ask the reader process would take longer."""

from collections.abc import Mapping

from usid_lab.model.selection import Indexer
from usid_lab.reading.brief import Brief
from usid_lab.reading.reader import Reader
from usid_lab.storage.stamps import quick_stamp

_FEW = 256  # places that are read in the time in which a process wakes up
_LONG = 2 << 10  # bytes from a place, from where on a mapping gains nothing


class Near:
    """A dataset whose bytes the kernel may read at their places in the file.

    That can neither crash nor hang it, whatever the file holds: HDF5 has no part in it.
    All that HDF5 reads, and all that a mapping gathers, is left to the process.

    Parameters
    ----------
    brief : Brief
        What is read.
    """

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._reader = None if brief.is_chunked else brief.reader()

    def reader(self, selection: Mapping[str, Indexer]) -> Reader | None:
        """Return what reads a selection here, if that is the shorter way.

        Parameters
        ----------
        selection : mapping of str to int, slice or 1-D int array
            As for :meth:`usid_lab.reading.Reader.read`.

        Returns
        -------
        Reader or None
            None where the process should read.
        """
        # The kernel opened the file to describe it, and outlived that; of another
        # state nothing is known.
        if self._reader is None or quick_stamp(self._brief.file) != self._brief.stamp:
            return None
        found = self._reader.stretches(selection)
        if found is None:
            self._reader = None
            return None
        return self._reader if is_near(*found) else None


def is_near(nbytes: int, places: int) -> bool:
    """Whether values are read here as quickly as in a process that maps the file.

    That takes two wakings to ask, and two more copies of all values: nothing beside
    many small stretches, which a mapping gathers without a call for each.

    Parameters
    ----------
    nbytes, places : int
        Of the values, and in how many places of the file they lie.
    """
    return places <= _FEW or nbytes >= places * _LONG
