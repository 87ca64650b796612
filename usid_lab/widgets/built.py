"""The browser's half of the viewers, as it was built into the package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from usid_lab.errors import UsidError


class NotBuiltError(UsidError, RuntimeError):
    """The browser's half of the viewer is missing from the installation."""


@cache
def built_file(name: str) -> str:
    """Return a file of the browser's half.

    Parameters
    ----------
    name : str
        Such as ``"workbench.js"``.

    Returns
    -------
    str
        Its text.

    Raises
    ------
    NotBuiltError
        It is not there.
    """
    place = files("usid_lab").joinpath("static", name)
    try:
        return place.read_text(encoding="utf-8")
    except OSError as error:
        raise NotBuiltError(
            "The viewer is missing from this installation of usid_lab; install it "
            "from a wheel, or build it with 'jlpm build' in a clone.",
            f"{place} cannot be read: {error}",
        ) from error
