"""matplotlib, imported when a figure is asked for."""

from typing import TYPE_CHECKING

from usid_lab.errors import MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType


def matplotlib() -> "ModuleType":
    """Import matplotlib.

    Returns
    -------
    module
        Without pyplot: no figure and no window is made.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        import matplotlib as found
    except ImportError as error:
        text = "Figures need matplotlib: install it with  pip install 'usid-lab[plot]'"
        raise MissingExtraError(text, str(error)) from error
    return found
