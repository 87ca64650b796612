"""Whether a run was made before, to its end."""

from contextlib import suppress
from pathlib import Path

from usid_lab.dataset import USIDataset
from usid_lab.errors import LockedFileError, WriteError
from usid_lab.processing.ledger import places
from usid_lab.processing.ledger.record import RunRecord
from usid_lab.storage.commit.destination import side_files
from usid_lab.storage.commit.pending import pending
from usid_lab.storage.commit.recovering import recover
from usid_lab.storage.finishedruns import finished_run


def finished(record: RunRecord, path: Path | None = None) -> list[USIDataset] | None:
    """Find the results of an identical run that was recorded.

    What is left of that run beside the file is cleared away: it was interrupted
    after its results had entered the file. A save that stopped while they did is
    completed.

    Parameters
    ----------
    record : RunRecord
        The run: same tool, version and parameters, over the same values.
    path : Path, optional
        A file to look into first, resolved.

    Returns
    -------
    list of USIDataset or None
        In the order of the outputs; None if there are none that are complete.
    """
    source = record.sources[0]
    parent = source.path.rpartition("/")[0] or "/"
    types = {output.name: output.dtype for output in record.outputs}
    given = [] if path is None else [path]
    for file in (*given, source.file, *side_files(source.file)):
        _complete(file)
        found = finished_run(file, parent, record.run_id, types)
        if found:
            _clear(record)
            return [USIDataset(file, one) for one in found]
    return None


def _complete(file: Path) -> None:
    """Complete a save that was interrupted, of this run most likely."""
    if pending(file) is not None:
        with suppress(LockedFileError, WriteError):
            recover(file)


def _clear(record: RunRecord) -> None:
    for folder in places.existing(record):
        places.remove_if_free(folder)
    places.empty_trash(record)
