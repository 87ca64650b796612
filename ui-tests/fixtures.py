"""Write the files of the browser tests into a folder: ``python fixtures.py FOLDER``.

Good files are written by usid_lab, the others by h5py: they hold what usid_lab
does not write.
"""

import os
import shutil
import sys
import zlib
from pathlib import Path

import h5py
import numpy as np
import truth

from usid_lab import samples
from usid_lab.storage import FileWriter

#: Would set a mark on the page if a viewer took text for HTML.
HTML = "<img src=x onerror='window.__pwned=1'><b>bold</b>"

POSITION = {"Y": (np.arange(12) * 1e-7, "m"), "X": (np.arange(16) * 1e-7, "m")}
SPECTROSCOPIC = {
    "Cycle": (np.arange(2.0), ""),
    "Bias": (np.linspace(-1, 1, 40), "V"),
}


def values():
    """Return numbers that differ at every place: [y, x, cycle, bias]."""
    y, x, cycle, bias = np.ogrid[:12, :16, :2, :40]
    bump = np.exp(-(((bias - 20 - y) / 6.0) ** 2))
    return (1 + x / 16 + cycle) * bump + y / 100


def regular(path, scale=1.0):
    """A plain scan of two positions and two spectroscopic dimensions."""
    with FileWriter(path) as writer:
        channel = writer.channel("Measurement_000", "Channel_000")
        writer.main(
            channel, "Raw_Data", scale * values(), quantity="Current", units="nA",
            position=POSITION, spectroscopic=SPECTROSCOPIC,
        )  # fmt: skip


def hostile(path):
    """Names, units and attributes that are HTML."""
    with FileWriter(path) as writer:
        channel = writer.channel("Measurement_000", "Channel_000", {"note": HTML})
        safe = HTML.replace("/", "")
        writer.main(
            channel, safe, values()[:, :, 0], quantity=HTML, units=HTML,
            position={f"Y {HTML}": POSITION["Y"], "X": (np.arange(16.0), HTML)},
            spectroscopic={HTML: (np.linspace(-1, 1, 40), HTML)},
        )  # fmt: skip


def damaged_main(path, change):
    """A regular file in which `change` then spoils the Main dataset."""
    regular(path)
    with h5py.File(path, "r+") as file:
        change(file["Measurement_000/Channel_000"])


def null_references(channel):
    """All four references of the Main dataset lead nowhere."""
    for name in list(channel["Raw_Data"].attrs):
        if name.endswith(("Indices", "Values")):
            channel["Raw_Data"].attrs[name] = h5py.Reference()


def disagreeing_shapes(channel):
    """The position tables have a row too few."""
    for name in ("Position_Indices", "Position_Values"):
        old = channel[name]
        rows, attributes = old[:-1], dict(old.attrs)
        del channel[name]
        channel[name] = rows
        channel[name].attrs.update(attributes)
        channel["Raw_Data"].attrs[name] = channel[name].ref


def not_usid(path):
    """Arrays with dimension scales and nothing of USID."""
    with h5py.File(path, "w") as file:
        image = file.create_dataset("scan/height", data=values()[:, :, 0, 20])
        image.attrs["units"] = "nm"
        for axis, (name, (scale, units)) in enumerate(POSITION.items()):
            file[f"scan/{name}"] = scale
            file[f"scan/{name}"].make_scale(name)
            file[f"scan/{name}"].attrs["units"] = units
            image.dims[axis].attach_scale(file[f"scan/{name}"])
        file["text"] = "nothing to draw"


def cycles(path):
    """Links that lead back, to themselves and to nothing, beside good data."""
    regular(path)
    with h5py.File(path, "r+") as file:
        file["to itself"] = h5py.SoftLink("/to itself")
        file["up"] = h5py.SoftLink("/")
        file["nowhere"] = h5py.SoftLink("/not/there")
        file["again"] = file["Measurement_000"]
        file["Measurement_000/parent"] = file["/"]


def outside(path):
    """Links and storage that lead out of the file."""
    regular(path)
    with h5py.File(path, "r+") as file:
        file["elsewhere"] = h5py.ExternalLink("other.h5", "/")
        file.create_dataset("passwords", (16,), "u1", external=[("/etc/passwd", 0, 16)])


def many_groups(path, count=10_000):
    """So many groups that a list of all of them would stop the page."""
    regular(path)
    with h5py.File(path, "r+") as file:
        for number in range(count):
            file.create_group(f"many/group_{number:05d}")


