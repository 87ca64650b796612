"""Sample data: nine experiments, simulated with a fixed seed, written as h5USID files.

Each sample has a module of its own that gives its physics and dimensions, a function
``simulate`` that returns the truth as arrays, and a function here that writes the file.

========== ===================================================== =====================
Name       What it is                                            Module
========== ===================================================== =====================
beps       band-excitation polarisation switching, with SHO fits ``switching``
be_line    band-excitation line image                            ``resonance_image``
sts        scanning tunnelling spectroscopy, two sweeps          ``tunnelling``
eels       electron energy-loss spectrum image                   ``core_loss``
stem4d     4D-STEM scan                                          ``diffraction``
force_curve  force curve, approach and retraction                ``force``
pfm        piezoresponse image, four channels                    ``piezoresponse``
sparse     randomly sampled cathodoluminescence                  ``luminescence``
serpentine Raman map scanned to and fro                          ``raman``
========== ===================================================== =====================
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from usid_lab.samples.core_loss import eels
from usid_lab.samples.diffraction import stem4d
from usid_lab.samples.force import force_curve
from usid_lab.samples.luminescence import sparse
from usid_lab.samples.piezoresponse import pfm
from usid_lab.samples.raman import serpentine
from usid_lab.samples.resonance_image import be_line
from usid_lab.samples.switching import beps
from usid_lab.samples.tunnelling import sts

__all__ = [
    "NAMES",
    "be_line",
    "beps",
    "eels",
    "force_curve",
    "pfm",
    "serpentine",
    "sparse",
    "stem4d",
    "sts",
    "write",
]

_WRITERS: dict[str, Callable[[Path, str], Path]] = {
    "beps": beps,
    "be_line": be_line,
    "sts": sts,
    "eels": eels,
    "stem4d": stem4d,
    "force_curve": force_curve,
    "pfm": pfm,
    "sparse": sparse,
    "serpentine": serpentine,
}

NAMES = tuple(_WRITERS)
"""The names of all samples."""


def write(
    folder: str | Path, size: str = "full", only: str | Iterable[str] | None = None
) -> list[Path]:
    """Put the samples into a folder.

    A sample that lies there already is left as it is, whatever its size.

    Parameters
    ----------
    folder : str or Path
        The folder; it is made if need be.
    size : {"full", "small"}
        ``"full"`` makes about 120 MB, ``"small"`` less than 10 MB.
    only : str or iterable of str, optional
        Names of samples (:data:`NAMES`); all of them by default.

    Returns
    -------
    list of Path
        The files, ``<name>.h5``, in the order of the names.

    Raises
    ------
    ValueError
        If a name or the size is unknown.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write(folder, "small", only="force_curve")]
    ['force_curve.h5']
    """
    names = NAMES if only is None else (only,) if isinstance(only, str) else tuple(only)
    unknown = [name for name in names if name not in _WRITERS]
    if unknown:
        raise ValueError(
            f"There is no sample called {unknown[0]!r}. Choose from {', '.join(NAMES)}."
        )
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    return [_put(target / f"{name}.h5", name, size) for name in names]


def _put(path: Path, name: str, size: str) -> Path:
    return path if path.exists() else _WRITERS[name](path, size)
