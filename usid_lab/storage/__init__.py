"""HDF5 in and out; nothing in a file may reach outside it."""

from usid_lab.storage.handles import lease, pin, release
from usid_lab.storage.writer import FileWriter

__all__ = ["FileWriter", "lease", "pin", "release"]
