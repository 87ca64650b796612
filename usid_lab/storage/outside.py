"""Other files that a file may reach, where its user permitted that.

HDF5 looks for them in several places, of which the folder in which Python was started
is one. Here they lie beside the file or where an absolute path says; each is found and
looked at before HDF5 goes there, so that it is a regular file, and exists: HDF5 takes
zeros for what is missing, and waits for ever at a pipe.
"""

import os
import stat
from pathlib import Path

import h5py

from usid_lab.errors import (
    ChangedFileError,
    MissingFileError,
    RefusedError,
    SpecialFileError,
)
from usid_lab.storage.openings import check_file, open_read_only
from usid_lab.storage.permission import Permission
from usid_lab.storage.stamps import Stamp, quick_stamp
from usid_lab.storage.text import plain, safe_name

_PREFIXES = ("HDF5_EXT_PREFIX", "HDF5_VDS_PREFIX", "HDF5_EXTFILE_PREFIX")
_known: dict[int, "Outside"] = {}  # by HDF5's number of the open file


class Outside:
    """The other files that one open file reaches; they are closed with it.

    Parameters
    ----------
    file : h5py.File
        Open for reading.
    permission : Permission
        Which files may be reached.
    """

    def __init__(self, file: h5py.File, permission: Permission) -> None:
        self._permission = permission
        self._files: dict[Path, h5py.File] = {}
        self._seen: dict[Path, Stamp | None] = {}
        self._numbers: list[int] = []
        self._register(file)

    def file(self, name: str | bytes, home: h5py.File) -> h5py.File:
        """Open an HDF5 file that another one names.

        Parameters
        ----------
        name : str or bytes
            As stored.
        home : h5py.File
            The file that names it.

        Returns
        -------
        h5py.File
            What it reaches is permitted as for the first one. Never close it.
        """
        path = self._place(name, Path(safe_path(home)).parent)
        if path not in self._files:
            check_file(path)
            self._watch(path)
            self._files[path] = self._register(open_read_only(path))
        return self._files[path]

    def raw_bytes(self, name: str | bytes, prefix: bytes) -> int:
        """Look at a file of raw values.

        Parameters
        ----------
        name : str or bytes
            As stored.
        prefix : bytes
            The folder from which HDF5 goes there.

        Returns
        -------
        int
            Its length.
        """
        folder = Path(os.fsdecode(prefix)) if prefix else None
        path = self._place(name, folder)
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise SpecialFileError(f"'{_shown(path)}' is not a regular file", str(path))
        self._watch(path)
        return status.st_size

    @property
    def has_changed(self) -> bool:
        """Whether one of the files is not any more what it was."""
        return any(quick_stamp(path) != seen for path, seen in self._seen.items())

    @property
    def state(self) -> tuple[tuple[Path, Stamp | None], ...]:
        """All files that were reached so far, as they were."""
        return tuple(self._seen.items())

    def check(self) -> None:
        """Raise ChangedFileError if one of the files is not what it was."""
        for path, seen in self._seen.items():
            if quick_stamp(path) != seen:
                text = (
                    f"'{_shown(path)}', from which values are taken, was changed or "
                    "removed; read it again."
                )
                raise ChangedFileError(text, str(path))

    def close(self) -> None:
        """Close the files; the first one is its owner's."""
        for number in self._numbers:
            _known.pop(number, None)
        while self._files:
            self._files.popitem()[1].close()

    def _register(self, file: h5py.File) -> h5py.File:
        _known[file.id.id] = self
        self._numbers.append(file.id.id)
        return file

    def _watch(self, path: Path) -> None:
        seen = quick_stamp(path)
        self._seen.setdefault(path, seen)
        self._permission.note(path, seen)

    def _place(self, name: str | bytes, folder: Path | None) -> Path:
        """Find a file that is named in another; it exists, and is permitted."""
        text, shown = os.fsdecode(name), plain(safe_name(name))
        if not Path(text).is_absolute() and (folder is None or _prefixed()):
            reason = "where it lies depends on the folder in which Python was started"
            raise RefusedError(f"it names another file, {shown}, but {reason}")
        path = Path(os.path.realpath(text if folder is None else folder / text))
        if not self._permission.covers(path):
            reason = "which is in no folder that allow_outside names"
            raise RefusedError(f"it takes values from {shown}, {reason}")
        if not path.exists():
            reason = f"the file {shown}, from which it takes values, does not exist"
            raise MissingFileError(reason, str(path))
        return path


def outside_of(found: h5py.HLObject) -> Outside | None:
    """Return what an object may reach; None where nothing is permitted.

    Parameters
    ----------
    found : h5py.HLObject
        Of a file that :mod:`usid_lab.storage.handles` lent, or of one that it reaches.

    Returns
    -------
    Outside or None
    """
    if not _known:
        return None
    return _known.get(h5py.h5i.get_file_id(found.id).id)


def reaches_out(dataset: h5py.Dataset, file: h5py.File) -> bool:
    """Whether values of a screened dataset come from another file than `file`."""
    if outside_of(dataset) is None:
        return False
    plist = dataset.id.get_create_plist()
    elsewhere: bool = dataset.file.id.id != file.id.id
    external: bool = plist.get_external_count() > 0
    return elsewhere or external or plist.get_layout() == h5py.h5d.VIRTUAL


def safe_path(file: h5py.File) -> str:
    """Return the path under which a file was opened."""
    return os.path.realpath(str(file.filename))


def _prefixed() -> bool:
    """Whether HDF5 was told to look elsewhere first."""
    return any(os.environ.get(name) for name in _PREFIXES)


def _shown(path: Path) -> str:
    return plain(safe_name(path.name))
