import json

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, scalar_dtypes
from known_runs import job_of

from usid_lab.errors import ArgumentError, UsidError
from usid_lab.processing.ledger.facts import Facts
from usid_lab.processing.ledger.record import RunRecord
from usid_lab.storage.writing import write_attributes

numeric = scalar_dtypes().filter(lambda dtype: dtype.kind in "biufc")
others = [np.datetime64("2020-01-02"), np.timedelta64(3, "s"), np.longdouble("0.1")]
one = (
    st.none()
    | st.sampled_from(others)
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters())
    | st.binary()
    | arrays(numeric, st.integers(0, 1100))
    | numeric.flatmap(lambda dtype: arrays(dtype, ())).map(lambda array: array[()])
)
values = one | st.lists(one, max_size=3) | st.dictionaries(st.text(), one, max_size=3)
names = st.text(st.characters(), max_size=9) | st.sampled_from(["tool", "source_000"])


@given(st.dictionaries(names, values, max_size=4))
def test_whatever_identifies_a_run_can_be_written(parameters):
    record = RunRecord.of("Tool", "1", parameters, [], [], 1, 1)
    facts = Facts(parameters)
    with h5py.File("memory", "w", driver="core", backing_store=False) as file:
        write_attributes(file, facts.attributes(record))
        for name, array in facts.arrays():
            file[name] = array
        assert isinstance(json.loads(file.attrs["parameters"]), dict)
        assert not {"tool", "source_000"}.intersection(file.attrs)


def test_numbers_that_only_numpy_has_are_written_as_text():
    record = RunRecord.of("Tool", "1", {}, [], [], 1, 1)
    attrs = Facts({"when": others[0], "fine": others[2]}).attributes(record)
    assert (attrs["when"], attrs["fine"]) == ("2020-01-02", "0.1")


@pytest.mark.parametrize(("count", "told"), [(100, "numbers"), (20000, "digest")])
def test_long_parameters_are_told_by_a_digest(count, told):
    parameters = {"numbers": list(range(count))}
    record = RunRecord.of("Tool", "1", parameters, [], [], 1, 1)
    assert list(json.loads(Facts().attributes(record)["parameters"])) == [told]


TAKEN = ["completed_positions", "Position_Values", "Parameter_a", "..", "a\0"]


@pytest.mark.parametrize("name", TAKEN)
def test_names_that_are_taken_are_refused_before_anything_is_computed(dataset, name):
    with pytest.raises(ArgumentError):
        job_of(dataset, {name: {}})


@pytest.mark.parametrize("tool", ["", "a/b", "\ud800"])
def test_a_tool_that_has_no_group_is_refused_before_anything_is_computed(tool):
    with pytest.raises(UsidError):
        RunRecord.of(tool, "1", {}, [], [], 1, 1)


def test_a_type_that_hdf5_has_not_is_refused_before_anything_is_computed(dataset):
    with pytest.raises(UsidError):
        job_of(dataset, {"A": {"dtype": [("when", "M8[s]")]}})


def test_parameters_stay_what_they_are(job):
    facts = Facts({"a": np.float32(2), "b": "text", "c": [1, 2], "d": 2**70})
    found = facts.attributes(job.record)
    assert (found["a"], found["b"], found["c"]) == (2.0, "text", "[1, 2]")
    assert found["d"] == str(2**70)
