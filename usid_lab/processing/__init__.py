"""Computing over all positions of a dataset: plan, run, checkpoint, resume.

>>> from usid_lab.processing import Output, Process
>>> Output("Amplitude", "V").dtype
'float32'
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usid_lab.processing.definition import Process
    from usid_lab.processing.executors.parcel import PayloadWarning
    from usid_lab.processing.functionprocess import process
    from usid_lab.processing.outputs import Output
    from usid_lab.processing.progress import Progress
    from usid_lab.processing.run import Run

__all__ = ["Output", "PayloadWarning", "Process", "Progress", "Run", "process"]

_HOMES = {
    "Output": "outputs",
    "PayloadWarning": "executors.parcel",
    "Process": "definition",
    "Progress": "progress",
    "Run": "run",
    "process": "functionprocess",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
