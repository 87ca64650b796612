"""Which datasets are Main datasets."""

import h5py

from usid_lab.errors import Fault, NotMainError
from usid_lab.model.rules import Rule
from usid_lab.storage.mains import faults_of, is_main
from usid_lab.storage.screening import refusal


def check_if_main(h5_main: object, verbose: bool = False) -> bool:
    """Whether an object is a Main dataset.

    Parameters
    ----------
    h5_main : object
        Anything; only an :class:`h5py.Dataset` can be one.
    verbose : bool, optional
        Print what speaks against it.

    Returns
    -------
    bool
        True for a 2-D dataset of numbers with the attributes `quantity` and `units`
        and references to four tables whose shapes fit. Never an error: labels that
        are missing, for which later versions of pyUSID raise a KeyError, do not make
        a dataset unusable. One whose values lie outside of its file is none.
    """
    found = faults_against(h5_main)
    if verbose:
        for fault in found:
            print(fault.text)  # noqa: T201
    return is_main(found)


def require_main(candidate: object, what: str) -> None:
    """Raise a NotMainError, with all reasons, unless an object is a Main dataset."""
    found = faults_against(candidate)
    if not is_main(found):
        raise NotMainError(f"'{what}' is not a Main dataset.", found)


def faults_against(candidate: object) -> tuple[Fault, ...]:
    """Find what speaks against taking an object for a Main dataset.

    Parameters
    ----------
    candidate : object
        Anything.

    Returns
    -------
    tuple of Fault
        Errors forbid it, warnings do not.
    """
    if not isinstance(candidate, h5py.Dataset) or not candidate:
        text = f"It is of type {type(candidate).__name__}, not an open dataset."
        return (Fault(Rule.KIND, text),)
    reason = refusal(candidate)
    if reason:
        return (Fault(Rule.KIND, f"It is not opened: {reason}."),)
    return faults_of(candidate)
