"""Arrays as the bytes that they are, and checksums of these."""

import zlib

import numpy as np
from numpy.typing import NDArray


def bytes_of(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Look at an array in C order as bytes; nothing is copied."""
    return values.reshape(-1).view(np.uint8)


def check_of(values: NDArray[np.generic]) -> int:
    """Checksum of an array in C order."""
    return zlib.crc32(bytes_of(values).data)


def row_sums(rows: NDArray[np.generic], word: int) -> NDArray[np.uint64]:
    """Sum the bytes of each row, as whole numbers of `word` bytes.

    That is nearly as quick as memory, and finds what a checksum here is for: bits that
    flipped, and pages that were lost, for sums of so small numbers do not overflow.
    Sums of parts of a row add up to that of the row, if all but the last part are
    multiples of a word.

    Parameters
    ----------
    rows : ndarray, shape (n, values)
        C order.
    word : {1, 2, 4}
        Bytes of each number.

    Returns
    -------
    ndarray of uint64, shape (n,)
        One for each row.
    """
    stored = bytes_of(rows).reshape(len(rows), -1)
    whole = stored.shape[1] // word * word
    numbers = stored[:, :whole].view(f"u{word}")
    sums: NDArray[np.uint64] = np.add.reduce(numbers, axis=1, dtype=np.uint64)
    if whole < stored.shape[1]:
        rest = np.zeros((len(rows), word), np.uint8)
        rest[:, : stored.shape[1] - whole] = stored[:, whole:]
        sums += rest.view(f"u{word}")[:, 0].astype(np.uint64)
    return sums
