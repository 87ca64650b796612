"""What check_process accepts, and what it finds."""

import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import OutputError
from usid_lab.model.dimension import Dimension
from usid_lab.testing import MainData, check_process


@pytest.fixture
def dataset(tmp_path):
    data = np.random.default_rng(1).normal(size=(4, 5, 2, 6)).astype("f4")
    dims = [Dimension(n, "m", s) for n, s in zip("YXCF", data.shape, strict=True)]
    return MainData(data, tuple(dims[:2]), tuple(dims[2:])).write(tmp_path / "a.h5")


KIND = np.dtype([("low", "f4"), ("at", "i4")])


def ends(block):
    """Two fields for each item."""
    found = np.empty(len(block), KIND)
    filled = np.nan_to_num(block, nan=np.inf)
    found["low"], found["at"] = filled.min(1), filled.argmin(1)
    return found


@pytest.mark.parametrize(
    ("function", "outputs", "options"),
    [
        (lambda b: b.mean((1, 2)), {"R": {}}, {}),
        (lambda b: b.max(1), {"R": {}}, {"sees": ("F",)}),
        (ends, {"R": {"dtype": KIND}}, {"sees": ("F",)}),
        (lambda one: one.sum(), {"R": {}}, {"per_position": True}),
        (lambda b: b.cumsum(1), {"R": {"dims": ("X", "Y")}}, {"sees": ("X", "Y")}),
        (lambda b: (b, -b), {"A": {}, "B": {}}, {"sees": ()}),
    ],
)
def test_sound_processes_pass(dataset, function, outputs, options):
    check_process(ul.process(dataset, function, name="R", outputs=outputs, **options))


STATE = []


def counting(block):
    """Give something else each time."""
    STATE.append(1)
    return block.mean(1) + len(STATE)


def changing(block):
    """Change what it is given."""
    block *= 2
    return block.mean(1)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (counting, "the second time"),
        (changing, "changes what it is given"),
        (lambda b: b.mean(1) - b.mean(), "an item alone than among others"),
        (lambda b: b.mean(1) + np.arange(len(b)), "an item alone than among others"),
        (
            lambda b: np.where(
                len(b) > 1, b.mean(1) + np.isnan(b).any() * 9, b.mean(1)
            ),
            "lets NaN of one item spoil another",
        ),
    ],
)
def test_what_breaks_a_promise_is_found(dataset, function, text):
    process = ul.process(
        dataset, function, name="Wrong", outputs={"R": {}}, sees=("F",)
    )
    with pytest.raises(AssertionError, match=text):
        check_process(process)


def test_wrong_shapes_and_closed_doors_are_told(dataset):
    process = ul.process(dataset, lambda b: b, name="Wrong", outputs={"R": {}})
    with pytest.raises(OutputError, match="has the shape"):
        check_process(process)

    def picky(block):
        if np.isnan(block).any():
            raise ValueError("NaN")
        return block.mean((1, 2))

    process = ul.process(dataset, picky, name="Picky", outputs={"R": {}})
    with pytest.raises(ul.errors.ProcessError, match="ValueError: NaN"):
        check_process(process)
    check_process(process, nan=False)
