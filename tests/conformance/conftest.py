"""What pyUSID answered about a file, and how ours are compared with it."""

import json
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import pytest

import usid_lab as ul

ORACLES = Path(__file__).parents[1] / "data" / "pyusid"
# Where pyUSID reads what is not there; truth is the index table, by numpy.
WRONG_IN_PYUSID = {
    "serpentine": "takes rows for a raster",
    "shuffled": "takes rows for a raster",
    "piezoresponse_serpentine": "takes rows for a raster",
}
counts = Counter()


class Answers:
    """What pyUSID says about the datasets of one file."""

    def __init__(self, path):
        self._kept = np.load(path)
        facts = json.loads(str(self._kept["facts"]))
        self.datasets = facts["datasets"]
        self.all_main = facts["all_main"]

    def array(self, number):
        return self._kept[str(number)]


@pytest.fixture(scope="session")
def answers():
    return Answers


def pytest_terminal_summary(terminalreporter):
    if counts:
        terminalreporter.section("conformance with pyUSID")
    for what, count in sorted(counts.items()):
        terminalreporter.write_line(f"{count:6}  {what}")


def _sides(path, name):
    """Labels and index table of each side, one row a dimension, in file order."""
    with h5py.File(path) as file:
        main = file[name]
        for side in ("Position", "Spectroscopic"):
            table = file[main.attrs[f"{side}_Indices"]]
            rows = table[()].T if side == "Position" else table[()]
            labels = np.atleast_1d(table.attrs["labels"])
            found = [
                one.decode() if isinstance(one, bytes) else str(one) for one in labels
            ]
            yield found, rows.astype(int) - rows.astype(int).min(axis=1, keepdims=True)


def placed(path, name):
    """N-D array in file order and what of it is filled, looped over rows."""
    (_, rows), (_, columns) = _sides(path, name)
    with h5py.File(path) as file:
        data = file[name][()]
    form = np.zeros((*rows.max(axis=1) + 1, *columns.max(axis=1) + 1), data.dtype)
    filled = np.zeros(form.shape, bool)
    places = tuple(columns)
    for number, place in enumerate(rows.T):
        form[tuple(place)][places] = data[number]
        filled[tuple(place)][places] = True
    return form, filled


def in_file_order(dataset, path):
    """Our N-D array, its axes as the tables of the file have them."""
    sides = [labels for labels, _ in _sides(path, dataset.path)]
    mine = [(d.side.value, d.label) for d in dataset.layout.dimensions]
    names = ("position", "spectroscopic")
    wanted = [(n, one) for n, side in zip(names, sides, strict=True) for one in side]
    return dataset.read().transpose([mine.index(one) for one in wanted])


def same(ours, theirs):
    assert ours.shape == theirs.shape
    assert ours.dtype.newbyteorder("=") == theirs.dtype.newbyteorder("=")
    if ours.dtype.names:
        for name in ours.dtype.names:
            np.testing.assert_array_equal(ours[name], theirs[name])
    else:
        np.testing.assert_array_equal(ours, theirs)


def _compare_values(dataset, fact, answers):
    coords = {d.label: d.values for d in dataset.layout.dimensions}
    for label, number in fact["values"].items():
        if isinstance(number, str) or label not in coords:
            counts["unit values that pyUSID cannot give"] += 1
            continue
        np.testing.assert_allclose(
            coords[label], answers.array(number).ravel(), rtol=1e-6
        )
        counts["unit values equal"] += 1


def _compare_form(dataset, path, fact, answers):
    number = fact["n_dim"]
    known = WRONG_IN_PYUSID.get(path.stem)
    if isinstance(number, str):
        counts[f"N-D forms that pyUSID refuses ({path.stem})"] += 1
        return
    ours, theirs = in_file_order(dataset, path), answers.array(number)
    if known:
        # The day pyUSID gets it right, this says so.
        assert not np.array_equal(ours, theirs)
        counts[f"N-D forms that pyUSID gets wrong ({known})"] += 1
        return
    same(ours, theirs)
    counts["N-D forms equal"] += 1


def _compare_names(dataset, fact):
    for side in ("position", "spectroscopic"):
        sizes = {d.label: d.size for d in dataset.layout.dimensions if d.side == side}
        for label, size in fact[side]:
            # A side without a grid is one dim here; pyUSID counts its indices.
            known = label if label in sizes else None
            assert known is None or sizes[label] == size
    text = f"{dataset.quantity} ({dataset.units})"
    assert fact["descriptor"] == text


@pytest.fixture
def compare():
    """Compare every Main of a file with what pyUSID said of it."""

    def compare(path, answers):
        ours = {d.path: d for d in ul.open(path).main_datasets}
        for name, fact in answers.datasets.items():
            if fact["main"] is not True:
                counts["datasets that pyUSID does not take or stumbles over"] += 1
                continue
            counts["Main datasets"] += 1
            assert name in ours, f"pyUSID calls {name} Main, we do not"
            if "wrapped" in fact:
                counts["Main datasets that pyUSID cannot wrap"] += 1
                continue
            _compare_names(ours[name], fact)
            _compare_values(ours[name], fact, answers)
            _compare_form(ours[name], path, fact, answers)
        return ours

    return compare


@pytest.fixture(scope="session")
def placed_by_loop():
    return placed


@pytest.fixture(scope="session")
def file_order():
    return in_file_order
