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

    def workbench(self, request: ShowRequest) -> Workbench:
        """Return the viewer of a file: the same one when asked again."""
        path = str(request.file())
        known = self._workbench
        if known is not None and known.comm is not None and path == self._path:
            return known
        if known is not None:
            known.close()
        self._workbench = Workbench(path, view=request.view, place="tab")
        self._path = path
        return self._workbench


_document = _Document()


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
