"""Maps in time: as many pixels as can be fetched before somebody has to wait."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from usid_lab.reading import Stopped
from usid_lab.reading.stopping import Serving
from usid_lab.widgets.haste import AT_ONCE, IN_MOTION, Haste

if TYPE_CHECKING:
    from collections.abc import Callable

    from usid_lab.reading.stopping import Stop
    from usid_lab.widgets.subject import Watch

T = TypeVar("T")

_FACTORS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_SMOOTH = 128  # pixels of a side that every picture in motion has
_FEWEST = 32  # and that one has for which the disk is waited for
_WORTH = 4  # times as long as it may must a read take to be given up
_ENOUGH = 2  # times that progress was told: the first piece has waited for the file
_HARDLY = 1e-3  # of a read that has told nothing


@dataclass(frozen=True, slots=True)
class Hurry:
    """What there is to choose from for a picture of a map.

    Attributes
    ----------
    haste : Haste
        What is known of such reads.
    side : int
        Pixels of the map's shorter side.
    count : callable
        Tells how many values are fetched with a factor.
    moving : bool
        Whether the hand moves.
    """

    haste: Haste
    side: int
    count: Callable[[int], int]
    moving: bool

    def read(self, read: Callable[[int, Watch], T], watch: Watch) -> T:
        """Read with the factor for which there is time.

        Parameters
        ----------
        read : callable
            Reads with a factor, for who watches.
        watch : Watch

        Returns
        -------
        object
            What `read` gives: for a coarser factor, if it would have taken too long.
        """
        if self.moving:  # half a picture would give way to the one before it
            watch = replace(watch, partial=None)
        factor = self._factor()
        limited = Limited(watch, AT_ONCE)
        try:
            return self._timed(factor, read, limited)
        except Stopped:
            if not limited.is_over:
                raise
        coarser = self._factor()
        return self._timed(max(coarser, factor), read, Limited(watch, float("inf")))

    def _timed(
        self, factor: int, read: Callable[[int, Watch], T], limited: Limited
    ) -> T:
        count = self.count(factor)
        try:
            found = read(factor, limited.watch)
        except Stopped:
            if limited.is_over:
                self.haste.gave_up(count, limited.whole)
            elif limited.is_known:
                self.haste.took(count, limited.whole)
            raise
        self.haste.took(count, limited.seconds)
        return found

    def _factor(self) -> int:
        """Return the factor that fits; fewer pixels where the disk is waited for."""
        seconds = IN_MOTION if self.moving else AT_ONCE
        factor = self.haste.factor(self._factors(_SMOOTH), self.count, seconds)
        if self.haste.expected(self.count(factor)) <= AT_ONCE:
            return factor
        return self.haste.factor(self._factors(_FEWEST), self.count, AT_ONCE)

    def _factors(self, fewest: int) -> list[int]:
        coarser = (factor for factor in _FACTORS[1:] if self.side >= factor * fewest)
        return [1, *coarser]


def in_time(read: Callable[[Watch], T], watch: Watch) -> T | None:
    """Read, unless it would take far longer than somebody may be left without a word.

    Parameters
    ----------
    read : callable
        Reads for who watches.
    watch : Watch

    Returns
    -------
    object or None
        None where it was given up.
    """
    limited = Limited(watch, AT_ONCE)
    try:
        return read(limited.watch)
    except Stopped:
        if limited.is_over:
            return None
        raise


class Limited:
    """A watch whose read ends where it would take far longer than it may.

    Parameters
    ----------
    watch : Watch
        Who watches.
    most : float
        Seconds.
    """

    def __init__(self, watch: Watch, most: float) -> None:
        self._whole, self._most = watch, most
        self._begin = time.monotonic()
        self._told: list[tuple[float, float]] = []  # when, and what fraction
        self.is_over = False

    @property
    def watch(self) -> Watch:
        """The watch to read with."""
        return replace(self._whole, stop=self._stops(), progress=self._progress)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._begin

    @property
    def is_known(self) -> bool:
        """Whether enough was told to say how long it would take."""
        return len(self._told) >= _ENOUGH

    @property
    def whole(self) -> float:
        """Seconds that it would take at the pace so far, what comes first apart."""
        if not self._told:
            return self.seconds / _HARDLY
        (first, little), (last, much) = self._told[0], self._told[-1]
        if much > little:
            return (last - first) / (much - little)
        return last / max(much, _HARDLY)

    def _stops(self) -> Stop:
        whole = self._whole.stop
        if not isinstance(whole, Serving):
            return self._stop
        # Its time is over at the next piece.
        return Serving(self._stop, whole.is_due)

    def _stop(self) -> bool:
        if self._whole.stop is not None and self._whole.stop():
            return True  # nobody waits for a coarser one either
        if self.seconds > self._most:
            self.is_over = self._expected() > _WORTH * self._most
        return self.is_over

    def _expected(self) -> float:
        """Return how many seconds it takes in all; none are guessed too soon."""
        if not self.is_known:
            return self.seconds
        last, much = self._told[-1]
        return max(self.seconds, last + (1 - much) * self.whole)

    def _progress(self, fraction: float) -> None:
        self._told[1:] = [(self.seconds, fraction)]  # the first and the last
        if self._whole.progress is not None:
            self._whole.progress(fraction)
