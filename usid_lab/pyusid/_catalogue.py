"""A package whose names are imported when they are asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module


def catalogue(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Make the ``__getattr__`` and ``__dir__`` of a package.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    homes : mapping of str to str
        The module of each name, below the facade; a name that ends its module's
        path is that module itself.

    Returns
    -------
    getattr, dir : callable
        As a module defines them.
    """

    def find(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        module = import_module(f"usid_lab.pyusid.{homes[name]}")
        is_module = homes[name].rpartition(".")[2] == name
        found: object = module if is_module else getattr(module, name)
        return found

    return find, lambda: sorted(homes)
