"""Whether y points up, as for scans, or down, as for images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEYS = {"translator", "data_type", "instrument", "tool", "data_tool"}
_IMAGE_TRANSLATORS = {"image", "imagetranslator"}
_TRANSMISSION = re.compile(r"(?<![a-z])(s?tem|eels|eds|edx|nion|4d-?stem)(?![a-z])")


def points_up(attributes: Iterable[Mapping[str, object]]) -> bool:
    """Whether y points up, by what the file says of its origin.

    Parameters
    ----------
    attributes : iterable of mapping
        Attributes of the dataset and of the groups that hold it.

    Returns
    -------
    bool

    Examples
    --------
    >>> points_up([{"translator": "ImageTranslator"}]), points_up([{}])
    (False, True)
    """
    for said in attributes:
        words = {key: str(said[key]).strip().lower() for key in KEYS if key in said}
        if words.get("translator") in _IMAGE_TRANSLATORS:
            return False
        if words.get("data_type") == "imagedata":
            return False
        if any(_TRANSMISSION.search(word.replace("_", " ")) for word in words.values()):
            return False
    return True
