"""Viewers for the kernel.

Nothing is imported before it is asked for: describing a dataset needs no widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usid_lab.widgets.workbench import Workbench

__all__ = ["Workbench"]


def __getattr__(name: str) -> object:
    if name != "Workbench":
        raise AttributeError(f"module 'usid_lab.widgets' has no attribute {name!r}")
    from usid_lab.widgets.workbench import Workbench

    return Workbench
