"""The blueprint of a translator, and the file that every one of them writes."""

import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from usid_lab.errors import (
    ArgumentError,
    ExistsError,
    MissingFileError,
    SpecialFileError,
    TranslationError,
    UnreadableFileError,
    WriteError,
)
from usid_lab.storage import FileWriter, release
from usid_lab.storage.paths import named, resolved
from usid_lab.storage.text import plain, safe_name

PathLike = str | os.PathLike[str]


class Translator(ABC):
    """Makes h5USID files of what an instrument or another program has written.

    Those who know a format write a subclass with the one method :meth:`translate`.

    Parameters
    ----------
    max_mem_mb : int, optional
        How much memory the values of a source may take, in MB (2**20 bytes).

    Attributes
    ----------
    suffixes : tuple of str
        Endings of the names of files that it reads, in lower case.

    Examples
    --------
    >>> import tempfile
    >>> class Doubled(Translator):
    ...     def translate(self, filepath, path):
    ...         with self.writing(path, source=filepath) as writer:
    ...             writer.main("/Measurement_000/Channel_000", "Raw_Data", [2.0, 4.0],
    ...                         quantity="Current", units="nA",
    ...                         position={"X": ([0, 1], "m")})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Doubled().translate("scan.dat", folder + "/scan.h5")
    """

    suffixes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, max_mem_mb: int = 1024) -> None:
        if not max_mem_mb > 0:
            text = "A translator needs some memory: max_mem_mb is a number above 0."
            raise ArgumentError(text, f"got {max_mem_mb!r}")
        self.max_mem_mb = max_mem_mb

    @abstractmethod
    def translate(self, filepath: PathLike, /, *args: Any, **kwargs: Any) -> Any:
        """Write an h5USID file.

        Parameters
        ----------
        filepath : str or path-like
            What is translated.
        *args, **kwargs : object
            As the subclass says.

        Returns
        -------
        USIDataset
            The Main dataset, ready to be read.
        """

    @contextmanager
    def writing(
        self,
        path: PathLike,
        *,
        source: PathLike | None = None,
        attrs: Mapping[str, object] | None = None,
        overwrite: bool = False,
    ) -> Iterator[FileWriter]:
        """Write a file that says where it comes from; all of it, or nothing.

        Parameters
        ----------
        path : str or path-like
            The file to make.
        source : str or path-like, optional
            What is translated; its name is kept, without its folders.
        attrs : mapping of str to value, optional
            More attributes of the file.
        overwrite : bool, optional
            Take the place of a file that exists. Until the new one is whole, the old
            one stays as it is.

        Yields
        ------
        FileWriter
            For what the file is to hold.
        """
        target = check_place(path, overwrite=overwrite)
        said: dict[str, object] = {"translator": type(self).__name__}
        if source is not None:
            said["source_file"] = safe_name(os.fsencode(Path(source).name))
        # A file that is there keeps its name until the new one is whole.
        taken = target.exists()
        place = target.with_name(f".{secrets.token_hex(8)}.new") if taken else target
        with FileWriter(place) as writer:
            writer.attributes("/", {**said, **(attrs or {})})
            yield writer
        if taken:
            _replace(place, target)


def check_place(path: PathLike, *, overwrite: bool) -> Path:
    """Raise if a file cannot be made, before any work is done for it.

    Parameters
    ----------
    path : str or path-like
        The file to make.
    overwrite : bool
        Whether it may be there already.

    Returns
    -------
    Path
        Where the file will be.
    """
    target = resolved(path)
    name = plain(target.name)
    if target.exists() and not target.is_file():
        text = f"'{name}' is no file, and cannot be replaced by one."
        raise SpecialFileError(text, str(target))
    if target.exists() and not overwrite:
        text = f"'{name}' exists already; choose another path, or say overwrite=True."
        raise ExistsError(text, str(target))
    if not target.parent.is_dir():
        text = f"The folder for '{name}' does not exist."
        raise MissingFileError(text, str(target.parent))
    return target


def checked_source(filepath: PathLike, target: PathLike | None = None) -> Path:
    """Return the path of a source that is there, and is not its own target.

    Parameters
    ----------
    filepath : str or path-like
        What is translated.
    target : str or path-like, optional
        The file to make.

    Returns
    -------
    Path
        Of the source.
    """
    source = named(filepath)
    name = plain(source.name)
    if not source.exists():
        raise MissingFileError(f"There is no file '{name}'.", str(source))
    if not source.is_file():
        raise SpecialFileError(f"'{name}' is a folder or a device.", str(source))
    if not os.access(source, os.R_OK):
        raise UnreadableFileError(f"You may not read '{name}'.", str(source))
    if target is not None and resolved(source) == resolved(target):
        text = f"'{name}' cannot be translated into itself; choose another path."
        raise TranslationError(text, str(source))
    return source


def _replace(new: Path, target: Path) -> None:
    release(target)
    try:
        new.replace(target)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        text = f"'{plain(target.name)}' is in use and could not be replaced."
        raise WriteError(text, str(error)) from error
