"""Places, items and where results stand, against numpy on the N-D data."""

import itertools
import pickle

import numpy as np
import pytest

from usid_lab.dataset import USIDataset
from usid_lab.errors import ArgumentError, DimensionError, LayoutError
from usid_lab.model.dimension import Dimension
from usid_lab.processing.outputs import declared
from usid_lab.processing.placing import place_of
from usid_lab.processing.plan import make_plan
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task
from usid_lab.storage import FileWriter
from usid_lab.storage.recipe import side_recipe
from usid_lab.testing import MainData

# What is seen, a function, what remains, and the same by numpy: unseen dims first.
WAYS = {
    "all steps": (None, lambda b: b.sum((1, 2)), (), lambda a: a.sum((2, 3))),
    "one of two": (("Frequency",), lambda b: b.sum(1), (), lambda a: a.sum(3)),
    "the slow one remains": (
        ("Offset",),
        lambda b: b.cumsum(1),
        ("Offset",),
        lambda a: np.moveaxis(a.cumsum(2), 2, 3),
    ),
    "turned": (
        ("Frequency", "Offset"),
        lambda b: b.cumsum(1),
        ("Frequency", "Offset"),
        lambda a: a.cumsum(3).swapaxes(2, 3),
    ),
    "single values": ((), lambda b: b + 1, (), lambda a: a + 1),
    "an image": (
        ("X", "Y"),
        lambda b: b.cumsum(1),
        ("X", "Y"),
        lambda a: a.cumsum(1).transpose(1, 0, 2, 3),
    ),
    "an image in the order of the file": (
        ("Y", "X"),
        lambda b: b.cumsum(2),
        ("Y", "X"),
        lambda a: a.cumsum(1),
    ),
    "a line and a spectrum": (
        ("X", "Frequency"),
        lambda b: b.sum(2),
        ("X",),
        lambda a: a.sum(3),
    ),
    "everything": (
        ("Y", "X", "Offset", "Frequency"),
        lambda b: b.sum((3, 4)),
        ("Y", "X"),
        lambda a: a.sum((2, 3)),
    ),
    "a new dimension": (
        ("Frequency",),
        lambda b: np.stack([b.min(1), b.max(1)], axis=1),
        (Dimension("Extreme", "", 2),),
        lambda a: np.stack([a.min(3), a.max(3)], axis=3),
    ),
}


def computed(plan, function, window=400):
    """Compute all places at once."""
    task = Task(plan, function, window=window)
    return task.compute(Span(0, plan.count)).arrays


