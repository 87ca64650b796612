"""How coarse a picture must be to keep up with the hand."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IN_MOTION = 0.015  # seconds that reading may take while the hand moves
AT_ONCE = 0.3  # seconds after which there must be something to see
_FINER = 0.6  # of the time that there is: a finer picture must fit well
_WARM = 1e-7  # seconds to fetch a value that is in memory
_COLD = 5e-6  # seconds for a value, from where on it comes from the disk
_KEPT = 1.3  # of it: nothing changes for so little
_SOON = 0.08  # seconds in which no picture comes from the disk
_REMEMBERED = 3
_MOST_CAUTIOUS = 64


class Haste:
    """How long it takes to fetch a pixel of a dataset's map, and what follows of it.

    One slow read among quick ones is chance; it is the quickest of the last few that
    counts. The factor goes up as soon as time is short, down only where there is ample.
    What comes from the disk is asked for in full again after some quick pictures, twice
    as many each time that this was in vain.
    """

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_REMEMBERED)
        self._factor = 1
        self._quick, self._needed = 0, 1

    @property
    def is_cold(self) -> bool:
        """Whether values come one by one from the disk."""
        return self._each() > _COLD

    def took(self, count: int, seconds: float) -> None:
        """Remember how long it took to fetch some values.

        Parameters
        ----------
        count : int
        seconds : float
        """
        if self.is_cold and seconds <= _SOON:
            # Few values, each in a place of its own: of more, each takes less.
            self._was_quick()
            return
        self._quick = 0
        if not self.is_cold:
            self._needed = max(1, self._needed // 2)
        self._seconds.append(seconds / max(1, count))

    def _was_quick(self) -> None:
        self._quick += 1
        if self._quick >= self._needed:
            self._seconds.append(_WARM)

    def gave_up(self, count: int, seconds: float) -> None:
        """Remember how far a read had come when it took too long.

        Parameters
        ----------
        count : int
        seconds : float
        """
        self._quick, self._needed = 0, min(2 * self._needed, _MOST_CAUTIOUS)
        self._seconds.clear()
        self._seconds.append(seconds / max(1, count))

    def factor(
        self, factors: Sequence[int], count: Callable[[int], int], seconds: float
    ) -> int:
        """Choose how many pixels of the map make one of the picture, on each side.

        Parameters
        ----------
        factors : sequence of int
            To choose from, from 1 on.
        count : callable
            Tells how many values are fetched with a factor.
        seconds : float
            That it may take.

        Returns
        -------
        int
            The coarsest if none will do.
        """
        for factor in factors:
            share = _FINER if factor < self._factor else 1.0
            share = _KEPT if factor == self._factor else share
            if self.expected(count(factor)) <= share * seconds:
                break
        self._factor = factor
        return factor

    def expected(self, count: int) -> float:
        """Return how many seconds it takes to fetch so many values; 0 if unknown."""
        return count * self._each()

    def _each(self) -> float:
        return min(self._seconds, default=0.0)
