import numpy as np
import pytest

from usid_lab.errors import DimensionError, SelectionError
from usid_lab.model.selection import picked_shape, picks


def pick(indexer, size=5):
    return picks({"X": indexer}, ("X",), (size,))[0]


@pytest.mark.parametrize("index", [0, 4, -1, -5, np.uint8(3), np.int64(-2), True])
def test_an_index_counts_from_either_end(index):
    assert pick(index) == range(5)[int(index)]


@pytest.mark.parametrize("index", [5, -6, 10**30])
def test_an_index_outside_is_refused_in_words(index):
    with pytest.raises(SelectionError, match="outside dimension 'X', which has 5"):
        pick(index)


@pytest.mark.parametrize(
    "indexer", [slice(None), slice(1, -1), slice(None, None, -2), slice(9, 20)]
)
def test_a_slice_is_that_of_python(indexer):
    assert pick(indexer) == range(5)[indexer]


@pytest.mark.parametrize("indexer", [slice(None, None, 0), slice("a", None)])
def test_a_slice_that_is_none(indexer):
    with pytest.raises(SelectionError, match="slice for 'X'"):
        pick(indexer)


@pytest.mark.parametrize("indexer", [[0, -1], (1, 1), np.array([4, 0], np.uint16)])
def test_lists_of_indices(indexer):
    np.testing.assert_array_equal(pick(indexer), np.arange(5)[list(map(int, indexer))])


def test_a_mask_selects_where_it_is_true():
    mask = np.array([True, False, True, False, False])
    np.testing.assert_array_equal(pick(mask), [0, 2])


@pytest.mark.parametrize(
    "indexer", [0.5, [0.5], "X", [[0]], None, [5], [-6], np.array(["a"])]
)
def test_anything_else_is_refused(indexer):
    with pytest.raises(SelectionError, match="'X'"):
        pick(indexer)


def test_an_empty_list_selects_nothing():
    assert len(pick([])) == 0


def test_an_unknown_dimension_names_those_there_are():
    with pytest.raises(DimensionError, match="no dimension 'Z'; there are: Y, X"):
        picks({"Z": 0}, ("Y", "X"), (2, 3))


def test_shape_of_what_is_picked():
    chosen = picks({"a": 1, "b": [0, 1]}, ("a", "b", "c"), (2, 3, 4))
    assert picked_shape(chosen) == (2, 4)


def test_an_index_beyond_all_integers_is_none_from_the_end():
    with pytest.raises(SelectionError, match="outside"):
        pick(np.array([2**64 - 1], np.uint64))


def test_a_mask_of_another_length_says_so():
    with pytest.raises(SelectionError, match="A mask of 'X' has an entry for each of"):
        picks({"X": [True, False]}, ("X",), (5,))
