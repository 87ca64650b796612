"""Processes that ship, each in a module of its own.

>>> import usid_lab as ul
>>> sorted(ul.analysis.__all__)
['PeakFinder', 'PixelFitter', 'SHOFit']
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usid_lab.analysis.peakfinder import PeakFinder
    from usid_lab.analysis.pixelfitter import PixelFitter
    from usid_lab.analysis.shofit import SHOFit

__all__ = ["PeakFinder", "PixelFitter", "SHOFit"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{name.lower()}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
