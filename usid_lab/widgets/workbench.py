"""The workbench: the viewer of a file, in a tab or in a notebook's cell."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import anywidget
import traitlets

from usid_lab.errors import UsidError
from usid_lab.file import USIDFile
from usid_lab.file import open as open_file
from usid_lab.model.view import ViewState
from usid_lab.widgets.requests import parse_saved
from usid_lab.widgets.session import Session
from usid_lab.widgets.viewer import Start, Viewer

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from usid_lab.widgets.encoding import Json


class NotBuiltError(UsidError, RuntimeError):
    """The browser's half of the viewer is missing from the installation."""


@cache
def _static(name: str) -> str:
    """Return a file of the browser's half."""
    place = files("usid_lab").joinpath("static", name)
    try:
        return place.read_text(encoding="utf-8")
    except OSError as error:
        raise NotBuiltError(
            "The viewer is missing from this installation of usid_lab; install it "
            "from a wheel, or build it with 'jlpm build' in a clone.",
            f"{place} cannot be read: {error}",
        ) from error


class Workbench(anywidget.AnyWidget):
    """The contents of a USID file: tree, map and spectrum, linked.

    Parameters
    ----------
    source : str, PathLike or USIDFile
        The file. It is opened in the background; what goes wrong is said in the
        viewer, and raised by :attr:`file`.
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
    height = traitlets.Int(520).tag(sync=True)
    place = traitlets.Enum(("notebook", "tab"), "notebook").tag(sync=True)

    def __init__(
        self,
        source: str | os.PathLike[str] | USIDFile,
        *,
        dataset: str | None = None,
        index: Mapping[str, int] | None = None,
        view: ViewState | Mapping[str, object] | None = None,
        place: Literal["notebook", "tab"] = "notebook",
        height: int = 520,
    ) -> None:
        self._esm = _static("workbench.js")
        self._css = _static("workbench.css")
        saved = view if isinstance(view, ViewState) else parse_saved(view)
        self._viewer = Viewer(lambda: _opened(source), Start(dataset, index))
        self._session = Session(self._viewer, self._reply, saved)
        self._session.prepare()
        super().__init__(place=place, height=height)
        self.on_msg(self._receive)

    @property
    def file(self) -> USIDFile:
        """The file that is shown."""
        return self._viewer.file

    @property
    def state(self) -> ViewState | None:
        """What is shown at present; None where the file has nothing to show."""
        if self.view:
            return ViewState.from_json(self.view)
        return self._session.first_view()

    def close(self) -> None:
        """Close the viewer and stop what it reads."""
        self._session.close()
        super().close()

    def _receive(self, _: object, content: object, __: object) -> None:
        self._session.receive(content)

    def _reply(self, content: dict[str, Json], buffers: list[memoryview]) -> None:
        self.send(content, buffers)


def _opened(source: str | os.PathLike[str] | USIDFile) -> USIDFile:
    """Return the file anew, so that a second look sees what has changed."""
    return source if isinstance(source, USIDFile) else open_file(Path(source))
