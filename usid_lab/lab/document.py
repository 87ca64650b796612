"""What a double click runs, in a kernel that belongs to the document."""

from __future__ import annotations

from IPython.display import display

from usid_lab.errors import UsidError
from usid_lab.lab.request import ShowRequest
from usid_lab.widgets import Workbench

FAILURE = "application/vnd.usid-lab.failure+json"


class _Document:
    """The one viewer of a document's kernel."""

    def __init__(self) -> None:
        self._path = ""
        self._workbench: Workbench | None = None

    def prepare(self) -> Workbench:
        """Return the viewer that waits for a file, made now if there is none."""
        if self._workbench is None or self._workbench.comm is None:
            self._workbench, self._path = Workbench(place="tab"), ""
        return self._workbench

    def workbench(self, request: ShowRequest) -> Workbench:
        """Return the viewer of a file: the same one when asked again."""
        path = str(request.file())
        if self._path and path != self._path:
            self.prepare().close()
        known = self.prepare()
        if not self._path:
            known.load(path, request.view)
            self._path = path
        return known


_document = _Document()


def prepare() -> None:
    """Make the viewer while nobody waits: a file's first picture then comes sooner."""
    _document.prepare().get_ready()


def show() -> None:
    """Show the file that JupyterLab names beside the message being served.

    Displays the viewer; a failure is displayed as JSON with `message` and
    `reason`, for the document to show.
    """
    try:
        shown: object = _document.workbench(ShowRequest.received())
        raw = False
    except UsidError as error:
        failure = {"message": error.message, "reason": error.reason}
        shown, raw = {FAILURE: failure, "text/plain": error.message}, True
    display(shown, raw=raw)  # type: ignore[no-untyped-call]
