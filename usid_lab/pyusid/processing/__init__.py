"""Computations over Main datasets, by pyUSID's names.

``Process`` and ``parallel_compute`` come with usid_lab's own processes; until then
they are not here.
"""

from usid_lab.pyusid._catalogue import catalogue

__all__: list[str] = []

__getattr__, __dir__ = catalogue(__name__, {})
