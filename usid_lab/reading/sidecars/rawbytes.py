"""Arrays as the bytes that they are, and checksums of these."""

import zlib

import numpy as np
from numpy.typing import NDArray


def bytes_of(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Look at an array in C order as bytes; nothing is copied."""
    return values.reshape(-1).view(np.uint8)


def check_of(values: NDArray[np.generic], before: int = 0) -> int:
    """Checksum of an array in C order, carried on from that of what lies before."""
    return zlib.crc32(bytes_of(values).data, before)
