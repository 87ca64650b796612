"""What a TIFF says of the size of its pixels, where it can be trusted.

The resolution of TIFF, PNG and JPEG is made for printers: most programs write 72 or
96 dots an inch, whatever the image shows. ImageJ says in words which unit its
resolution has, so that one is believed.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

_DESCRIPTION, _X_RESOLUTION, _Y_RESOLUTION = 270, 282, 283
# As ImageJ writes them; it escapes what is not ASCII.
_LENGTHS = {
    "pm": "pm", "nm": "nm", "mm": "mm", "cm": "cm", "m": "m", "um": "um",
    "micron": "um", "microns": "um", "micrometer": "um", "\\u00b5m": "um",
    "\N{MICRO SIGN}m": "um", "\N{GREEK SMALL LETTER MU}m": "um", "nanometer": "nm",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Calibration:
    """Size of a pixel along Y and X, in `units`."""

    y: float
    x: float
    units: str


def imagej_calibration(tags: Mapping[int, object]) -> Calibration | None:
    r"""Return the size of a pixel that ImageJ has written.

    Parameters
    ----------
    tags : mapping of int to value
        TIFF tags of the first page. [1]_

    Returns
    -------
    Calibration or None
        None unless ImageJ names a unit of length and gives both resolutions.

    References
    ----------
    .. [1] TIFF 6.0, tags 270, 282, 283; ImageJ, ``ij.io.TiffEncoder``.

    Examples
    --------
    >>> imagej_calibration({270: "ImageJ=1.54\nunit=nm\n", 282: 4.0, 283: 4.0})
    Calibration(y=0.25, x=0.25, units='nm')
    >>> imagej_calibration({282: 72.0, 283: 72.0, 296: 2}) is None
    True
    """
    description = str(tags.get(_DESCRIPTION, ""))
    said = re.search(r"^unit=(.+?)\s*$", description, re.MULTILINE)
    if not description.startswith("ImageJ=") or said is None:
        return None
    units = _LENGTHS.get(said[1])
    y, x = (_pixel(tags.get(tag)) for tag in (_Y_RESOLUTION, _X_RESOLUTION))
    return Calibration(y, x, units) if units and y and x else None


def _pixel(resolution: object) -> float | None:
    try:
        per_unit = float(resolution)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return 1 / per_unit if per_unit > 0 and math.isfinite(per_unit) else None
