"""Axes that were derived lately; channels of a scan share them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from usid_lab.model.axis import Axis

_MAX_BYTES = 64 * 1024 * 1024
_MAX_COUNT = 512


class AxisCache:
    """The axes used last, within a budget of memory.

    Parameters
    ----------
    max_bytes : int, optional
        Axes are dropped beyond this, oldest first; one larger is not kept.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, Axis] = OrderedDict()
        self._nbytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, derive: Callable[[], Axis]) -> Axis:
        """Return the axis of `key`, derived now if it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        axis = derive()
        with self._lock:
            if key not in self._kept:  # another thread may have been quicker
                self._kept[key] = axis
                self._nbytes += axis.nbytes
                self._trim()
        return axis

    def __len__(self) -> int:
        return len(self._kept)

    def _trim(self) -> None:
        while self._nbytes > self._max_bytes or len(self._kept) > _MAX_COUNT:
            self._nbytes -= self._kept.popitem(last=False)[1].nbytes
