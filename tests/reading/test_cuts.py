"""The short way to one spectrum or one map gives what the long way gives."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usid_lab as ul
from usid_lab.errors import SelectionError
from usid_lab.reading.planning.cuts import Cuts
from usid_lab.storage import FileWriter

SIZES = {"a": 3, "b": 4, "c": 2, "d": 5}
KEEP = settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module", params=["raster", "shuffled", "swapped", "chunked"])
def dataset(request, tmp_path_factory):
    data = np.random.default_rng(0).random(tuple(SIZES.values()))
    if request.param == "swapped":
        data = data.astype(">f4")
    vectors = {n: (np.arange(s) * 2.0, "m") for n, s in SIZES.items()}
    order = np.random.default_rng(5).permutation(12)
    path = tmp_path_factory.mktemp("cuts") / "a.h5"
    with FileWriter(path) as writer:
        writer.main(
            "/", "Main", data, quantity="q", units="u",
            row_order=order if request.param == "shuffled" else None,
            chunks=(3, 2) if request.param == "chunked" else False,
            position={n: vectors[n] for n in "ab"},
            spectroscopic={n: vectors[n] for n in "cd"},
        )  # fmt: skip
    found = ul.open(path).dataset("/Main")
    return found, data.transpose(["abcd".index(name) for name in found.dims])


def index_of(size):
    kinds = st.sampled_from([int, np.int64, np.uint8])
    whole = st.tuples(st.integers(-size, size - 1), kinds)
    return whole.map(
        lambda pair: (
            pair[1](pair[0] % size) if pair[1] is np.uint8 else pair[1](pair[0])
        )
    )


@KEEP
@given(
    data=st.data(), names=st.sampled_from(["ab", "ba", "cd", "dc", "abcd", "a", "bd"])
)
def test_a_cut_is_that_of_numpy(dataset, data, names):
    found, values = dataset
    selection = {n: data.draw(index_of(SIZES[n])) for n in names}
    index = tuple(int(selection[n]) if n in names else slice(None) for n in found.dims)
    read = found.read(selection)
    np.testing.assert_array_equal(read, values[index])
    assert read.dtype == values.dtype.newbyteorder("=")
    # It belongs to who asked.
    read[...] = 0
    np.testing.assert_array_equal(found.read(selection), values[index])


@pytest.mark.parametrize(
    ("selection", "is_cut"),
    [
        ({"a": 0, "b": 1}, True), ({"d": 1, "c": 0}, True), ({}, True),
        ({"a": 0}, False), ({"a": 0, "b": 1, "c": 0}, False), ({"e": 1}, False),
    ],
)  # fmt: skip
def test_a_cut_has_whole_axes_and_single_entries(dataset, selection, is_cut):
    layout = dataset[0].layout
    whole = layout.axes[0].entries is None or {"a", "b"} <= set(selection)
    assert (Cuts(layout).of(selection) is not None) == (is_cut and whole)


@pytest.mark.parametrize("index", [3, -4, 10**30])
def test_an_index_outside_is_said(dataset, index):
    with pytest.raises(SelectionError, match="outside dimension 'a'"):
        dataset[0].read(a=index, b=0)
    with pytest.raises(SelectionError, match="takes an index, a slice"):
        dataset[0].read(a=1.5, b=0)


def test_lists_and_slices_go_the_long_way(dataset):
    found, values = dataset
    wanted = values.take(1, axis=found.dims.index("a"))
    axis = [n for n in found.dims if n != "a"].index("b")
    np.testing.assert_array_equal(
        found.read(a=1, b=slice(1, 3)), wanted.take([1, 2], axis=axis)
    )
    np.testing.assert_array_equal(
        found.read(a=1, b=[2, 2]), wanted.take([2, 2], axis=axis)
    )


def test_kinds_are_not_remembered_without_end(dataset):
    cuts = Cuts(dataset[0].layout)
    for number in range(1000):
        assert cuts.of({f"nonsense {number}": 0}) is None
    assert len(cuts._known) <= 64
