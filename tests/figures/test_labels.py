import numpy as np
import pytest

from usid_lab.figures.labels import Ticks, labelled, short, ticks_of
from usid_lab.model.dimension import Dimension


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([5], 1),
        ([0, 2, 4], 2),
        ([4, 2, 0], -2),
        ([0, 1, 3], None),
        ([1, 1, 1], None),
        ([0, 1, 0], None),
        ([0, np.nan, 2], None),
        (np.float32(0.1) * np.arange(1000, dtype=np.float32), pytest.approx(0.1)),
    ],
)
def test_even_steps_are_told_from_others(values, step):
    assert Ticks(np.asarray(values, dtype=float), "", "").step == step


def test_units_that_say_nothing_are_left_out():
    ticks = ticks_of(Dimension("X", "a.u.", [0, 2000]))
    assert (ticks.label, ticks.units, ticks.values.tolist()) == ("X", "", [0, 2000])


def test_control_characters_and_line_breaks_do_not_reach_a_figure():
    assert labelled("a\nb", "\x1b") == "a b (\\x1b)"
    assert len(short("x" * 500)) == 60
