"""Computations over Main datasets, by pyUSID's names."""

from usid_lab.pyusid._catalogue import catalogue

_HOMES = {
    "Process": "processing.process",
    "parallel_compute": "processing.parallel",
    # Names of later versions.
    "comp_utils": "processing.comp_utils",
    "process": "processing.process",
}

__all__ = ["Process", "comp_utils", "parallel_compute", "process"]

__getattr__, __dir__ = catalogue(__name__, _HOMES)
