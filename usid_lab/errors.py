"""Everything that usid_lab raises on purpose.

.. code-block:: text

    UsidError                       .message: a sentence; .reason: the technical detail
    ├── FileError (OSError)         the file itself
    │   ├── MissingFileError        (FileNotFoundError)  it is not there
    │   ├── UnreadableFileError     (PermissionError)  this user may not read it
    │   ├── NotHDF5Error            another kind of file, or a damaged header
    │   ├── EmptyFileError          0 bytes
    │   ├── TruncatedFileError      its end is missing
    │   ├── LockedFileError         a program is writing it
    │   ├── SpecialFileError        a folder, a pipe, a device
    │   ├── InterruptedSaveError    a save into it stopped halfway
    │   ├── ChangedFileError        it is not what it was when it was opened
    │   └── DamagedDataError        values that cannot be decoded
    │       └── MissingFilterError  values compressed in a way that is unknown here
    ├── RefusedError (PermissionError)  an object that reaches outside its file
    ├── NotMainError (ValueError)   not a Main dataset; .faults says why
    ├── LayoutError (ValueError)    shapes and index tables that do not fit
    ├── ObjectNotFoundError (KeyError)  no such object in the file
    ├── DimensionError (KeyError)   no such dimension in the dataset
    ├── SelectionError (IndexError) an index that the dimension does not have
    │   ├── LabelError (KeyError)   a value that the dimension does not have
    │   └── OutOfRangeError (ValueError)    the same, as pyUSID's people expect it
    ├── ExistsError (FileExistsError)   would overwrite
    │   └── NameTakenError (KeyError)   the name of an object in the file
    ├── ArgumentError (ValueError)  an argument that is not allowed
    ├── ArgumentTypeError (TypeError)   an argument of the wrong type
    ├── WriteError (OSError)        a value that HDF5 cannot hold, a full disk
    │   └── ReadOnlyError (ValueError)  a file that is open for reading only
    ├── TranslationError (ValueError)   a source that cannot be made into a USID file
    ├── ProcessError (RuntimeError)     a function, or a worker, failed while computing
    │   ├── OutputError (ValueError)    a function returned what was not declared
    │   └── WorkerError             a process that computed was ended
    ├── MissingExtraError (ImportError) an optional package that is not installed
    └── ViewError (ValueError)      a state that no viewer can show
        └── CrowdedError (NotImplementedError)  more dimensions than a figure takes
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")  # gravest first


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason why an object of a file is not quite what USID asks for.

    Attributes
    ----------
    rule : str
        The rule that is broken, by the section of the data format that states it.
    text : str
        A sentence for people.
    severity : {"error", "warning", "note"}
        An error forbids to use the object for what it was meant to be; a warning
        breaks a rule and does no harm here; a note is worth knowing.
    where : str
        HDF5 path of the object; '' where the reader knows it.
    """

    rule: str
    text: str
    severity: Severity = "error"
    where: str = ""


class UsidError(Exception):
    """Base of all errors of usid_lab.

    Parameters
    ----------
    message : str
        One sentence that a microscopist understands.
    reason : str, optional
        The technical detail.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason

    def __str__(self) -> str:
        # KeyError would show the repr, OSError a missing errno.
        return f"{self.message} ({self.reason})" if self.reason else self.message


class FileError(UsidError, OSError):
    """The file cannot be used."""


class MissingFileError(FileError, FileNotFoundError):
    """There is no such file."""


class UnreadableFileError(FileError, PermissionError):
    """The user may not read the file."""


class NotHDF5Error(FileError):
    """The file is of another kind, or its header is damaged."""


class EmptyFileError(FileError):
    """The file has 0 bytes."""


class TruncatedFileError(FileError):
    """The end of the file is missing."""


class LockedFileError(FileError):
    """Another program is writing the file."""


class SpecialFileError(FileError):
    """A folder, pipe, socket or device stands where a file was expected."""


class InterruptedSaveError(FileError):
    """A save into the file stopped halfway, and is to be completed or discarded."""


class ChangedFileError(FileError):
    """The file was written, replaced or cut short since it was opened."""


class DamagedDataError(FileError):
    """Stored values cannot be decoded."""


class MissingFilterError(DamagedDataError):
    """Stored values are compressed in a way that is unknown here."""


class RefusedError(UsidError, PermissionError):
    """The object reaches outside its file, or asks for far too much memory."""


class NotMainError(UsidError, ValueError):
    """The dataset is not a Main dataset.

    Parameters
    ----------
    message : str
        One sentence.
    faults : tuple of Fault
        Every broken rule.
    """

    def __init__(self, message: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(message, " ".join(fault.text for fault in faults))
        self.faults = faults


class LayoutError(UsidError, ValueError):
    """Shapes, sizes or index tables do not fit together."""


class ObjectNotFoundError(UsidError, KeyError):
    """The file has no object of that path."""


class DimensionError(UsidError, KeyError):
    """The dataset has no dimension of that name."""


class SelectionError(UsidError, IndexError):
    """The selection asks for what the dimension does not have."""


class LabelError(SelectionError, KeyError):
    """The dimension has no such value."""


class OutOfRangeError(SelectionError, ValueError):
    """The selection asks for what the dimension does not have: pyUSID's kind."""


class ExistsError(UsidError, FileExistsError):
    """The file exists already and is not overwritten."""


class NameTakenError(ExistsError, KeyError):
    """The file has an object of that name already."""


class ArgumentError(UsidError, ValueError):
    """An argument has a value that is not allowed."""


class ArgumentTypeError(UsidError, TypeError):
    """An argument is of a type that is not taken here."""


class WriteError(UsidError, OSError):
    """Something could not be written."""


class ReadOnlyError(WriteError, ValueError):
    """The file is open for reading only."""


class TranslationError(UsidError, ValueError):
    """The source holds nothing that can be made into a USID file."""


class ProcessError(UsidError, RuntimeError):
    """Computing over the positions of a dataset failed."""


class OutputError(ProcessError, ValueError):
    """A function returned other values than its process declares."""


class WorkerError(ProcessError):
    """A process that computed was ended from outside, or ran out of memory."""


class MissingExtraError(UsidError, ImportError):
    """An optional package is not installed."""


class ViewError(UsidError, ValueError):
    """No viewer can show such a state."""


class CrowdedError(ViewError, NotImplementedError):
    """More dimensions are left than a figure has room for: pyUSID's kind."""


@contextmanager
def placing(where: str, *kinds: type[UsidError]) -> Iterator[None]:
    """Say in errors what they are about, where they do not say it themselves.

    Parameters
    ----------
    where : str
        File and HDF5 path, added to the reason.
    *kinds : type of UsidError, optional
        Only in these; in all where none is given.
    """
    try:
        yield
    except UsidError as error:
        if isinstance(error, kinds or UsidError) and where not in str(error):
            error.reason = "; ".join(filter(None, (error.reason, where)))
        raise
