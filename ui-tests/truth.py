"""What the files of the browser tests hold, by h5py and numpy alone.

Values are put where the tables of indices say that they belong. Nothing of usid_lab
takes part: these are the numbers to which its pictures are compared.
"""

import json
from pathlib import Path

import h5py
import numpy as np

RAW = "Measurement_000/Channel_000/Raw_Data"
FIT = f"{RAW}-SHO_Fit_000/Fit"


def table(dataset, side, kind="Indices"):
    """Columns of an ancillary table of a Main dataset, by their labels."""
    found = dataset.file[dataset.attrs[f"{side}_{kind}"]]
    columns = found[()].T if side == "Position" else found[()]
    labels = [np.asarray(label).astype(str).item() for label in found.attrs["labels"]]
    return dict(zip(labels, columns, strict=True))


def grid(dataset, names):
    """N-D form with axes `names`, every value at the place that its indices name."""
    rows = {k: v[:, None] for k, v in table(dataset, "Position").items()}
    columns = {k: v[None, :] for k, v in table(dataset, "Spectroscopic").items()}
    where = [(rows | columns)[name].astype(int) for name in names]
    values = np.zeros([int(each.max()) + 1 for each in where], dataset.dtype)
    values[tuple(where)] = dataset[()]
    return values


def coordinates(dataset, side, name):
    """Values along a dimension, by index."""
    indices = table(dataset, side)[name].astype(int)
    values = np.zeros(indices.max() + 1)
    values[indices] = table(dataset, side, "Values")[name]
    return values.tolist()


def loop(fit):
    """The part of the response that follows the polarisation."""
    return fit["Amplitude [V]"] * np.cos(fit["Phase [rad]"])


STEPS = "Y X Cycle Field DC_Offset"

#: File, dataset, axes from slow to fast, marker, component, units, y points up.
SUBJECTS = [
    ("regular.h5", RAW, "Y X Cycle Bias", "Bias", None, "nA", True),
    ("be_line.h5", RAW, "Y X Frequency", "Frequency", "amplitude", "V", True),
    ("be_line.h5", RAW, "Y X Frequency", "Frequency", "phase", "rad", True),
    ("beps.h5", RAW, f"{STEPS} Frequency", "Frequency", "real part", "V", True),
    ("beps.h5", FIT, STEPS, "DC_Offset", None, "V", True),
    ("eels.h5", RAW, "Y X Loss", "Loss", None, "counts", False),
    ("serpentine.h5", RAW, "Y X Raman_Shift", "Raman_Shift", None, "counts", True),
]  # fmt: skip

PARTS = {"amplitude": np.abs, "phase": np.angle, "real part": np.real}


def component(values, name):
    """One real number for each value."""
    if values.dtype.names:
        return loop(values)
    return PARTS[name](values) if name else values


def reading(folder, subject, number):
    """A slice somewhere in the data: numbers at pixels, and on the curve."""
    file, path, axes, marker, part, units, up = subject
    names = axes.split()
    with h5py.File(folder / file) as opened:
        values = component(grid(opened[path], names), part).astype(float)
    sizes = dict(zip(names, values.shape, strict=True))
    rng = np.random.default_rng(number)
    index = {name: int(rng.integers(sizes[name])) for name in names[2:]}
    plane = values[(..., *index.values())]
    pixels = [
        {"x": int(x), "y": int(y), "value": float(plane[y, x])}
        for y, x in rng.integers(plane.shape, size=(3, 2))
    ]
    return {
        "file": file, "dataset": f"/{path}", "component": part, "units": units,
        "columns": sizes["X"], "rows": sizes["Y"], "up": up, "marker": marker,
        "index": index, "pixels": pixels,
    }  # fmt: skip


def band(folder, file="eels.h5", first=100, last=139):
    """The mean of a band of energies, at a few pixels, and where it is largest."""
    with h5py.File(folder / file) as opened:
        values = grid(opened[RAW], ["Y", "X", "Loss"]).astype(float)
    plane = values[:, :, first : last + 1].mean(axis=2)
    y, x = np.unravel_index(plane.argmax(), plane.shape)
    places = [(0, 0), (5, 17), (23, 2), (int(y), int(x))]
    return {
        "file": file, "units": "counts", "marker": "Loss", "band": [first, last],
        "columns": plane.shape[1], "rows": plane.shape[0], "up": False,
        "pixels": [{"x": x, "y": y, "value": float(plane[y, x])} for y, x in places],
        "spectrum": values[5, 17].tolist(),
    }  # fmt: skip


def points(folder, file="sparse.h5", marker=40):
    """Scattered positions: every value at the marker, and where it was measured."""
    with h5py.File(folder / file) as opened:
        raw = opened[RAW]
        places = table(raw, "Position", "Values")
        return {
            "file": file, "marker": "Wavelength", "index": marker,
            "values": raw[:, marker].astype(float).tolist(),
            "x": places["X"].astype(float).tolist(),
            "y": places["Y"].astype(float).tolist(),
        }  # fmt: skip


def volume(folder, file="regular.h5"):
    """A whole small scan, [y][x][cycle][bias], and its bias in V."""
    with h5py.File(folder / file) as opened:
        raw = opened[RAW]
        values = grid(raw, ["Y", "X", "Cycle", "Bias"])
        bias = coordinates(raw, "Spectroscopic", "Bias")
    return {"values": values.tolist(), "Bias": bias}


def write(folder: Path):
    """Write all of it into ``truth.json`` beside the files."""
    truth = {
        "readings": [reading(folder, each, k) for k, each in enumerate(SUBJECTS)],
        "band": band(folder),
        "points": points(folder),
        "volume": volume(folder),
    }
    (folder / "truth.json").write_text(json.dumps(truth))
