"""Files that a cache is kept of: reading them, and damaging what is kept."""

import usid_lab as ul


def reader_of(path):
    """Read the first Main dataset of a file."""
    return ul.open(path).main_datasets[0].reader()


def flip(path, place):
    """Turn one bit of a file, at a place from its beginning or its end."""
    with path.open("r+b") as stream:
        stream.seek(place, 0 if place >= 0 else 2)
        byte = stream.read(1)
        stream.seek(-1, 1)
        stream.write(bytes([byte[0] ^ 4]))
