"""What JupyterLab asks a document's kernel to show.

The request travels in the metadata of the message that runs the code, as data:
no path ever becomes part of code.
"""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from IPython import get_ipython

from usid_lab.errors import MissingFileError, RefusedError

KEY = "usid_lab"


@dataclass(frozen=True, slots=True)
class ShowRequest:
    """A file to show, as the browser names it.

    Attributes
    ----------
    path : str
        Path below the server's folder, with forward slashes.
    root : str
        The server's folder; may begin with ``~``.
    view : dict or None
        The view in which the file was left.
    """

    path: str
    root: str
    view: dict[str, object] | None = None

    @classmethod
    def received(cls) -> ShowRequest:
        """Return the request in the message that the kernel is serving.

        Raises
        ------
        RefusedError
            If the message carries none.
        """
        metadata = get_ipython().kernel.get_parent("shell").get("metadata", {})
        return cls.parsed(metadata.get(KEY))

    @classmethod
    def parsed(cls, data: object) -> ShowRequest:
        """Return the request in `data`, which may be anything.

        Parameters
        ----------
        data : object
            JSON, as the browser sent it.
        """
        fields = data if isinstance(data, Mapping) else {}
        path, root, view = (fields.get(key) for key in ("path", "root", "view"))
        if not isinstance(path, str) or not isinstance(root, str):
            raise RefusedError(
                "JupyterLab did not say which file to show. Load the page again.",
                "the message has no path in its metadata",
            )
        return cls(path, root, view if isinstance(view, dict) else None)

    def file(self) -> Path:
        """Return where the file lies for this kernel.

        Links are followed, as Jupyter's own file browser does; `..` is not.

        Raises
        ------
        MissingFileError
            If the server does not keep its files in a folder.
        RefusedError
            If the path leads out of the server's folder.
        """
        if not self.root:
            raise MissingFileError(
                "The kernel cannot find this file: the Jupyter server does not "
                "say in which folder it keeps its files.",
                f"no server root for {self.path!r}",
            )
        root = Path(os.path.normpath(Path(self.root).expanduser()))
        target = Path(os.path.normpath(root / self.path.lstrip("/")))
        if not target.is_relative_to(root):
            raise RefusedError(
                "This file lies outside the folder that Jupyter shows.",
                f"{target} is not below {root}",
            )
        return target