def big_endian(path):
    """Numbers in the order of other processors."""
    with h5py.File(path, "w") as file:
        file["counts"] = np.arange(12 * 16, dtype=">u2").reshape(12, 16)
        file["heights"] = values()[:, :, 0, 20].astype(">f8")


def kinds(path):
    """One object of every kind that the tree tells apart, with attributes."""
    regular(path)
    with h5py.File(path, "r+") as file:
        file["plain"] = np.arange(20.0).reshape(4, 5)
        file["soft"] = h5py.SoftLink("/plain")
        file["away"] = h5py.ExternalLink("/etc/other.h5", "/")
        group = file.create_group("notes")
        group.attrs["operator"] = "A. Nobel"
        group.attrs["temperature"] = 293.15
        group.attrs["hostile"] = HTML
        group.attrs["long"] = "x" * 60_000
        for number in range(250):
            group.attrs[f"setting_{number:03d}"] = number


def gaps(path):
    """The second cycle was never measured."""
    data = values()
    data[:, :, 1, :] = np.nan
    with FileWriter(path) as writer:
        channel = writer.channel("Measurement_000", "Channel_000")
        writer.main(
            channel, "Raw_Data", data, quantity="Current", units="nA",
            position=POSITION, spectroscopic=SPECTROSCOPIC,
        )  # fmt: skip


