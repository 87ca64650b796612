"""How what is left is cut into blocks."""

import numpy as np
import pytest

from usid_lab.processing.cutting import Cutter
from usid_lab.processing.outputs import declared
from usid_lab.processing.plan import make_plan
from usid_lab.processing.span import Span, merged, without


@pytest.fixture
def plan(spectra):
    _, dataset = spectra(sizes=(100, 100, 1, 1))
    return make_plan([dataset], None, declared({"Mean": {}}), batch=10)


@pytest.mark.parametrize("pace", [1e-6, 1e-3, 0.05, 1.0])
def test_every_place_comes_once_in_whole_batches(plan, pace):
    left = [Span(0, 500), Span(1000, 9010), Span(9990, 10000)]
    cutter, seen = Cutter(plan, left, 2, (0.1, 1.0)), []
    for span in cutter:
        assert span.start % 10 == 0
        assert span.stop % 10 == 0
        seen.append(span)
        cutter.learn(len(span), pace * len(span))
    assert sum(map(len, seen)) == sum(map(len, left))
    assert merged(seen) == left
    assert cutter.places == 0


def test_blocks_take_the_time_that_is_wanted(plan):
    cutter = Cutter(plan, [Span(0, 10000)], 2, (0.1, 1.0))
    lengths = []
    for span in cutter:
        lengths.append(len(span))
        cutter.learn(len(span), 1e-3 * len(span))
    assert lengths[0] == 10  # nobody knows how long a batch takes
    assert max(lengths) == 1000
    # The last ones are small, so that all workers end at about the same time.
    assert all(length <= 110 for length in lengths[-3:])


def test_blocks_hold_no_more_than_memory_allows(plan):
    cutter = Cutter(plan, [Span(0, 10000)], 2, (0.1, 1.0), most=55)
    lengths = []
    for span in cutter:
        lengths.append(len(span))
        cutter.learn(len(span), 1e-9 * len(span))
    assert max(lengths) == 50


def test_one_slow_start_is_forgotten(plan):
    cutter = Cutter(plan, [Span(0, 10000)], 2, (0.1, 1.0))
    cutter.learn(10, 10.0)
    for _ in range(10):
        cutter.learn(10, 0.01)
    assert cutter.pace == pytest.approx(1e-3, rel=0.1)
    assert cutter.seconds_left == pytest.approx(10, rel=0.1)


def test_what_is_left_is_what_is_not_done():
    rng = np.random.default_rng(3)
    for _ in range(50):
        ends = rng.integers(0, 100, (5, 2))
        done = [Span(int(min(pair)), int(max(pair))) for pair in ends]
        marks = np.zeros(90, bool)
        for span in done:
            marks[span.start : span.stop] = True
        left = without(Span(0, 90), done)
        assert [place for span in left for place in span] == list(
            np.flatnonzero(~marks)
        )
        assert left == merged(left)
