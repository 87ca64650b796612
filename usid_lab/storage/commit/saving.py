"""One save into a file: all of it, or nothing."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import h5py

from usid_lab.errors import LockedFileError, UsidError, WriteError
from usid_lab.storage.commit import journal
from usid_lab.storage.commit.appending import Appending
from usid_lab.storage.commit.barrier import Barrier
from usid_lab.storage.commit.copying import Copying
from usid_lab.storage.commit.creating import Creating
from usid_lab.storage.commit.datalock import DataLock
from usid_lab.storage.commit.parts import leftovers
from usid_lab.storage.commit.recovering import settle
from usid_lab.storage.commit.strategy import is_copied
from usid_lab.storage.commit.stream import Stream
from usid_lab.storage.commit.verifying import Survey, difference, survey
from usid_lab.storage.commit.writerlock import WriterLock
from usid_lab.storage.filenames import shown, shown_as
from usid_lab.storage.handles import lease, release, vacant
from usid_lab.storage.links import address
from usid_lab.storage.stamps import Stamp, quick_stamp, stamp_of
from usid_lab.storage.text import plain, safe_name

Ways = Creating | Copying | Appending
Pause = Callable[[float], None]


class Save:
    """A file that is written: a new one, or one to which something is added.

    Parameters
    ----------
    path : Path
        The file, as :func:`usid_lab.storage.paths.resolved` gives it.
    extend : bool, optional
        Add to the file if it exists.
    whole : bool, optional
        Compare all stored values before and after, not only some of each dataset.
    pause : callable, optional
        Told now and then which fraction of the file is copied, where it is, and 1
        while what is new is added and others are waited for. What it raises ends the
        save, and all is as it was.
    """

    def __init__(
        self,
        path: Path,
        *,
        extend: bool = False,
        whole: bool = False,
        pause: Pause | None = None,
    ) -> None:
        self.path = path
        self._pause = pause or (lambda _: None)
        self._extend = extend
        self._whole = whole
        self._held = ExitStack()
        self._way: Ways | None = None
        self._stream: Stream | None = None
        self._file: h5py.File | None = None
        self._stamp: Stamp | None = None
        self._before: Survey = {}

    @property
    def name(self) -> str:
        """Name of the file, fit for messages."""
        return shown(self.path)

    def begin(self) -> tuple[h5py.File, bool]:
        """Open a file for HDF5 to write to, which is not the one of that name yet.

        Returns
        -------
        file : h5py.File
            Open for writing; :meth:`finish` closes it.
        is_new : bool
            Whether it is empty.
        """
        try:
            exists = self._extend and self._locked()
            way = self._entered() if exists else Creating(self.path)
            self._held.callback(way.forget)
            self._stream = way.begin()
            self._way = way
            self._held.enter_context(shown_as(_file_name(self._stream), self.path))
            self._file = self._opened("r+" if exists else "w")
            if exists:
                self._guard(self._file, self._stream)
        except BaseException:
            self.forget()
            raise
        return self._file, not exists

    def check(self, dataset: h5py.Dataset) -> None:
        """Make sure that values may be written into a dataset, and can be.

        Parameters
        ----------
        dataset : h5py.Dataset
            Of the file that is open for writing.

        Raises
        ------
        WriteError
            It was in the file before, or the disk took something not.
        """
        if self._stream is not None and self._stream.fault:
            raise self._failed(self._stream.fault)
        if address(dataset) in self._before:
            name = plain(safe_name(dataset.name or "?"))
            text = f"'{name}' was in '{self.name}' before; what is there stays."
            raise WriteError(text, "results are new datasets")

    def finish(self) -> None:
        """Close the file, look whether all is well, and bring it to its place.

        Raises
        ------
        WriteError
            Something could not be written, or would have damaged what is there;
            nothing was changed.
        LockedFileError
            Another program changed the file meanwhile, or has it open.
        """
        if self._file is None or self._stream is None or self._way is None:
            return
        try:
            self._close(self._file, self._stream)
            self._pause(1.0)
            if self._stamp is not None and quick_stamp(self.path) != self._stamp:
                text = f"'{self.name}' was changed by another program meanwhile."
                raise LockedFileError(f"{text} Try again.", "nothing was written")
            self._way.finish()
        except UsidError:
            raise
        except (OSError, RuntimeError, ValueError) as error:
            raise self._failed(str(error)) from error

    def forget(self) -> None:
        """Let go of everything; what was not finished is gone."""
        if self._file is not None:
            if self._stream is not None:
                self._stream.fault = self._stream.fault or "it was given up"
            self._file.close()
            self._file = None
        self._held.close()

    def _locked(self) -> bool:
        """Whether the file exists, once nobody else writes it."""
        if not self.path.parent.is_dir():
            return False
        lock = WriterLock(self.path)
        lock.acquire(lambda: self._pause(0.0))
        self._held.callback(lock.release)
        return os.path.lexists(self.path)

    def _entered(self) -> Copying | Appending:
        """Choose how to add to a file that is there."""
        stamp_of(self.path)
        if not os.access(self.path, os.W_OK):
            text = f"'{self.name}' is read-only; choose another path."
            raise WriteError(text, str(self.path))
        data = DataLock(self.path)
        self._held.callback(data.close)
        self._check_free()
        data.open()
        self._settle(data)
        self._stamp = stamp_of(self.path)
        if is_copied(self.path):
            return Copying(self.path, data, self._pause)
        return Appending(self.path, data, self._pause)

    def _check_free(self) -> None:
        """Make sure that this program does not write the file by itself."""
        if journal.is_there(self.path):
            return  # not opened before it is in order
        with lease(self.path) as held:
            if held.mode == "r":
                return
        # HDF5 shares a file within a process: what is still to be written to the
        # old one would be lost, and this handle would keep it open for writing.
        release(self.path)
        text = f"'{self.name}' is open for writing in this program; close it first."
        raise LockedFileError(text, str(self.path))

    def _settle(self, data: DataLock) -> None:
        """Complete what a killed program left: whoever writes has the right to."""
        if journal.is_there(self.path):
            with vacant(self.path):
                data.alone()
                settle(self.path, data.descriptor)
            data.close()
            data.open()
        elif leftovers(self.path):
            settle(self.path, data.descriptor)

    def _opened(self, mode: str) -> h5py.File:
        try:
            return h5py.File(self._stream, mode)
        except (OSError, RuntimeError, ValueError) as error:
            text = f"'{self.name}' is damaged; nothing can be added to it."
            raise WriteError(text, str(error)) from error

    def _guard(self, file: h5py.File, stream: Stream) -> None:
        """Remember what is in the file, and let nobody write over it."""
        self._before = survey(file, stream, whole=self._whole)
        if not file.userblock_size:
            stream.check = Barrier(found.extents for found in self._before.values())

    def _close(self, file: h5py.File, stream: Stream) -> None:
        added: Survey = {}
        if self._stamp is not None:
            file.flush()
            added = survey(file, stream, whole=self._whole, besides=self._before)
        file.close()
        if stream.fault:
            raise self._failed(stream.fault)
        if self._stamp is not None:
            self._verify(stream, added)

    def _verify(self, stream: Stream, added: Survey) -> None:
        with h5py.File(stream, "r") as again:
            found = survey(again, stream, whole=self._whole)
        wrong = difference(self._before, found) or difference(added, found)
        if wrong or stream.fault:
            raise self._failed(
                f"{wrong or stream.fault}, as a test before saving found"
            )

    def _failed(self, reason: str) -> WriteError:
        text = f"'{self.name}' could not be written to its end; it is what it was."
        if self._stamp is None:
            text = f"'{self.name}' could not be written to its end; there is none."
        return WriteError(text, reason)


def _file_name(stream: Stream) -> str:
    """Name that h5py has for a file in Python."""
    return repr(stream).encode("ascii", "replace").decode()
