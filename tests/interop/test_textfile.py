"""Tables of text hold every number, and can be read back by others."""

import csv
import tracemalloc

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import usid_lab as ul
from usid_lab.errors import ExistsError, MissingFileError
from usid_lab.interop import textfile
from usid_lab.storage import FileWriter


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, strict=True))


def test_rows_are_positions_and_columns_are_spectra(image, tmp_path):
    dataset = ul.open(image).main_datasets[0]
    path = dataset.to_csv(tmp_path / "a.csv")
    rows = rows_of(path)
    assert rows[0] == ["", "Bias (V)", "-1.0", "-0.5", "0.0", "0.5", "1.0"]
    assert rows[1] == ["Y (m)", "X (m)", *["Current (nA)"] * 5]
    table = np.array(rows[2:], float)
    np.testing.assert_array_equal(table[:, 2:], dataset.read().reshape(12, 5))
    y, x = np.meshgrid(dataset.coords["Y"], dataset.coords["X"], indexing="ij")
    np.testing.assert_array_equal(table[:, :2], np.c_[y.ravel(), x.ravel()])


def test_every_combination_of_the_spectra_has_its_column(write, tmp_path):
    data = np.arange(12).reshape(1, 2, 3, 2)[..., 0].copy()
    path = write(
        data,
        {"X": ([0.5], "m")},
        {"Cycle": ([1, 2], ""), "V": ([7, 8, 9], "V")},
    )
    rows = rows_of(ul.open(path).main_datasets[0].to_csv(tmp_path / "a.csv"))
    assert rows[0] == ["Cycle", "1.0", "1.0", "1.0", "2.0", "2.0", "2.0"]
    assert rows[1] == ["V (V)", "7.0", "8.0", "9.0", "7.0", "8.0", "9.0"]
    assert rows[3] == ["0.5", "0", "2", "4", "6", "8", "10"]


def test_complex_and_compound_numbers_take_columns(write, tmp_path):
    data = np.zeros((1, 2), [("a", "c8"), ("b", "?"), ("c", [("d", ">i2")])])
    data["a"], data["b"], data["c"]["d"] = [[1 + 2j, 3j]], [[True, False]], [[5, -6]]
    path = write(data, {"X": ([0], "m")}, {"V": ([1, 2], "V")}, units="")
    rows = rows_of(ul.open(path).main_datasets[0].to_csv(tmp_path / "a.csv"))
    names = ["a real", "a imaginary", "b", "c d"]
    assert rows[0] == ["V (V)", *["1.0"] * 4, *["2.0"] * 4]
    assert rows[1] == ["X (m)", *[f"Current {name}" for name in names] * 2]
    assert rows[2] == ["0.0", "1.0", "2.0", "1", "5", "0.0", "3.0", "0", "-6"]


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    data=st.sampled_from(["f2", "f4", "f8", "i8", "u8", "i2"]).flatmap(
        lambda kind: arrays.arrays(kind, st.just((2, 3)))
    )
)
def test_numbers_read_back_are_equal(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("case")
    with FileWriter(folder / "a.h5") as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u",
            position={"X": (np.arange(2), "m")},
            spectroscopic={"V": (np.arange(3), "V")},
        )  # fmt: skip
    rows = rows_of(ul.open(folder / "a.h5").dataset("/Main").to_csv(folder / "a.csv"))
    cells = [row[1:] for row in rows[2:]]
    found = np.array(
        [[data.dtype.type(cell) for cell in row] for row in cells], data.dtype
    )
    np.testing.assert_array_equal(found, data)


def test_hostile_names_are_quoted_and_never_formulas(write, tmp_path):
    data = np.zeros((1, 1))
    path = write(
        data,
        {'a,"b\nc"': ([0], "m")},
        {"=HYPERLINK(1)": ([0], "V")},
        quantity="@SUM(A1)",
        units="-",
    )
    target = ul.open(path).main_datasets[0].to_csv(tmp_path / "a.csv")
    rows = rows_of(target)
    assert rows[0] == ["'=HYPERLINK(1) (V)", "0.0"]
    assert rows[1][1] == "'@SUM(A1) (-)"
    assert rows[1][0].startswith('a,"b')
    assert target.read_bytes().endswith(b"0.0,0.0\r\n")


