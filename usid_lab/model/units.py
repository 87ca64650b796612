"""Numbers with units as people read them; the same rules as ``src/model/units.ts``.

One SI prefix for an axis, values rounded to the step of their grid, never
``5e-9 m``. Arbitrary units, counts and composite units stay as they are.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_EXPONENTS = {
    "f": -15,
    "p": -12,
    "n": -9,
    "u": -6,
    "\N{MICRO SIGN}": -6,
    "\N{GREEK SMALL LETTER MU}": -6,
    "m": -3,
    "c": -2,
    "": 0,
    "k": 3,
    "M": 6,
    "G": 9,
    "T": 12,
}
_WRITTEN = dict(
    zip(
        range(-15, 13, 3),
        ["f", "p", "n", "\N{MICRO SIGN}", "m", "", *"kMGT"],
        strict=True,
    )
)
# Nobody says kiloseconds, and no sample is megametres wide.
_LARGEST = {"s": 0, "m": 3}
_PREFIXABLE = re.compile(
    "([fpnum\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}ckMGT]?)(m|V|A|Hz|s)"
)
_LENGTH_WORDS = {
    "meter": 1.0,
    "metre": 1.0,
    "micron": 1e-6,
    "micrometer": 1e-6,
    "micrometre": 1e-6,
    "nanometer": 1e-9,
    "nanometre": 1e-9,
    "picometer": 1e-12,
    "angstrom": 1e-10,
    "\N{ANGSTROM SIGN}": 1e-10,
    "\N{LATIN CAPITAL LETTER A WITH RING ABOVE}": 1e-10,
}
_PLACEHOLDERS = {
    "", "a.u.", "a. u.", "au", "a.u", "arb", "arb.", "arb. units", "arb.u.", "none",
    "unitless", "pixel", "pixels", "px", "index", "points", "point", "n/a", "-", "1",
    "unknown", "unknown units", "units",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scale:
    """``value * factor`` is the number to show, in `units`."""

    factor: float
    units: str


def scale_for(units: str, magnitude: float) -> Scale:
    """Return the SI prefix for an axis.

    Parameters
    ----------
    units : str
        Units as in the file.
    magnitude : float
        Largest absolute value on the axis, in `units`.

    Returns
    -------
    Scale

    Examples
    --------
    >>> scale_for("Hz", 320e3)
    Scale(factor=0.001, units='kHz')
    >>> scale_for("counts", 320e3)
    Scale(factor=1.0, units='counts')
    """
    match = _PREFIXABLE.fullmatch(units.strip())
    if match is None or not math.isfinite(magnitude) or magnitude <= 0:
        return Scale(1.0, units.strip())
    exponent, base = _EXPONENTS[match[1]], match[2]
    wanted = _engineering(magnitude * _ten_to(exponent), base)
    return Scale(_ten_to(exponent - wanted), _WRITTEN[wanted] + base)


def _engineering(magnitude: float, base: str) -> int:
    if magnitude <= 0:
        return -15
    exponent = 3 * math.floor(math.log10(magnitude * (1 + 1e-9)) / 3)
    return min(max(exponent, -15), _LARGEST.get(base, 12))


def _ten_to(exponent: int) -> float:
    return float(f"1e{exponent}")


def length_factor(units: str) -> float | None:
    """Metres in one of `units`, or None if that is no length.

    Examples
    --------
    >>> length_factor("um"), length_factor("V")
    (1e-06, None)
    """
    clean = units.strip()
    match = _PREFIXABLE.fullmatch(clean)
    if match is not None and match[2] == "m":
        return _ten_to(_EXPONENTS[match[1]])
    word = clean.lower()
    return _LENGTH_WORDS.get(clean, _LENGTH_WORDS.get(word.removesuffix("s")))


def is_placeholder(units: str) -> bool:
    """Whether these units say nothing: empty, arbitrary, pixels."""
    return units.strip().lower() in _PLACEHOLDERS


def step_of(values: npt.NDArray[np.float64]) -> float | None:
    """Usual distance between neighbours, or None for less than two values.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Values along an axis; the first 65,536 count.

    Returns
    -------
    float or None
    """
    steps = np.abs(np.diff(values[:65536]))
    steps = steps[np.isfinite(steps) & (steps > 0)]
    return float(np.sort(steps)[steps.size // 2]) if steps.size else None


def largest(values: npt.NDArray[np.float64]) -> float:
    """Largest finite magnitude; 0 if there is none."""
    magnitudes = np.abs(values[np.isfinite(values)])
    return float(magnitudes.max()) if magnitudes.size else 0.0


def format_number(value: float, step: float | None = None) -> str:
    """Return a number, rounded to `step` if there is one, else to four digits.

    Examples
    --------
    >>> format_number(7.8e-16, 2.5), format_number(0.30000001192, 0.1)
    ('0', '0.3')
    """
    if not math.isfinite(value):
        return "no value" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    if not step or not 1e-6 <= step < math.inf or abs(value) >= 1e9:
        negligible = bool(step) and abs(value) < (step or 0) * 1e-6
        return _significant(0.0 if negligible else value)
    return _trimmed(f"{value:.{_decimals(value, step)}f}")


def _decimals(value: float, step: float) -> int:
    fine = max(0, 1 - math.floor(math.log10(step)))
    for decimals in range(min(fine + 1, 20) + 1):
        if abs(round(value, decimals) - value) <= step * 1e-6:
            return decimals
    return min(fine, 20)


def _significant(value: float) -> str:
    magnitude = abs(value)
    if magnitude and not 1e-3 <= magnitude < 1e6:
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{_trimmed(mantissa)}e{int(exponent)}"
    if magnitude >= 1e4 or not magnitude:
        return _trimmed(f"{value:.0f}")
    return _trimmed(f"{value:.{3 - math.floor(math.log10(magnitude))}f}")


def _trimmed(text: str) -> str:
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def quantity_text(value: float, units: str, step: float | None = None) -> str:
    """Return a value by itself with the prefix that suits it.

    Examples
    --------
    >>> quantity_text(7.5, "V", 2.5), quantity_text(5e-9, "m")
    ('7.5 V', '5 nm')
    """
    scale = scale_for(units, max(abs(value), step or 0.0))
    scaled = None if step is None else step * scale.factor
    return f"{format_number(value * scale.factor, scaled)} {scale.units}".strip()
