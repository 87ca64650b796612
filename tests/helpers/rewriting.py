"""Changes of a file in place, as by a program that asks nobody."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py


@contextmanager
def rewriting(path: Path) -> Iterator[h5py.File]:
    """Lend a file to be changed; what lies on the disk changes when all is done.

    HDF5 refuses to write what this process has open, and who reads behind a
    viewer's back opens when he likes. So HDF5 writes a copy elsewhere, whose bytes
    then take the place of the file's, as another computer's do on a shared disk.
    """
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copy(path, folder))
        with h5py.File(copy, "r+") as file:
            yield file
        fresh = copy.read_bytes()
    with path.open("r+b") as stream:
        stream.write(fresh)
        stream.truncate()
