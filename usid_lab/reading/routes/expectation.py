"""When it pays to ask where all chunks of a dataset lie."""

AT_ONCE = 1024  # chunks of which HDF5 tells the places in a few milliseconds


class Expectation:
    """Counts the chunks that are read one by one, until an index of all pays.

    Parameters
    ----------
    many : int
        How many chunks there are.
    worth : int
        Chunks of an index that cost as much as one that is read without it.
    """

    def __init__(self, many: int, worth: int) -> None:
        self._many = many
        self._worth = worth
        self._touched = 0

    @property
    def is_small(self) -> bool:
        """Whether an index takes so little time that nobody need be able to stop it."""
        return self._many <= AT_ONCE

    def is_due(self, count: int) -> bool:
        """Count chunks that are read now; whether an index pays by now."""
        self._touched += count
        return self._touched * self._worth >= self._many

    def put_off(self) -> None:
        """Wait twice as long: a hand that keeps moving must not wait for an index."""
        self._touched = 0
        self._worth = max(1, self._worth // 2)
