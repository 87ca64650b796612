"""Ancillary tables as they are stored, read back with h5py."""

import h5py
import numpy as np
import pytest

from usid_lab.errors import ArgumentError, NameTakenError
from usid_lab.model.dimension import Dimension, Side
from usid_lab.storage.ancillaries import place_tables, write_tables
from usid_lab.storage.recipe import SideRecipe, side_recipe

GRID = {"Y": ([10.0, 20.0], "µm"), "X": ([1.0, 2.0, 3.0], "")}


def test_positions_lie_in_rows_fastest_first(file):
    indices, values = write_tables(file, Side.POSITION, side_recipe(GRID))
    assert (indices.name, values.name) == ("/Position_Indices", "/Position_Values")
    assert (indices.dtype, values.dtype) == (np.uint32, np.float32)
    np.testing.assert_array_equal(
        indices, [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1]]
    )
    np.testing.assert_array_equal(values[:, 0], [1, 2, 3, 1, 2, 3])
    np.testing.assert_array_equal(values[:, 1], [10, 10, 10, 20, 20, 20])
    for table in (indices, values):
        assert table.attrs["labels"].tolist() == [b"X", b"Y"]
        assert table.attrs["units"].tolist() == [b"", "µm".encode()]
        assert set(table.attrs) == {"labels", "units"}


@pytest.mark.parametrize("base", ["Scan", "Scan_"])
def test_spectra_lie_in_columns_under_any_name(file, base):
    indices, values = write_tables(file, Side.SPECTROSCOPIC, side_recipe(GRID), base)
    assert (indices.name, values.name) == ("/Scan_Indices", "/Scan_Values")
    assert indices.shape == (2, 6)
    np.testing.assert_array_equal(values[0], [1, 2, 3, 1, 2, 3])


def test_values_keep_the_precision_that_they_need(file):
    megahertz = 350e6 + np.arange(5) * 0.5
    recipe = side_recipe({"F": (megahertz, "Hz")})
    _, values = write_tables(file, Side.SPECTROSCOPIC, recipe)
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values[0], megahertz)


def test_modes_are_written_as_later_releases_of_pyusid_do(file):
    points = [Dimension(name, "m", [3.0, 1.0, 2.0], "incomplete") for name in "YX"]
    indices, _ = write_tables(file, Side.POSITION, side_recipe(points))
    assert indices.attrs["type"].tolist() == [1, 1]
    np.testing.assert_array_equal(indices, [[0, 0], [1, 1], [2, 2]])
    dependent = [
        Dimension("Cycle", "", 2),
        Dimension("Offset", "V", [[0.0, 1.0], [5.0, 9.0]], "dependent"),
    ]
    recipe = side_recipe(dependent)
    indices, values = write_tables(file, Side.SPECTROSCOPIC, recipe)
    assert indices.attrs["type"].tolist() == [2, 0]
    np.testing.assert_array_equal(values[0], [0, 1, 5, 9])


def test_names_that_are_taken_leave_nothing(file):
    file["Position_Values"] = 1
    with pytest.raises(NameTakenError, match="already has an entry 'Position_Values'"):
        write_tables(file, Side.POSITION, side_recipe(GRID))
    assert list(file) == ["Position_Values"]
    with pytest.raises(ArgumentError, match="name of a table"):
        write_tables(file, Side.POSITION, side_recipe(GRID), "a/b")


def test_equal_tables_are_shared(file):
    first = place_tables(file, Side.POSITION, side_recipe(GRID), "A")
    assert place_tables(file, Side.POSITION, side_recipe(GRID), "B") == first
    assert set(file) == {"Position_Indices", "Position_Values"}


def test_tables_with_nan_are_shared_too(file):
    gaps = {"T": ([0.0, np.nan, 2.0], "s")}
    first = place_tables(file, Side.SPECTROSCOPIC, side_recipe(gaps), "A")
    assert place_tables(file, Side.SPECTROSCOPIC, side_recipe(gaps), "B") == first


OTHERS = {
    "a value": {"Y": ([10.0, 20.0], "µm"), "X": ([1.0, 2.0, 4.0], "")},
    "a unit": {"Y": ([10.0, 20.0], "nm"), "X": ([1.0, 2.0, 3.0], "")},
    "a label": {"Y": ([10.0, 20.0], "µm"), "Z": ([1.0, 2.0, 3.0], "")},
    "a size": {"Y": ([10.0, 20.0], "µm"), "X": ([1.0, 2.0], "")},
    "a type": {"Y": ([10.0, 20.0], "µm"), "X": ([1.0, 1.0 + 1e-9, 3.0], "")},
    "indices": [Dimension(n, "", [10.0, 20.0, 30.0], "incomplete") for n in "YX"],
}


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("side", [Side.POSITION, Side.SPECTROSCOPIC])
def test_other_tables_get_another_name(file, side, what):
    place_tables(file, side, side_recipe(GRID), "A")
    made = place_tables(file, side, side_recipe(OTHERS[what]), "B")
    names = [table.name for table in made]
    assert names == [f"/B_{side.capitalize()}_{what}" for what in ("Indices", "Values")]


def test_a_third_kind_of_tables_has_no_name_left(file):
    file["Position_Indices"] = h5py.ExternalLink("other.h5", "/x")
    file["A_Position_Values"] = [1.0]
    with pytest.raises(NameTakenError, match="already has other tables 'A_Position'"):
        place_tables(file, Side.POSITION, side_recipe(GRID), "A")
    assert len(file) == 2


def test_large_tables_are_compared_to_their_end(file):
    length = 600_000
    indices = np.arange(length, dtype=np.uint32)[:, None]
    recipe = SideRecipe((length,), ("P",), ("",), indices, indices.astype("f8"))
    first = place_tables(file, Side.POSITION, recipe, "A")
    assert place_tables(file, Side.POSITION, recipe, "A") == first
    other = recipe.values.copy()
    other[-1] += 1
    changed = SideRecipe((length,), ("P",), ("",), indices, other)
    assert place_tables(file, Side.POSITION, changed, "A") != first
