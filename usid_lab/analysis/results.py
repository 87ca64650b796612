"""Tables of fits, as they enter a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from usid_lab.processing.outputs import Output

if TYPE_CHECKING:
    import numpy.typing as npt

    from usid_lab.analysis.fitting import Fits

R2 = "R2 Criterion"


def fit_outputs(quantity: str, fields: np.dtype[np.void]) -> dict[str, Output]:
    """Declare guess, fit and status.

    Parameters
    ----------
    quantity : str
        What the tables are.
    fields : dtype
        One field for each parameter, then `R2 Criterion`.

    Returns
    -------
    dict of str to Output
    """
    return {
        "Guess": Output(quantity, "compound", fields),
        "Fit": Output(quantity, "compound", fields),
        "Status": Output("Fit status", "", np.uint8),
    }


def table(fits: Fits, fields: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """Put parameters and R2 side by side.

    Parameters
    ----------
    fits : Fits
    fields : dtype

    Returns
    -------
    ndarray of `fields`, shape (spectra,)
    """
    found = np.empty(len(fits.r2), dtype=fields)
    names = fields.names or ()
    with np.errstate(over="ignore"):  # beyond float32 it is infinite
        for name, values in zip(names, (*fits.parameters, fits.r2), strict=True):
            found[name] = values
    return found
