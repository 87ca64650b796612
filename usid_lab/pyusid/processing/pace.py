"""How many positions are computed before their results are written."""

import h5py

_FIRST = 4  # positions for each core, before it is known what they take
_FASTER = 16  # times as many, at most, in the next batch
_SECONDS = 10.0  # of work that are lost at most where a run is interrupted


class Pace:
    """Size of batches that keeps the time between two writings.

    Parameters
    ----------
    cores : int
        How many positions are computed at once.
    """

    def __init__(self, cores: int) -> None:
        self.positions = _FIRST * cores
        self.seconds = 0.0

    def took(self, positions: int, seconds: float) -> None:
        """Learn from a batch.

        Parameters
        ----------
        positions : int
            Its size.
        seconds : float
            Time that it took.
        """
        self.seconds = seconds / max(1, positions)
        wanted = _SECONDS / max(self.seconds, 1e-9)
        self.positions = max(1, int(min(wanted, _FASTER * self.positions)))


def batch_end(main: h5py.Dataset, start: int, stop: int, most: int) -> int:
    """End of the positions that are read at once, at the end of a chunk if it can be.

    Parameters
    ----------
    main : h5py.Dataset
        The source, shape (positions, steps).
    start, stop : int
        The positions that are left, half open.
    most : int
        How many are read, at most.

    Returns
    -------
    int
        After `start`, at most `stop`.
    """
    end = min(stop, start + most)
    height = main.chunks[0] if main.chunks else 1
    aligned = end - end % height
    return aligned if start < aligned and end < stop else end
