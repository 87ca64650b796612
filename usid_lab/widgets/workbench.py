"""The workbench: the viewer of a file, in a tab or in a notebook's cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import anywidget
import traitlets

from usid_lab.errors import ViewError
from usid_lab.file import USIDFile
from usid_lab.file import open as open_file
from usid_lab.model.view import ViewState
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.widgets.beginning import Start
from usid_lab.widgets.built import built_file
from usid_lab.widgets.requests import parse_saved
from usid_lab.widgets.session import Session
from usid_lab.widgets.viewer import Viewer

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from usid_lab.widgets.encoding import Json


class Workbench(anywidget.AnyWidget):
    """The contents of a USID file: tree, map and spectrum, linked.

    Parameters
    ----------
    source : str, PathLike or USIDFile, optional
        The file. It is opened in the background; what goes wrong is said in the
        viewer, and raised by :attr:`file`. Without one the viewer waits for
        :meth:`load`.
    dataset : str, optional
        HDF5 path of the dataset to open with.
    index : mapping of str to int, optional
        Indices of some of its dimensions.
    view : ViewState or mapping, optional
        A whole view to open with, or its JSON; forgotten where it does not fit.
    place : {"notebook", "tab"}
        Where it is shown.
    height : int
        Pixels, in a notebook.
    """

    view = traitlets.Dict().tag(sync=True)
    path = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Int(520).tag(sync=True)
    place = traitlets.Enum(("notebook", "tab"), "notebook").tag(sync=True)

    def __init__(
        self,
        source: str | os.PathLike[str] | USIDFile | None = None,
        *,
        dataset: str | None = None,
        index: Mapping[str, int] | None = None,
        view: ViewState | Mapping[str, object] | None = None,
        place: Literal["notebook", "tab"] = "notebook",
        height: int = 520,
    ) -> None:
        self._esm = built_file("workbench.js")
        self._css = built_file("workbench.css")
        self._session: Session | None = None
        self._process = ReaderProcess()
        if source is not None:
            self._begin(source, Start(dataset, index), view)
        super().__init__(place=place, height=height)
        if source is not None:
            self.path = _name(source)
        self.on_msg(self._receive)

    def load(
        self,
        source: str | os.PathLike[str] | USIDFile,
        view: ViewState | Mapping[str, object] | None = None,
    ) -> None:
        """Show a file in a viewer that was made before it was known which.

        Parameters
        ----------
        source : str, PathLike or USIDFile
            The file.
        view : ViewState or mapping, optional
            A view to open with, or its JSON; forgotten where it does not fit.
        """
        self._begin(source, Start(), view)
        self.path = _name(source)

    def get_ready(self) -> None:
        """Start what reads for the viewer, while nobody waits."""
        self._process.start()

    def _begin(
        self,
        source: str | os.PathLike[str] | USIDFile,
        start: Start,
        view: ViewState | Mapping[str, object] | None,
    ) -> None:
        """Open the file in the background, before the browser asks for it."""
        if self._session is not None:
            self._session.close()
        saved = view if isinstance(view, ViewState) else parse_saved(view)
        viewer = Viewer(lambda: _opened(source), start, self._process)
        self._session = Session(viewer, self._reply, saved)
        self._session.prepare()

    def _talking(self) -> Session:
        if self._session is None:
            raise ViewError("This viewer has no file yet.", "load() was not called")
        return self._session

    @property
    def file(self) -> USIDFile:
        """The file that is shown."""
        return self._talking().viewer.shown.file

    @property
    def state(self) -> ViewState | None:
        """What is shown at present; None where the file has nothing to show."""
        if self.view:
            return ViewState.from_json(self.view)
        return self._talking().first_view()

    def close(self) -> None:
        """Close the viewer and stop what it reads."""
        if self._session is not None:
            self._session.close()
        self._process.close()
        super().close()

    def _receive(self, _: object, content: object, __: object) -> None:
        if self._session is not None:
            self._session.receive(content)

    def _reply(self, content: dict[str, Json], buffers: list[memoryview]) -> None:
        self.send(content, buffers)


def _name(source: str | os.PathLike[str] | USIDFile) -> str:
    return source.name if isinstance(source, USIDFile) else Path(source).name


def _opened(source: str | os.PathLike[str] | USIDFile) -> USIDFile:
    """Return the file anew, so that a second look sees what has changed."""
    return source if isinstance(source, USIDFile) else open_file(Path(source))
