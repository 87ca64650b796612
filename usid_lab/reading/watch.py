"""Who waits for a read: asked whether to go on, told how far it is, shown what came."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from usid_lab.reading.damage import BadChunk, Damage
from usid_lab.reading.planning.arranging import blank, gap_dtype
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.stopping import Progress, Stop, Stopped

Array = NDArray[np.generic]
Offer = Callable[[Callable[[], Array]], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who waits for a read, and what they want to hear of it.

    Attributes
    ----------
    path : str
        HDF5 path of the dataset.
    stop : callable, optional
        Asked before every piece; true ends the read.
    progress : callable, optional
        Told the fraction that is read, after every piece.
    damage : Damage, optional
        Takes note of bad chunks; without it they are an error.
    show : callable, optional
        Offered what makes the array so far, after every piece.
    """

    path: str
    stop: Stop | None = None
    progress: Progress | None = None
    damage: Damage | None = None
    show: Offer | None = None

    def go_on(self) -> None:
        """Raise :class:`Stopped` if nobody waits any more."""
        if self.stop is not None and self.stop():
            raise Stopped(self.path)

    def tell(self, fraction: float) -> None:
        """Report how much is read."""
        if self.progress is not None:
            self.progress(fraction)

    def offer(self, make: Callable[[], Array]) -> None:
        """Offer the array so far."""
        if self.show is not None:
            self.show(make)

    def through(self, change: Callable[[Array], Array]) -> "Watch":
        """Return who watches the same read, where more is read than was asked for.

        Parameters
        ----------
        change : callable
            Makes what was asked for of what is read.
        """
        show = self.show
        if show is None:
            return self
        return replace(self, show=lambda make: show(lambda: change(make())))


def so_far(buffer: Array, read: Sequence[Box], bad: Sequence[BadChunk] = ()) -> Array:
    """Copy what was read into a buffer; all else is NaN.

    Parameters
    ----------
    buffer : ndarray
        Whatever it holds elsewhere is not looked at.
    read : sequence of Box
        What was read.
    bad : sequence of BadChunk, optional
        What of that is lost.

    Returns
    -------
    ndarray
        Of a type that has NaN: integers become float64.
    """
    found = np.empty(buffer.shape, gap_dtype(buffer.dtype))
    blank(found, ())
    for box in read:
        place = box.place if box.runs else ()
        found[place] = buffer[place]
        for chunk in bad:
            blank(found, chunk.within(box))
    return found