def written(plan, name, values, path, cuts):
    """Write an output as a run does, in some pieces."""
    with FileWriter(path) as writer:
        position, spectroscopic = plan.sides(name, writer.path)
        made = writer.main(
            "/Results",
            name,
            None,
            quantity="Sum",
            units="nA",
            dtype=values.dtype,
            position=position,
            spectroscopic=spectroscopic,
        )
        ends = [0, *cuts, plan.count]
        for start, stop in itertools.pairwise(ends):
            span = Span(start, stop)
            for rows, columns, part in plan.placed(name, span, values[start:stop]):
                writer.fill(made, (rows, columns), part)
    return USIDataset(path, made)


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_results_are_those_of_numpy_and_stand_at_their_places(
    spectra, tmp_path, way, shuffled
):
    sees, function, dims, truth = WAYS[way]
    data, dataset = spectra(shuffled=shuffled)
    plan = make_plan([dataset], sees, declared({"Sum": {"dims": dims}}), batch=2)
    values = computed(plan, function)["Sum"]
    assert len(values) == plan.count
    found = plan.unfolded("Sum", values)
    np.testing.assert_allclose(found, truth(data), rtol=1e-5, atol=1e-5)
    cuts = sorted({1, plan.count // 2, plan.count - 1} - {0, plan.count})
    result = written(plan, "Sum", values, tmp_path / "out.results.h5", cuts)
    assert result.read().size == found.size
    names = [dimension.name for dimension in plan.dimensions("Sum")]
    assert [name for name in result.dims if name != "arb"] == names
    np.testing.assert_array_equal(result.read().reshape(found.shape), found)
    for dimension in plan.dimensions("Sum"):
        np.testing.assert_array_equal(result.coords[dimension.name], dimension.values)


def incomplete(path, rows):
    """Write a scan of 3 x 4 positions that was ended early; 6 steps."""
    data = np.random.default_rng(5).normal(size=(rows, 6)).astype("f4")
    recipe = side_recipe([Dimension("Y", "m", 3), Dimension("X", "m", 4)])
    order = np.random.default_rng(6).permutation(12)[:rows]
    tables = (recipe.indices[order], recipe.values[order])
    whole = type(recipe)((rows,), recipe.labels, recipe.units, *tables)
    with FileWriter(path) as writer:
        made = writer.main(
            "/Measurement_000/Channel_000",
            "Raw_Data",
            data,
            quantity="Current",
            units="nA",
            position=whole,
            spectroscopic=[Dimension("Bias", "V", 6)],
        )
    return data, order, USIDataset(path, made)


def test_an_incomplete_scan_is_computed_row_by_row(tmp_path):
    data, order, dataset = incomplete(tmp_path / "scan.h5", 9)
    plan = make_plan([dataset], None, declared({"Mean": {}}), batch=2)
    assert plan.count == 9
    values = computed(plan, lambda b: b.mean(1))["Mean"]
    np.testing.assert_allclose(values, data.mean(1), rtol=1e-6)
    truth = np.full(12, np.nan)
    truth[order] = data.mean(1)
    found = plan.unfolded("Mean", values)
    np.testing.assert_allclose(found, truth.reshape(3, 4), rtol=1e-6)
    result = written(plan, "Mean", values, tmp_path / "out.results.h5", [4])
    np.testing.assert_allclose(result.read()[..., 0], truth.reshape(3, 4), rtol=1e-6)
    assert result.position_key == dataset.position_key


def test_an_image_of_an_incomplete_scan_has_nan_in_its_gaps(tmp_path):
    data, order, dataset = incomplete(tmp_path / "scan.h5", 9)
    plan = make_plan([dataset], ("Y", "X"), declared({"Same": {"dims": ("Y", "X")}}))
    values = computed(plan, lambda b: b)["Same"]
    truth = np.full((12, 6), np.nan)
    truth[order] = data
    np.testing.assert_array_equal(values, truth.T.reshape(6, 3, 4).astype("f4"))
    with pytest.raises(LayoutError, match="'X' alone"):
        make_plan([dataset], ("X",), declared({"Mean": {}}))


def test_scattered_points_are_computed_and_have_no_images(tmp_path):
    points = [Dimension(n, "m", np.arange(7.0) ** p, "incomplete") for n, p in
              (("Y", 2), ("X", 3))]  # fmt: skip
    data = np.random.default_rng(2).normal(size=(7, 4)).astype("f4")
    bias = (Dimension("Bias", "V", 4),)
    dataset = MainData(data, tuple(points), bias).write(tmp_path / "points.h5")
    plan = make_plan([dataset], None, declared({"Mean": {}}))
    values = computed(plan, lambda b: b.mean(1))["Mean"]
    np.testing.assert_allclose(values, data.mean(1), rtol=1e-6)
    assert plan.where(3) == {"Y": (3, 9.0, "m"), "X": (3, 27.0, "m")}
    result = written(plan, "Mean", values, tmp_path / "out.results.h5", [3])
    assert result.position_key == dataset.position_key
    with pytest.raises(DimensionError, match="no dimension 'X'"):
        make_plan([dataset], ("X",), declared({"Mean": {}}))


def test_values_that_depend_on_what_remains_still_do(tmp_path):
    own = np.arange(6.0).reshape(3, 2) ** 2
    steps = (
        Dimension("Offset", "V", own[:, :, None].repeat(4, 2), "dependent"),
        Dimension("Cycle", "", 2),
        Dimension("Frequency", "Hz", 4),
    )
    data = np.random.default_rng(2).normal(size=(5, 3, 2, 4)).astype("f4")
    dataset = MainData(data, (Dimension("X", "m", 5),), steps).write(tmp_path / "a.h5")
    plan = make_plan([dataset], ("Frequency",), declared({"Mean": {}}))
    values = computed(plan, lambda b: b.mean(1))["Mean"]
    result = written(plan, "Mean", values, tmp_path / "out.results.h5", [2])
    assert result.dims == ("X", "Offset", "Cycle")
    np.testing.assert_array_equal(result.layout.grids["Offset"][1], own)
    np.testing.assert_allclose(result.read(), data.mean(3), rtol=1e-5)


def test_several_sources_give_one_block_each(spectra):
    first, one = spectra("one.h5", shuffled=True)
    second, two = spectra("two.h5", shuffled=True, seed=2)
    outputs = declared({"Sum": {}, "Less": {"dims": ("Frequency",)}})
    plan = make_plan([one, two], ("Frequency",), outputs, batch=5)
    found = computed(plan, lambda a, b: ((a + b).sum(1), a - b))
    np.testing.assert_allclose(
        plan.unfolded("Sum", found["Sum"]), (first + second).sum(3), rtol=1e-4
    )
    np.testing.assert_array_equal(plan.unfolded("Less", found["Less"]), first - second)


def test_sources_that_do_not_fit_are_refused(spectra):
    _, one = spectra("one.h5")
    _, shuffled = spectra("two.h5", shuffled=True)
    _, other = spectra("three.h5", sizes=(6, 8, 2, 5))
    with pytest.raises(LayoutError, match="other positions"):
        make_plan([one, shuffled], None, declared({"Sum": {}}))
    with pytest.raises(LayoutError, match="differ in what the function does not see"):
        make_plan([one, other], ("Frequency",), declared({"Sum": {}}))
    assert make_plan([one, other], None, declared({"Sum": {}})).count == 48


def test_places_are_found_by_index_and_told_with_their_values(spectra):
    _, dataset = spectra(shuffled=True)
    plan = make_plan([dataset], None, declared({"Sum": {}}))
    place = place_of(plan, {"Y": 1, "X": 2})
    assert place == 13  # the second line runs backwards
    assert plan.where(place) == {"Y": (1, 1.0, "um"), "X": (2, 2.0, "um")}
    images = make_plan([dataset], ("Y", "X"), declared({"Sum": {}}))
    place = place_of(images, {"Offset": 2, "Frequency": 3})
    assert images.where(place) == {
        "Offset": (2, 1.0, "V"), "Frequency": (3, 103.0, "Hz"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "at least one"),
        ({"a/b": {}}, "without '/'"),
        ({"A": {"unit": "V"}}, "no field 'unit'"),
        ({"A": {"dtype": "U3"}}, "holds numbers"),
        ({"A": {"dims": ("Bias",)}}, "keeps 'Bias', which its function does not see"),
        ({"A": {"dims": (Dimension("Offset", "", 2),)}}, "two dimensions of one name"),
    ],
)
def test_outputs_that_make_no_sense_are_refused(spectra, given, text):
    _, dataset = spectra()
    with pytest.raises(ArgumentError, match=text):
        make_plan([dataset], ("Frequency",), declared(given))


def test_the_batch_follows_from_shapes_alone(spectra):
    _, dataset = spectra(sizes=(16, 16, 2, 4))
    outputs = declared({"Sum": {}})
    plan = make_plan([dataset], None, outputs)
    assert plan.batch == 256 // 64
    assert make_plan([dataset], None, outputs, batch=100).batch == 100
    spans = list(plan.batches(Span(8, 18)))
    assert [(s.start, s.stop) for s in spans] == [(8, 12), (12, 16), (16, 18)]


def test_a_plan_travels(spectra):
    _, dataset = spectra(shuffled=True)
    plan = make_plan([dataset], ("X", "Offset"), declared({"Sum": {}}))
    there = pickle.loads(pickle.dumps(plan))
    values = computed(there, lambda b: b.sum((1, 2)))["Sum"]
    np.testing.assert_array_equal(
        there.unfolded("Sum", values),
        plan.unfolded("Sum", computed(plan, lambda b: b.sum((1, 2)))["Sum"]),
    )
