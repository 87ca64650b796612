from hypothesis import given
from hypothesis import strategies as st

from usid_lab.model.dimension import Side, unique_names

P, S = Side.POSITION, Side.SPECTROSCOPIC


def test_different_labels_stay_as_they_are():
    assert unique_names([("Y", P), ("X", P), ("Bias", S)]) == ("Y", "X", "Bias")


def test_a_label_on_both_sides_gets_its_side():
    names = unique_names([("X", P), ("Y", P), ("X", S)])
    assert names == ("X (position)", "Y", "X (spectroscopic)")


def test_duplicates_on_one_side_are_counted():
    assert unique_names([("X", P), ("X", P), ("X", P)]) == ("X", "X 2", "X 3")


def test_counting_avoids_names_that_exist():
    assert unique_names([("X", P), ("X", P), ("X 2", P)]) == ("X", "X 3", "X 2")


@given(
    st.lists(st.tuples(st.sampled_from(["", "X", "X 2", "Y"]), st.sampled_from(Side)))
)
def test_names_are_always_unique(labels):
    names = unique_names(labels)
    assert len(set(names)) == len(labels)
