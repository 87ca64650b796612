"""The dimension along which spectra run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usid_lab.errors import ArgumentError, DimensionError
from usid_lab.model.dimension import Side
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    from usid_lab.dataset import USIDataset
    from usid_lab.model.dimension import Dimension


def axis_of(source: USIDataset, name: str | None = None) -> Dimension:
    """Find the dimension along which spectra run.

    Parameters
    ----------
    source : USIDataset
    name : str, optional
        By default it is the only spectroscopic dimension with more than one value.

    Returns
    -------
    Dimension

    Raises
    ------
    DimensionError
        There is no dimension of this name, or there are several and none was named.
    ArgumentError
        Its values depend on other dimensions.
    """
    known = source.dimensions
    named = [d for d in known if d.name == name]
    along = [d for d in known if d.side is Side.SPECTROSCOPIC and d.size > 1]
    found = along if name is None else named
    if len(found) != 1:
        raise DimensionError(_none(source, name), _listed(known))
    if found[0].values.ndim != 1:
        raise ArgumentError(
            f"The values of '{plain(found[0].name)}' depend on other dimensions: "
            "these spectra have no axis in common."
        )
    return found[0]


def _none(source: USIDataset, name: str | None) -> str:
    here = f"'{plain(source.name)}'"
    if name is not None:
        return f"{here} has no dimension '{plain(name)}'."
    return f"Say along which dimension the spectra of {here} run: dim='...'."


def _listed(known: tuple[Dimension, ...]) -> str:
    return f"it has {', '.join(plain(d.name) for d in known)}"
