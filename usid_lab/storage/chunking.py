"""The shape of chunks: whole positions, 100 kB to 1 MB."""

_TARGET = 512 * 1024


def chunk_shape(shape: tuple[int, int], itemsize: int) -> tuple[int, int] | None:
    """Choose a chunk shape for a Main dataset.

    Parameters
    ----------
    shape : tuple of (int, int)
        Positions and spectroscopic steps.
    itemsize : int
        Bytes of a value.

    Returns
    -------
    tuple of (int, int) or None
        As many whole positions as come near 512 kB; part of a position only where
        one alone is larger than 1 MB. None for an array without values.

    Examples
    --------
    >>> chunk_shape((16384, 256), 4)
    (512, 256)
    """
    positions, steps = shape
    if not positions or not steps:
        return None
    whole = steps * itemsize
    if whole > 2 * _TARGET:
        pieces = -(-whole // _TARGET)
        return (1, -(-steps // pieces))
    return (max(1, min(positions, _TARGET // whole)), steps)
