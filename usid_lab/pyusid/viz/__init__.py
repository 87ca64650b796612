"""Figures and interactive views, by pyUSID's names."""

from usid_lab.pyusid._catalogue import catalogue

_HOMES = {"plot_utils": "viz.plot_utils", "jupyter_utils": "viz.jupyter_utils"}

__all__ = ["jupyter_utils", "plot_utils"]

__getattr__, __dir__ = catalogue(__name__, _HOMES)
