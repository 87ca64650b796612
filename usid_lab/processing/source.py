"""A dataset that is processed, and whether it still is what it was."""

from dataclasses import dataclass, field
from pathlib import Path

from usid_lab.dataset import USIDataset
from usid_lab.errors import ChangedFileError
from usid_lab.model.layout import Layout
from usid_lab.reading import Reader
from usid_lab.reading.brief import Brief
from usid_lab.storage.handles import lease
from usid_lab.storage.identity import Identity
from usid_lab.storage.mains import find_dataset
from usid_lab.storage.stamps import Stamp, quick_stamp
from usid_lab.storage.text import plain


@dataclass(frozen=True, eq=False)
class Source:
    """A Main dataset as a run takes it: plain data, which travels to workers.

    Attributes
    ----------
    brief : Brief
        What a reader must know of it.
    identity : Identity or None
        What it is known by, whatever else its file holds; None where HDF5 cannot
        tell.
    """

    brief: Brief
    identity: Identity | None
    _stamps: set[Stamp] = field(default_factory=set, repr=False)

    @classmethod
    def of(cls, dataset: USIDataset) -> "Source":
        """Look at a dataset.

        Parameters
        ----------
        dataset : USIDataset
            Its file is there.

        Returns
        -------
        Source
        """
        brief = dataset.brief()
        found = cls(brief, _identity(brief))
        found._stamps.add(brief.stamp)
        return found

    @property
    def file(self) -> Path:
        """The HDF5 file."""
        return self.brief.file

    @property
    def path(self) -> str:
        """HDF5 path of the dataset."""
        return self.brief.path

    @property
    def layout(self) -> Layout:
        """Its N-D form."""
        return self.brief.layout

    def reader(self) -> Reader:
        """Make a reader; each process has its own."""
        return self.brief.reader()

    def check(self) -> None:
        """Make sure that the dataset is the one that the run began with.

        The file may be another one by now: a copy, or one into which results were
        committed. Only then its values are looked at.

        Raises
        ------
        ChangedFileError
            It is gone, or another one.
        """
        stamp = quick_stamp(self.file)
        if stamp in self._stamps:
            return
        where = f"'{plain(self.path)}' of '{plain(self.file.name)}'"
        if stamp is None:
            text = f"{where} is gone. Put the file back and start again: what is done"
            raise ChangedFileError(f"{text} is kept.", str(self.file))
        if self.identity is None or _identity(self.brief) != self.identity:
            text = f"{where} was changed while it was processed. Open the file again"
            raise ChangedFileError(f"{text} and start anew.", str(self.file))
        self._stamps.add(stamp)


def _identity(brief: Brief) -> Identity | None:
    with lease(brief.file) as file:
        dataset = find_dataset(file, brief.path)
        layout = brief.derive(dataset, quick_stamp(brief.file) or brief.stamp)
        return Identity.of(dataset, brief.path, [axis.key for axis in layout.axes])
