import inspect
import pickle

import pytest

from usid_lab import errors


def all_errors():
    found = [c for _, c in inspect.getmembers(errors, inspect.isclass)]
    return [c for c in found if issubclass(c, errors.UsidError)]


@pytest.mark.parametrize("kind", all_errors())
def test_says_what_happened_and_why(kind):
    error = kind("The file is odd.")
    assert error.message == "The file is odd."
    assert error.reason == ""
    assert str(error) == "The file is odd."


@pytest.mark.parametrize("kind", all_errors())
def test_the_docstring_draws_every_error(kind):
    assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize("kind", all_errors())
def test_survives_the_way_between_processes(kind):
    error = pickle.loads(pickle.dumps(kind("Odd.")))
    assert type(error) is kind
    assert error.message == "Odd."


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.MissingFileError, FileNotFoundError),
        (errors.UnreadableFileError, PermissionError),
        (errors.TruncatedFileError, OSError),
        (errors.NotMainError, ValueError),
        (errors.ObjectNotFoundError, KeyError),
        (errors.DimensionError, KeyError),
        (errors.SelectionError, IndexError),
        (errors.ExistsError, FileExistsError),
        (errors.CrowdedError, NotImplementedError),
        (errors.CrowdedError, ValueError),
    ],
)
def test_is_also_the_builtin_error_that_people_catch(kind, builtin):
    assert issubclass(kind, builtin)


def test_reason_is_shown_after_the_sentence():
    assert str(errors.FileError("Odd.", "errno 5")) == "Odd. (errno 5)"


def test_not_main_tells_every_fault():
    faults = (errors.Fault("a", "No a."), errors.Fault("b", "No b.", "warning"))
    error = errors.NotMainError("Not Main.", faults)
    assert error.faults == faults
    assert error.reason == "No a. No b."
