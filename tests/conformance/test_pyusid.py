"""Both directions against pyUSID itself: `make conformance` installs it beside.

Skipped elsewhere; the checked-in oracles say the same of one release.
"""

import os
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

import usid_lab as ul
import usid_lab.pyusid as usid
from usid_lab import samples
from usid_lab.storage import FileWriter

SCRIPT = Path(__file__).parents[2] / "scripts" / "make-oracles"
ORACLES = Path(__file__).parents[1] / "data" / "pyusid"
pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("USID_LAB_CONFORMANCE"), reason="make conformance runs it"
    ),
    pytest.mark.timeout(1200),
]


def run(*words):
    subprocess.run([SCRIPT, *words], check=True, timeout=1000)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("oracles")
    run("make", folder)
    return folder


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Ask pyUSID about all files of a folder at once."""

    def ask(files):
        folder = tmp_path_factory.mktemp("answers")
        run("ask", folder, *files)
        return folder

    return ask


# ---- theirs open in ours ------------------------------------------------


def test_fresh_files_have_the_numbers_that_pyusid_gives(fresh, answers, compare):
    paths = sorted(fresh.glob("*.h5"))
    assert [p.name for p in paths] == sorted(p.name for p in ORACLES.glob("*.h5"))
    for path in paths:
        found = answers(path.with_suffix(".npz"))
        ours = compare(path, found)
        if isinstance(found.all_main, list):
            assert sorted(ours) == found.all_main


def test_fresh_answers_are_those_that_are_kept(fresh, answers):
    for kept in sorted(ORACLES.glob("*.npz")):
        assert answers(fresh / kept.name).datasets == answers(kept).datasets


def test_genuine_files_have_the_numbers_that_pyusid_gives(
    genuine, ask, answers, compare
):
    paths = sorted(genuine.glob("*.h5"))
    assert paths
    folder = ask(paths)
    for path in paths:
        compare(path, answers(folder / f"{path.stem}.npz"))


# ---- ours open in theirs ------------------------------------------------


@pytest.fixture
def theirs(ask, answers, compare):
    """Check that pyUSID takes every Main of our files, with our numbers."""

    def theirs(paths):
        folder = ask(paths)
        for path in paths:
            found = answers(folder / f"{path.stem}.npz")
            ours = compare(path, found)
            assert ours
            facts = {name: found.datasets[name]["main"] for name in ours}
            assert set(facts.values()) == {True}, (path.name, facts)
            assert found.all_main == sorted(ours)

    return theirs


def test_the_samples(tmp_path, theirs):
    theirs(samples.write(tmp_path, "small"))


def grid():
    position = {"Y": (np.linspace(0, 1, 3), "um"), "X": (np.linspace(0, 2, 4), "um")}
    spectroscopic = {"Cycle": ([0, 1], ""), "Bias": (np.linspace(-3, 3, 5), "V")}
    return {"position": position, "spectroscopic": spectroscopic}


def count(shape, dtype="f8"):
    return np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)


def scattered():
    rng = np.random.default_rng(2)
    return [
        ul.Dimension(name, "um", np.sort(rng.random(7)), ul.Mode.INCOMPLETE)
        for name in "YX"
    ]


def drifting():
    """The bias is another one in each cycle."""
    bias = np.linspace(-1, 1, 5) * np.array([[1.0], [2.0]])
    return [
        ul.Dimension("Cycle", "", 2),
        ul.Dimension("Bias", "V", bias, ul.Mode.DEPENDENT),
    ]


CREATED = {
    "raster": (count((3, 4, 2, 5)), grid()),
    "map": (count((3, 4)), {"position": grid()["position"]}),
    "spectrum": (count((2, 5)), {"spectroscopic": grid()["spectroscopic"]}),
    "single": (
        count((1, 1)),
        {"position": {"X": ([0], "m")}, "spectroscopic": {"V": ([1.5], "V")}},
    ),
    "complex": (1j * count((3, 4, 2, 5), "c8"), grid()),
    "other_bytes": (count((3, 4, 2, 5), ">f4"), grid()),
    "half": (count((3, 4, 2, 5), "f2"), grid()),
    "integers": (count((3, 4, 2, 5), "i8"), grid()),
    "compound": (np.zeros((3, 4, 2, 5), [("A", "f4"), ("phi", "f8")]), grid()),
    "compressed": (count((3, 4, 2, 5)), {**grid(), "compression": "gzip"}),
    "precise": (
        count((3, 2)),
        {"position": {"Time": (1.6e9 + np.arange(3.0), "s")}, "spectroscopic": None}
        | {"spectroscopic": {"Frequency": (1e9 + np.arange(2.0), "Hz")}},
    ),
    "incomplete": (
        count((7, 2, 5)),
        {"position": scattered(), "spectroscopic": grid()["spectroscopic"]},
    ),
    "dependent": (
        count((3, 4, 2, 5)),
        {"position": grid()["position"], "spectroscopic": drifting()},
    ),
    "non_ascii": (count((3,)), {"position": {"Länge": (np.arange(3.0), "µm")}}),
}


def test_created_files(tmp_path, theirs):
    for name, (data, dims) in CREATED.items():
        path = tmp_path / f"{name}.h5"
        ul.create(path, data, quantity="Current", units="nA", **dims)
    theirs(sorted(tmp_path.glob("*.h5")))


def test_results_and_shared_tables(tmp_path, theirs):
    path = tmp_path / "results.h5"
    with FileWriter(path) as writer:
        channel = writer.channel("Measurement_000", "Channel_000")
        options = {"quantity": "Current", "units": "nA"}
        main = writer.main(
            channel, "Raw_Data", count((3, 4, 2, 5)), **grid(), **options
        )
        second = writer.channel("Measurement_000", "Channel_001")
        writer.main(second, "Raw_Data", -count((3, 4, 2, 5)), share=main, **options)
        group = writer.results(main, "Mean", {"power": 2})
        writer.main(
            group, "Mean", count((3, 4)), share=main, spectroscopic={}, **options
        )
    theirs([path])


def test_results_in_a_file_of_their_own(tmp_path, theirs):
    path = tmp_path / "raw.h5"
    raw = ul.create(path, count((3, 4, 2, 5)), quantity="C", units="nA", **grid())
    written = raw.write_reduced("mean", dims=["Bias"])
    raw.write_slice({"Cycle": 1})
    theirs([path, written.file_path])


def documented(path):
    """Write with the documented functions, on a file that its user opened."""
    hdf, dims = usid.hdf_utils, usid.Dimension
    pos = [dims("X", "um", np.linspace(0, 2, 4)), dims("Y", "um", 3)]
    spec = [dims("Bias", "V", np.linspace(-3, 3, 5)), dims("Cycle", "n", 2)]
    with h5py.File(path, "w") as file:
        measurement = hdf.create_indexed_group(file, "Measurement")
        channel = hdf.create_indexed_group(measurement, "Channel")
        args = (channel, count((12, 10)), "Raw_Data", "Current", "nA")
        main = hdf.write_main_dataset(*args, pos, spec)
        group = hdf.create_results_group(main, "Mean")
        tables = hdf.write_reduced_spec_dsets(
            group, main.h5_spec_inds, main.h5_spec_vals, "Bias"
        )
        hdf.write_main_dataset(
            group, count((12, 2)), "Mean", "Current", "nA", None, None,
            h5_pos_inds=main.h5_pos_inds, h5_pos_vals=main.h5_pos_vals,
            h5_spec_inds=tables[0], h5_spec_vals=tables[1],
        )  # fmt: skip
        hdf.create_empty_dataset(main, np.float32, "Filtered", group)


def test_documented_functions(tmp_path, theirs):
    documented(tmp_path / "functions.h5")
    pos = [usid.Dimension("X", "um", 4), usid.Dimension("Y", "um", 3)]
    spec = [usid.Dimension("Bias", "V", 10)]
    path = usid.NumpyTranslator().translate(
        str(tmp_path / "translated.h5"), "Raw", count((12, 10)), "C", "nA", pos, spec
    )
    assert path.endswith("translated.h5")
    theirs(sorted(tmp_path.glob("*.h5")))


def test_a_translated_image(tmp_path, theirs):
    picture = tmp_path / "picture.txt"
    np.savetxt(picture, count((6, 8)))
    made = ul.translate(picture)
    theirs([made.file_path])
