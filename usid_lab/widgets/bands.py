"""Maps of the mean over a band, made where the values are."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from usid_lab.errors import DamagedDataError
from usid_lab.model.selection import picked_shape, picks
from usid_lab.reading.reducing.wanted import FINITE, Reduction

if TYPE_CHECKING:
    from collections.abc import Callable

    from usid_lab.widgets.forms import Frame
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.subject import Selection, Subject, Watch

FEWEST = 1 << 22  # values; fewer are read as quickly, and perhaps kept
Means = npt.NDArray[np.floating]


def band_means(
    subject: Subject,
    part: Part,
    band: tuple[str, Selection],
    watch: Watch,
    frame: Callable[[Means, int], Frame],
) -> tuple[Means, int] | None:
    """Reduce a band by the reader: only the map itself travels.

    Parameters
    ----------
    subject : Subject
    part : Part
        The component.
    band : str, mapping
        The dim that is averaged, and what is read of every dim.
    watch : Watch
    frame : callable
        Makes a frame of means, NaN where nothing is known yet, and of a count.

    Returns
    -------
    means : ndarray of float64
        Axes in canonical order.
    valid : int
        How many finite numbers stand behind them.
    None
        Where values are few, more than numbers, or some of them damaged: then they
        are to be read.
    """
    if part.kind != "value" or part.period is not None or part.categorical:
        return None
    name, selection = band
    layout = subject.source.layout
    chosen = picks(selection, layout.dims, layout.shape)
    if math.prod(picked_shape(chosen)) < FEWEST:
        return None
    asked = Reduction(FINITE, frozenset({name}), chosen)
    show = watch.shows(lambda found: frame(*_means(found)))
    with suppress(DamagedDataError):  # what can be read will be, with a note
        return _means(subject.reader.reduce(asked, watch.stop, watch.progress, show))
    return None


def _means(found: npt.NDArray[np.generic]) -> tuple[Means, int]:
    both = cast("npt.NDArray[np.void]", found)
    return both["mean"], int(both["count"].sum())
