"""A disk that fails at its n-th call."""

import contextlib
import errno
import os

from usid_lab.storage.commit import disk

KINDS = {
    "write_at": errno.ENOSPC,
    "sync": errno.EIO,
    "move": errno.EIO,
    "remove": errno.EIO,
    "sync_folder": errno.EIO,
    "cut": errno.EIO,
}


@contextlib.contextmanager
def failing(kind, number):
    """Let the `number`-th call of a function of ``disk`` fail; gives the count."""
    real = getattr(disk, kind)
    count = [0]

    def call(*arguments):
        count[0] += 1
        if count[0] == number:
            raise OSError(KINDS[kind], os.strerror(KINDS[kind]))
        return real(*arguments)

    setattr(disk, kind, call)
    try:
        yield count
    finally:
        setattr(disk, kind, real)


@contextlib.contextmanager
def short(number):
    """Let the `number`-th write take half of the bytes, and the next one fail."""
    real = os.pwrite
    count = [0]

    def write(descriptor, data, offset):
        count[0] += 1
        if count[0] == number:
            return real(descriptor, data[: len(data) // 2], offset)
        if count[0] == number + 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data, offset)

    os.pwrite = write
    try:
        yield count
    finally:
        os.pwrite = real
