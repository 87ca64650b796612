import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import find as find_small
from hypothesis import strategies as st

from usid_lab.model.ancillary import tables_of
from usid_lab.model.dimension import Mode
from usid_lab.model.selection import picks
from usid_lab.testing import serpentine, strategies

QUICK = settings(max_examples=60)
UNSHRUNK = settings(max_examples=500, phases=[Phase.generate])


def find(strategy, condition):
    return find_small(strategy, condition, settings=UNSHRUNK)


@given(strategies.names(), strategies.unit_names())
def test_names_and_units_are_clean(name, unit):
    assert name
    for text in (name, unit):
        assert text == " ".join(text.split())
        assert text.isprintable()


@QUICK
@given(strategies.sides(max_dims=3, max_size=4))
def test_sides_make_tables(dimensions):
    assert len(dimensions) <= 3
    assert len({d.name for d in dimensions}) == len(dimensions)
    if dimensions:
        indices, _ = tables_of(dimensions)
        assert len(indices) <= 4**3


@pytest.mark.parametrize("mode", Mode)
def test_every_mode_is_drawn_when_asked_for(mode):
    found = find(
        strategies.sides(modes=[mode]),
        lambda side: len(side) > 1 and any(d.mode is mode for d in side),
    )
    assert {d.mode for d in found} <= {mode, Mode.DEFAULT}


@pytest.mark.parametrize("code", ["f2", ">f4", "<f8", ">i8", "?", ">c16", "compound"])
def test_every_kind_of_data_is_drawn(code):
    def fits(dtype):
        return bool(dtype.names) if code == "compound" else dtype == np.dtype(code)

    assert fits(find(strategies.dtypes(), fits))


@QUICK
@given(strategies.dtypes(), st.data())
def test_arrays_have_the_form_asked_for(dtype, data):
    array = data.draw(strategies.arrays((2, 3), dtype))
    assert (array.shape, array.dtype) == ((2, 3), dtype)


def test_arrays_hold_odd_numbers():
    floats = strategies.arrays((4, 4), np.dtype("f8"))
    assert np.isnan(find(floats, lambda a: np.isnan(a).any())).any()
    assert np.isinf(find(floats, lambda a: np.isinf(a).any())).any()


@QUICK
@given(st.dictionaries(st.sampled_from("abc"), st.integers(1, 5)), st.data())
def test_selections_are_taken(sizes, data):
    selection = data.draw(strategies.selections(sizes))
    chosen = picks(selection, list(sizes), list(sizes.values()))
    assert len(chosen) == len(sizes)


@QUICK
@given(strategies.main_data())
def test_what_is_drawn_fits_together(main):
    rows = main.data.shape[: main.data.ndim - spectral_axes(main)]
    if main.row_order is not None:
        assert sorted(main.row_order) == list(range(math.prod(rows)))


def spectral_axes(main):
    points = any(d.mode is Mode.INCOMPLETE for d in main.spectroscopic)
    return 1 if points else len(main.spectroscopic)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_neighbours_of_a_serpentine_are_neighbours_in_space(sizes):
    walk = serpentine(sizes)
    places = list(itertools.product(*map(range, sizes)))
    assert sorted(walk) == list(range(len(places)))
    assert walk[0] == 0
    for one, two in itertools.pairwise(walk):
        moved = np.abs(np.subtract(places[one], places[two]))
        assert moved.sum() == 1


def test_without_hypothesis_only_the_strategies_are_missing():
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import usid_lab.testing\n"
        "try:\n    import usid_lab.testing.strategies\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "need the package hypothesis: pip install hypothesis" in done.stdout
