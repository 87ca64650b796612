"""A map of an output while it grows: the middle of what it is in the end."""

import time

import numpy as np
import pytest
from waiting import wait_for

import usid_lab as ul
from usid_lab.model.dimension import Side
from usid_lab.processing.extract import Extract, map_of
from usid_lab.processing.outputs import declared
from usid_lab.processing.plan import make_plan
from usid_lab.processing.span import Span

KINDS = {
    "a number of each row": (("Offset", "Frequency"), ()),
    "a spectrum of each step": (("Frequency",), ("Frequency",)),
    "something new": (("Frequency",), (ul.Dimension("Two", "", 2),)),
    "images": (("Y", "X"), ("Y", "X")),
    "images that are turned": (("X", "Y"), ("X", "Y")),
    "lines": (("X",), ("X",)),
    "a number of each image": (("Y", "X"), ()),
    "one side of images and steps": (("X", "Offset"), ("Offset",)),
}


def middle(dimensions, values):
    """Take the middle of all dimensions that are no positions."""
    return values[
        tuple(
            slice(None) if d.side is Side.POSITION else d.size // 2 for d in dimensions
        )
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", [1, 5, 1000])
def test_the_map_is_the_middle_of_the_whole(spectra, kind, step):
    _, dataset = spectra(sizes=(6, 8, 3, 5))
    sees, dims = KINDS[kind]
    plan = make_plan([dataset], sees, declared({"A": {"dims": dims}}))
    (output,) = plan.outputs
    whole = np.random.default_rng(4).normal(size=(plan.count, *output.shape))
    extract = Extract.middle(plan, output)
    kept = np.full((extract.count(plan.count), *extract.shape(output.shape)), np.nan)
    for start in range(0, plan.count, step):
        span = Span(start, min(start + step, plan.count))
        part, found = extract.cut(span, whole[start : span.stop])
        kept[part] = found
    found = map_of(plan, output, kept)
    known = middle(plan.dimensions("A"), plan.unfolded("A", whole))
    np.testing.assert_array_equal(found.values, known)
    names = [d.name for d in plan.dimensions("A") if d.side is Side.POSITION]
    assert [d.name for d in found.dimensions] == names


class Twice(ul.Process):
    """Twice the spectra, slowly."""

    per_position = True

    def __init__(self, dataset, sees):
        super().__init__(dataset, sees=list(sees))
        self.sees = sees

    def outputs(self):
        """As large as what is given."""
        return {"Twice": {"dims": self.sees}}

    def function(self, item):
        """Compute one item."""
        return 2 * item


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("sees", [("Frequency",), ("Y", "X"), ("X", "Offset")])
def test_of_results_in_the_file_too(spectra, shuffled, sees):
    data, dataset = spectra(shuffled=shuffled, sizes=(6, 8, 4, 5))
    found = Twice(dataset, sees).compute(executor="serial").map("Twice")
    truth = 2 * data[:, :, 2, 2]
    straight = [d.name for d in found.dimensions] == ["Y", "X"]
    np.testing.assert_array_equal(found.values, truth if straight else truth.T)


@pytest.mark.parametrize("sees", [("Offset", "Frequency"), ("Y", "X")])
def test_of_a_cancelled_run_what_is_known_is_on_the_map(spectra, sees):
    data, dataset = spectra(sizes=(16, 16, 3, 5))
    given = {"sees": sees, "outputs": {"Twice": {"dims": sees}}, "batch": 1}
    run = ul.process(dataset, slowly_twice, **given).start(executor="serial")
    wait_for(lambda: run.progress.done > 8, 30)
    run.cancel()
    assert run.wait(5)
    assert run.state == "cancelled"
    found = run.map("Twice").values
    known = ~np.isnan(found)
    assert known.sum() == (run.progress.done if sees[0] == "Offset" else 256)
    np.testing.assert_array_equal(found[known], 2 * data[:, :, 1, 2][known])


def slowly_twice(block):
    time.sleep(0.05)
    return 2 * block
