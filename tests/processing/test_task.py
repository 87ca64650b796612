"""What a worker does with a span, and what it says where that fails."""

import numpy as np
import pytest

from usid_lab.errors import ChangedFileError, OutputError, ProcessError
from usid_lab.processing.outputs import declared
from usid_lab.processing.plan import make_plan
from usid_lab.processing.span import Span
from usid_lab.processing.task import Task


def task_of(dataset, function, outputs=None, *, alone=False, batch=8, **options):
    plan = make_plan([dataset], None, declared(outputs or {"Mean": {}}), batch)
    return Task(plan, function, "Test", {"width": 3}, alone, **options)


def test_results_do_not_depend_on_how_places_are_cut(spectra):
    _, dataset = spectra(shuffled=True)
    lengths = []

    def function(block):
        lengths.append(len(block))
        # Sums of float32 depend on how many there are together.
        return block.reshape(len(block), -1).sum(1) + block.sum()

    whole = task_of(dataset, function).compute(Span(0, 48)).arrays["Mean"]
    assert lengths == [8] * 6
    for window in (1, 1000, 1 << 20):
        task = task_of(dataset, function, window=window)
        spans = (Span(0, 16), Span(16, 24), Span(24, 48))
        parts = [task.compute(span).arrays["Mean"] for span in spans]
        np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_items_alone_come_without_the_first_axis(spectra):
    data, dataset = spectra()
    outputs = {"Mean": {}, "Same": {"dims": ("Offset", "Frequency")}}
    task = task_of(dataset, lambda one: (one.mean(), one), outputs, alone=True, batch=1)
    found = task.compute(Span(0, 48)).arrays
    np.testing.assert_allclose(
        found["Mean"], data.mean((2, 3)).ravel(), rtol=1e-5, atol=1e-7
    )
    np.testing.assert_array_equal(found["Same"], data.reshape(48, 3, 5))


def test_several_outputs_come_as_a_tuple_or_by_name_also_compound(spectra):
    data, dataset = spectra()
    kind = np.dtype([("low", "f4"), ("high", "f4")])
    outputs = {"Ends": {"dtype": kind}, "Count": {"dtype": "i2"}}

    def ends(block):
        flat = block.reshape(len(block), -1)
        found = np.empty(len(block), kind)
        found["low"], found["high"] = flat.min(1), flat.max(1)
        return found

    def by_name(block):
        return {"Count": np.full(len(block), 15), "Ends": ends(block)}

    def in_order(block):
        return ends(block), np.full(len(block), 15)

    for function in (by_name, in_order):
        found = task_of(dataset, function, outputs).compute(Span(0, 48)).arrays
        np.testing.assert_array_equal(
            found["Ends"]["high"], data.reshape(48, -1).max(1)
        )
        assert found["Count"].dtype == np.int16


def test_nan_is_a_result_like_any_other(spectra):
    _, dataset = spectra()
    task = task_of(dataset, lambda b: np.full(len(b), np.nan))
    assert np.isnan(task.compute(Span(0, 48)).arrays["Mean"]).all()


def test_the_place_at_which_a_function_fails_is_named(spectra):
    data, dataset = spectra()
    bad = data.reshape(48, -1)[21]

    def function(block):
        if (block.reshape(len(block), -1) == bad).all(1).any():
            raise ZeroDivisionError("no\x1b[31m way")
        return block.mean((1, 2))

    with pytest.raises(ProcessError) as caught:
        task_of(dataset, function).compute(Span(0, 48))
    error = caught.value
    where = "Y = 2 um (index 2), X = 5 um (index 5)"
    # Nothing from a function moves the cursor of a terminal.
    assert "\x1b" not in error.message
    assert error.message.startswith(f"'Test' failed at {where}: ZeroDivisionError: no")
    assert "width = 3" in error.reason
    assert "test_task.py" in error.reason
    assert isinstance(error.__cause__, ZeroDivisionError)


def test_a_function_that_fails_only_for_many_names_the_places(spectra):
    _, dataset = spectra()

    def function(block):
        if len(block) > 3:
            raise ValueError("too many")
        return block.mean((1, 2))

    text = r"one of 4 places, from Y = 0 um \(index 0\), X = 0 um \(index 0\) to"
    with pytest.raises(ProcessError, match=text):
        task_of(dataset, function).compute(Span(0, 48))


def test_the_item_alone_that_fails_is_named(spectra):
    data, dataset = spectra()
    bad = data.reshape(48, 3, 5)[9]

    def function(one):
        return 1 / 0 if (one == bad).all() else 0.0

    text = r"at Y = 1 um \(index 1\), X = 1 um \(index 1\): ZeroDivisionError"
    with pytest.raises(ProcessError, match=text):
        task_of(dataset, function, alone=True, batch=1).compute(Span(0, 48))


@pytest.mark.parametrize(
    ("function", "outputs", "text"),
    [
        (lambda b: b[:, 0, 0][:-1], {}, r"has the shape \(7,\), not \(8,\)"),
        (lambda b: b, {}, r"has the shape \(8, 3, 5\), not \(8,\)"),
        (lambda b: None, {}, "returns nothing"),
        (lambda b: ["x"] * len(b), {}, "has the type <U1, which cannot become float32"),
        (lambda b: b[:, 0, 0] + 1j, {}, "complex64, which cannot become float32"),
        (lambda b: b[:, 0, 0], {"dtype": "i4"}, "float32, which cannot become int32"),
        (
            lambda b: np.full(len(b), 70000),
            {"dtype": "u2"},
            "values beyond uint16",
        ),
        (lambda b: np.full(len(b), 200), {"dtype": "i1"}, "values beyond int8"),
        (lambda b: {"Other": b}, {}, "other outputs than were declared"),
        (lambda b: [[1], [2, 3]], {}, "is no array"),
    ],
)
def test_what_was_not_declared_is_refused_in_a_sentence(
    spectra, function, outputs, text
):
    _, dataset = spectra()
    task = task_of(dataset, function, {"Mean": outputs})
    with pytest.raises(OutputError, match=text) as caught:
        task.compute(Span(0, 48))
    assert "'Test', Y = 0 um (index 0), X = 0 um (index 0)" in caught.value.message
    assert "width = 3" in caught.value.reason


def test_a_tuple_of_the_wrong_length_is_refused(spectra):
    _, dataset = spectra()
    task = task_of(dataset, lambda b: b[:, 0, 0], {"A": {}, "B": {}})
    with pytest.raises(OutputError, match="returns 2 outputs"):
        task.compute(Span(0, 8))


def test_a_source_that_is_replaced_is_noticed(spectra, tmp_path):
    _, dataset = spectra()
    task = task_of(dataset, lambda b: b.mean((1, 2)))
    task.compute(Span(0, 8))
    _, other = spectra("other.h5", seed=9)
    other.file_path.replace(dataset.file_path)
    with pytest.raises(ChangedFileError, match=r"'scan.h5' was changed while"):
        task.compute(Span(8, 16))
    dataset.file_path.unlink()
    with pytest.raises(ChangedFileError, match=r"is gone\. Put the file back"):
        task.compute(Span(8, 16))


def test_a_copy_of_the_source_is_the_same_source(spectra, tmp_path):
    _, dataset = spectra()
    task = task_of(dataset, lambda b: b.mean((1, 2)))
    copy = tmp_path / "copy.h5"
    copy.write_bytes(dataset.file_path.read_bytes())
    copy.replace(dataset.file_path)
    assert len(task.compute(Span(0, 48)).arrays["Mean"]) == 48