def rotten(path, last=5):
    """Compressed data of which the last cycle cannot be unpacked."""
    data = np.stack([values()[:, :, 0, :]] * (last + 1), axis=2)
    cycles = (np.arange(last + 1.0), "")
    with FileWriter(path) as writer:
        channel = writer.channel("Measurement_000", "Channel_000")
        name = writer.main(
            channel, "Raw_Data", data, quantity="Current", units="nA",
            position=POSITION, spectroscopic=SPECTROSCOPIC | {"Cycle": cycles},
            compression="gzip", chunks=(192, 40),
        )  # fmt: skip
    with h5py.File(path) as file:
        chunk = file[name].id.get_chunk_info_by_coord((0, 40 * last))
    with path.open("r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(b"\xff" * chunk.size)


def torn(path):
    """Compressed data of which one chunk cannot be unpacked: row 3, biases 20 to 29."""
    with FileWriter(path) as writer:
        channel = writer.channel("Measurement_000", "Channel_000")
        name = writer.main(
            channel, "Raw_Data", values(), quantity="Current", units="nA",
            position=POSITION, spectroscopic=SPECTROSCOPIC,
            compression="gzip", chunks=(16, 10),
        )  # fmt: skip
    with h5py.File(path) as file:
        chunk = file[name].id.get_chunk_info_by_coord((3 * 16, 20))
    with path.open("r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(b"\xff" * chunk.size)


def slow(path, side=256, points=1024):
    """So many compressed chunks, each of a whole spectrum, that a map takes seconds.

    Too large to be kept in memory; all spectra are one, and take little space.
    """
    spectrum = np.linspace(1, 2, points // 16, dtype="f4").repeat(16)
    axis = (np.arange(side) * 1e-7, "m")
    with FileWriter(path) as writer:
        channel = writer.channel("Measurement_000", "Channel_000")
        name = writer.main(
            channel, "Raw_Data", None, dtype="f4",
            quantity="Current", units="nA", position={"Y": axis, "X": axis},
            spectroscopic={"Bias": (np.linspace(-1, 1, points), "V")},
            compression="gzip", chunks=(1, points),
        )  # fmt: skip
    packed = zlib.compress(spectrum.view("u1").reshape(-1, 4).T.tobytes())  # shuffled
    with h5py.File(path, "r+") as file:
        for row in range(side * side):
            file[name].id.write_direct_chunk((row, 0), packed)


def slow_stack(path, repeats=512, blocks=8192, length=32):
    """Three channels whose curves, of so many compressed chunks each, take seconds.

    A curve is the same at every repeat; the last channel is its own axis.
    """
    time = np.linspace(0, 1, blocks)
    curves = {
        "Deflection": ("m", 1e-9 * np.sin(20 * time).round(2)),
        "Current": ("A", 1e-9 * np.exp(-4 * time).round(3)),
        "Clock": ("s", time.round(3)),
    }
    sides = {
        "position": {"Repeat": (np.arange(float(repeats)), "")},
        "spectroscopic": {"Time": (np.linspace(0, 1, blocks * length), "s")},
    }
    mains = {}
    with FileWriter(path) as writer:
        for number, (quantity, (units, curve)) in enumerate(curves.items()):
            channel = writer.channel("Measurement_000", f"Channel_{number:03d}")
            main = writer.main(
                channel, "Raw_Data", None, dtype="f4", quantity=quantity, units=units,
                compression="gzip", chunks=(repeats, length), **sides,
            )  # fmt: skip
            sides = {"share": main}
            mains[main] = curve.astype("f4")
    with h5py.File(path, "r+") as file:
        for main, curve in mains.items():
            packed = {value: shuffled(value, repeats * length) for value in set(curve)}
            for block, value in enumerate(curve):
                place = (0, block * length)
                file[main].id.write_direct_chunk(place, packed[value])


def shuffled(value, count):
    """Return a chunk of one number, as HDF5 shuffles and deflates it."""
    numbers = np.full(count, value, "f4").view("u1").reshape(-1, 4)
    return zlib.compress(numbers.T.tobytes(), 1)


def slow_image(path, side=16384):
    """An image whose fine picture takes seconds: each row is a compressed chunk.

    A slope, on which every second pixel stands out: the mean of a block is 40 more
    than its pixels in even columns.
    """
    columns = np.arange(side)
    with h5py.File(path, "w") as file:
        image = file.create_dataset(
            "height", (side, side), "i2", chunks=(1, side), compression="gzip"
        )
        image.attrs["units"] = "nm"
        for row in range(side):
            if row % 64 == 0:
                values = (row // 64 + 80 * (columns % 2)).astype("i2")
                packed = zlib.compress(values.tobytes(), 1)
            image.id.write_direct_chunk((row, 0), packed)


def large(path, side=8192):
    """A map of more pixels than a screen has: hills, a fine chequer, a hot pixel."""
    y, x = np.ogrid[:side, :side]
    hills = abs(x % 2048 - 1024) + abs(y % 2048 - 1024)
    heights = (hills + 100 * ((x + y) % 2)).astype("i2")
    heights[3000, 5000] = 32000
    with h5py.File(path, "w") as file:
        file["height"] = heights
        file["height"].attrs["units"] = "nm"


def stacked(path):
    """A force curve of three channels, the last of which is its own axis."""
    height = np.concatenate([np.linspace(0, 1e-6, 60), np.linspace(1e-6, 0, 60)])
    channels = {
        "Deflection": ("m", 1e-9 * np.sin(height * 3e6)),
        "Current": ("A", 1e-9 * height * 1e6),
        "ZSensor": ("m", height),
    }
    sides = {"position": {}, "spectroscopic": {"Z": (height, "m")}}
    with FileWriter(path) as writer:
        for number, (quantity, (units, data)) in enumerate(channels.items()):
            channel = writer.channel("Measurement_000", f"Channel_{number:03d}")
            main = writer.main(
                channel, "Raw_Data", data, quantity=quantity, units=units, **sides
            )
            sides = {"share": main}


def genuine(folder):
    """Copies of files that other programs have written, where there are any."""
    data = os.environ.get("USID_LAB_TEST_DATA")
    if data:
        usid = Path(data) / "usid"
        shutil.copytree(usid, folder / "genuine", copy_function=shutil.copyfile)


def write_workbench(folder):
    """Files of the tests of what is seen, and the numbers in them."""
    samples.write(folder, "small")
    kinds(folder / "kinds.h5")
    gaps(folder / "gaps.h5")
    stacked(folder / "stacked.h5")
    large(folder / "large.h5")
    rotten(folder / "rotten.h5")
    torn(folder / "torn.h5")
    slow(folder / "slow.h5")
    slow_stack(folder / "slow-stack.h5")
    slow_image(folder / "slow-image.h5")
    genuine(folder)
    truth.write(folder)


def write_all(folder):
    """Write every file."""
    folder.mkdir(parents=True, exist_ok=True)
    regular(folder / "regular.h5")
    regular(folder / "second.h5", scale=2.0)
    for extension in ("hdf5", "hf5", "nxs", "h5USID"):
        (folder / f"kind.{extension}").write_bytes((folder / "regular.h5").read_bytes())
    whole = (folder / "regular.h5").read_bytes()
    (folder / "empty.h5").write_bytes(b"")
    (folder / "truncated.h5").write_bytes(whole[: len(whole) // 2])
    (folder / "text.h5").write_text("bias current\n0.1 2.5\n")
    hostile(folder / "hostile.h5")
    damaged_main(folder / "null-references.h5", null_references)
    damaged_main(folder / "disagreeing.h5", disagreeing_shapes)
    not_usid(folder / "not-usid.h5")
    cycles(folder / "cycles.h5")
    outside(folder / "outside.h5")
    many_groups(folder / "many-groups.h5")
    big_endian(folder / "big-endian.h5")
    write_workbench(folder)


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
