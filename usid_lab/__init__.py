"""Visual, fast and safe exploration of USID microscopy data.

>>> import usid_lab as ul
>>> callable(ul.open), callable(ul.create)
(True, True)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usid_lab import analysis, errors, samples, translators
    from usid_lab.dataset import PlainArray, USIDataset
    from usid_lab.file import USIDFile, create, open  # noqa: A004
    from usid_lab.model.dimension import Dimension, Mode
    from usid_lab.model.region import Ellipse, Line, Polygon, Rectangle
    from usid_lab.processing import Output, Process, process
    from usid_lab.translators import translate

    __version__: str

__all__ = [
    "Dimension",
    "Ellipse",
    "Line",
    "Mode",
    "Output",
    "PlainArray",
    "Polygon",
    "Process",
    "Rectangle",
    "USIDFile",
    "USIDataset",
    "__version__",
    "analysis",
    "create",
    "errors",
    "open",
    "process",
    "samples",
    "translate",
    "translators",
]

# Nothing is imported before it is asked for: opening a file must not wait for
# what only figures or viewers need.
_HOMES = {
    "Dimension": "usid_lab.model.dimension",
    "Ellipse": "usid_lab.model.region",
    "Line": "usid_lab.model.region",
    "Mode": "usid_lab.model.dimension",
    "Output": "usid_lab.processing",
    "PlainArray": "usid_lab.dataset",
    "Polygon": "usid_lab.model.region",
    "Process": "usid_lab.processing",
    "Rectangle": "usid_lab.model.region",
    "USIDFile": "usid_lab.file",
    "USIDataset": "usid_lab.dataset",
    "create": "usid_lab.file",
    "open": "usid_lab.file",
    "process": "usid_lab.processing",
    "translate": "usid_lab.translators",
}
_MODULES = ("analysis", "errors", "samples", "translators")


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"usid_lab.{name}")
    if name == "__version__":
        from usid_lab.storage.bookkeeping import lab_version

        return lab_version()
    if name not in _HOMES:
        raise AttributeError(f"module 'usid_lab' has no attribute '{name}'")
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