def test_places_that_were_never_measured_have_no_row(aborted, tmp_path):
    dataset, _ = aborted
    rows = rows_of(dataset.to_csv(tmp_path / "a.csv"))
    assert rows[2:] == [
        ["0.0", "0.0", "0.0", "1.0"],
        ["0.0", "0.5", "2.0", "3.0"],
        ["0.0", "1.0", "4.0", "5.0"],
        ["0.5", "0.0", "6.0", "7.0"],
    ]


def test_points_have_their_coordinates(tmp_path):
    with FileWriter(tmp_path / "a.h5") as writer:
        writer.main(
            "/", "Main", np.arange(6.0).reshape(3, 2), quantity="q", units="u",
            position={"Y": ([1.0, 4.0, 9.0], "m"), "X": ([3.0, 1.0, 2.0], "m")},
            spectroscopic={"V": ([0, 1], "V")}, points=True,
        )  # fmt: skip
    dataset = ul.open(tmp_path / "a.h5").dataset("/Main")
    rows = rows_of(dataset.to_csv(tmp_path / "a.csv"))
    assert rows[1][:2] == ["Y (m)", "X (m)"]
    assert rows[3] == ["4.0", "1.0", "2.0", "3.0"]


def test_any_array_becomes_a_table(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["d"] = np.arange(24).reshape(2, 3, 4)
        file["scalar"] = 2.5
    file = ul.open(tmp_path / "a.h5")
    rows = rows_of(file.array("/d").to_csv(tmp_path / "a.csv"))
    np.testing.assert_array_equal(
        np.array([row[1:] for row in rows[-2:]], int), np.arange(24).reshape(2, 12)
    )
    assert rows[0][1:] == [str(float(i)) for i in np.repeat(range(3), 4)]
    assert rows[1][1:] == [str(float(i)) for i in np.tile(range(4), 3)]
    rows = rows_of(file.array("/scalar").to_csv(tmp_path / "b.csv"))
    assert rows == [["scalar"], ["2.5"]]


def test_no_file_is_overwritten_unasked(image, tmp_path):
    dataset = ul.open(image).main_datasets[0]
    path = tmp_path / "a.csv"
    path.write_text("precious")
    with pytest.raises(ExistsError, match=r"'a\.csv' exists already"):
        dataset.to_csv(path)
    assert path.read_text() == "precious"
    dataset.to_csv(path, overwrite=True)
    assert len(rows_of(path)) == 14
    with pytest.raises(MissingFileError, match=r"The folder for 'a\.csv'"):
        dataset.to_csv(tmp_path / "none" / "a.csv")


def test_the_data_are_never_replaced_by_their_table(image, tmp_path, fingerprint):
    dataset = ul.open(image).main_datasets[0]
    before = fingerprint(image)
    (tmp_path / "link.csv").symlink_to(image)
    for path in (image, tmp_path / "link.csv"):
        with pytest.raises(ExistsError, match="the file of the dataset itself"):
            dataset.to_csv(path, overwrite=True)
    assert fingerprint(image) == before


def test_a_failure_leaves_nothing_behind(image, tmp_path, monkeypatch):
    dataset = ul.open(image).main_datasets[0]
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.csv").write_text("precious")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(textfile, "_write", fail)
    with pytest.raises(OSError, match=r"'a\.csv' could not be written"):
        dataset.to_csv(folder / "a.csv", overwrite=True)
    assert [entry.name for entry in folder.iterdir()] == ["a.csv"]
    assert (folder / "a.csv").read_text() == "precious"


def test_memory_is_bounded(tmp_path, monkeypatch):
    data = np.random.default_rng(0).random((4000, 64))
    with FileWriter(tmp_path / "a.h5") as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u", chunks=(100, 64),
            position={"X": (np.arange(4000), "m")},
            spectroscopic={"V": (np.arange(64), "V")},
        )  # fmt: skip
    dataset = ul.open(tmp_path / "a.h5").dataset("/Main")
    monkeypatch.setattr(textfile, "BLOCK_BYTES", 1 << 19)
    tracemalloc.start()
    try:
        path = dataset.to_csv(tmp_path / "a.csv")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000  # the table is 5 MB as text, 80 MB while it is made
    np.testing.assert_array_equal(
        np.array([row[1:] for row in rows_of(path)[2:]], float), data
    )
