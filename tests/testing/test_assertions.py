import numpy as np
import pytest

from usid_lab.model.dimension import Dimension
from usid_lab.testing import (
    MainData,
    assert_arrays_equal,
    assert_datasets_equal,
    untouched,
)

NAN = float("nan")
PAIR = np.dtype([("a", "<f4"), ("b", "<c8")])


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (np.array([1, 2], ">i4"), np.array([1, 2], "<i4")),
        ([NAN, np.inf], [NAN, np.inf]),
        (np.array([(1, NAN)], PAIR), np.array([(1, NAN)], PAIR.newbyteorder(">"))),
        (np.empty((0, 3)), np.empty((0, 3))),
        (True, np.True_),
    ],
)
def test_equal_arrays(actual, expected):
    assert_arrays_equal(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "says"),
    [
        ([1, 2], [1, 2, 3], r"the shape \(2,\) is not \(3,\)"),
        ([1], [1.0], "the type int64 is not float64"),
        ([[1, 2], [3, 4]], [[1, 9], [3, 9]], r"2 of 4 .* at \[0, 1\]: 2 is not 9"),
        ([NAN], [1.0], r"1 of 1 values differ, first at \[0\]: nan is not 1"),
        (np.array([(1, 2)], PAIR), np.array([(1, 3)], PAIR), "1 of 1 values differ"),
        (np.array(1), np.array(2), r"first at \[\]: 1 is not 2"),
    ],
)
def test_arrays_that_differ(actual, expected, says):
    with pytest.raises(AssertionError, match=says):
        assert_arrays_equal(actual, expected)


def scan(**changes):
    facts = {
        "data": np.arange(12.0).reshape(3, 4),
        "position": (Dimension("Y", "m", 3),),
        "spectroscopic": (Dimension("Bias", "V", 4),),
        "units": "nA",
    }
    return MainData(**{**facts, **changes})


def test_datasets_are_equal_however_they_are_stored(tmp_path):
    one = scan().write(tmp_path / "one.h5")
    two = scan(row_order=np.array([2, 0, 1])).write(tmp_path / "two.h5")
    assert_datasets_equal(two, one)


LOOSE = np.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"units": "pA"}, "units: 'pA' is not 'nA'"),
        ({"quantity": "Force"}, "quantity: 'Force' is not 'Current'"),
        ({"position": (Dimension("X", "m", 3),)}, r"dims: \('X', .* is not \('Y'"),
        ({"position": (Dimension("Y", "nm", 3),)}, "units of dimension 'Y': 'nm' is"),
        ({"position": (Dimension("Y", "m", [0, 1, 5]),)}, "values of 'Y': .* are not"),
        ({"data": np.zeros((3, 4))}, "11 of 12 values differ"),
        ({"data": np.zeros((3, 4), np.float32)}, "type float32 is not float64"),
        (
            {"data": np.zeros((2, 4)), "position": (Dimension("Y", "m", 2),)},
            r"values of 'Y': the shape \(2,\) is not \(3,\)",
        ),
    ],
)
def test_datasets_that_differ(tmp_path, changes, says):
    one = scan().write(tmp_path / "one.h5")
    other = scan(**changes).write(tmp_path / "other.h5")
    with pytest.raises(AssertionError, match=says):
        assert_datasets_equal(other, one)


def test_values_may_differ_as_much_as_is_allowed(tmp_path):
    one = scan().write(tmp_path / "one.h5")
    near = Dimension("Y", "m", [0, 1, 2.001])
    other = scan(position=(near,)).write(tmp_path / "other.h5")
    assert_datasets_equal(other, one, rtol=1e-3)
    with pytest.raises(AssertionError, match="values of 'Y'"):
        assert_datasets_equal(other, one, rtol=1e-4)


def dependent(path, last):
    grid = np.array([[0.0, 1.0], [5.0, last]])
    spectra = (Dimension("Cycle", "", 2), Dimension("Bias", "V", grid, "dependent"))
    return scan(data=np.zeros((3, 2, 2)), spectroscopic=spectra).write(path)


def test_values_that_depend_on_others_are_compared_everywhere(tmp_path):
    one, two = (dependent(tmp_path / f"{n}.h5", 9.0) for n in "ab")
    assert_datasets_equal(one, two)
    with pytest.raises(AssertionError, match="values of 'Bias' at each place"):
        assert_datasets_equal(one, dependent(tmp_path / "c.h5", 8.0))


def test_coordinates_of_points_are_compared(tmp_path):
    def write(name, last):
        points = tuple(Dimension(n, "m", [3, 1, last], "incomplete") for n in "YX")
        return scan(position=points).write(tmp_path / name)

    assert_datasets_equal(write("a.h5", 2), write("b.h5", 2))
    with pytest.raises(AssertionError, match="values of 'Y'"):
        assert_datasets_equal(write("c.h5", 2), write("d.h5", 4))


def test_files_that_stay_as_they_are(tmp_path):
    path = tmp_path / "raw.h5"
    dataset = scan().write(path)
    with untouched(path, str(path)):
        dataset.read(Y=0)


def test_a_file_that_is_written_or_removed_is_told(tmp_path):
    path = tmp_path / "raw.h5"
    path.write_bytes(b"raw")
    with pytest.raises(AssertionError, match=r"raw.h5' was changed"), untouched(path):
        path.write_bytes(b"new")
    with pytest.raises(AssertionError, match=r"raw.h5' is gone"), untouched(path):
        path.unlink()


def test_an_error_within_is_the_one_that_is_seen(tmp_path):
    path = tmp_path / "raw.h5"
    path.write_bytes(b"raw")

    def fail():
        path.unlink()
        raise KeyError

    with pytest.raises(KeyError), untouched(path):
        fail()
