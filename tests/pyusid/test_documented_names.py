"""The documented API is there: every name of documented_names.txt, by its path."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import h5py
import numpy as np
import pytest
from documents import documentation, documented_arguments, documented_names

import usid_lab.pyusid as usid

LIST = Path(__file__).with_name("documented_names.txt")
ENTRY = re.compile(r"(?P<later>later )?(?P<path>[\w.]+)(?:\((?P<args>.*)\))?")
MEMBER = "pyUSID.io.usi_data.USIDataset."
TEXT = documentation()
with_the_document = pytest.mark.skipif(TEXT is None, reason="USID_LAB_SEEDS is not set")


def entries():
    lines = LIST.read_text("utf-8").splitlines()
    found = [ENTRY.fullmatch(line) for line in lines if line and line[0] != "#"]
    assert all(found)
    return [(one["path"], _split(one["args"]), bool(one["later"])) for one in found]


def _split(args):
    return None if args is None else [arg for arg in args.split(", ") if arg]


NOW = [(path, args) for path, args, later in entries() if not later]
LATER = [path for path, _, later in entries() if later]


def find(path):
    """Follow a path from the package, by attributes, as code does."""
    found = usid
    for name in path.split(".")[1:]:
        found = getattr(found, name)
    return found


def arguments_of(found):
    target = found.__init__ if inspect.isclass(found) else found
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    parameters = inspect.signature(target).parameters.values()
    return [one.name for one in parameters if one.kind in kinds]


@pytest.fixture(scope="module")
def main(tmp_path_factory):
    path = tmp_path_factory.mktemp("names") / "main.h5"
    dims = usid.Dimension("X", "m", 2), usid.Dimension("Bias", "V", 3)
    with h5py.File(path, "w") as file:
        yield usid.hdf_utils.write_main_dataset(
            file, np.zeros((2, 3)), "Raw_Data", "Current", "A", *dims
        )


@pytest.mark.parametrize(("path", "args"), NOW, ids=[path for path, _ in NOW])
def test_is_there_with_its_arguments(path, args, main):
    if path.startswith(MEMBER):
        found = getattr(main, path.removeprefix(MEMBER))
    else:
        found = find(path)
    if args is None:
        return
    assert callable(found)
    own = [name for name in arguments_of(found) if name != "self" or "self" in args]
    assert own[: len(args)] == args


@pytest.mark.parametrize("path", LATER)
def test_is_not_there_before_its_time(path):
    try:
        find(path)
    except (AttributeError, ImportError):
        return
    pytest.fail(f"{path} is there now; take its mark out of {LIST.name}")


@pytest.mark.parametrize(
    "name", ["hdf_utils", "write_utils", "dtype_utils", "io_utils"]
)
def test_short_paths_lead_to_the_same_modules(name):
    assert getattr(usid, name) is getattr(usid.io, name)
    assert getattr(usid, name) is import_module(f"usid_lab.pyusid.io.{name}")


@pytest.mark.parametrize(
    "module",
    [usid.io.hdf_utils, usid.io.write_utils, usid.io.dtype_utils, usid.io.io_utils],
    ids=lambda module: module.__name__,
)
def test_modules_offer_what_they_list(module):
    assert len(set(module.__all__)) == len(module.__all__)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        find("pyUSID.no_such_name")


@with_the_document
def test_no_name_of_the_documentation_is_missing():
    assert documented_names(TEXT) == {path for path, _, _ in entries()}


@with_the_document
def test_no_argument_of_the_documentation_is_missing():
    documented = documented_arguments(TEXT)
    checked = 0
    for path, args, _ in entries():
        short = ".".join(path.split(".")[-2:])
        name = short if short.endswith(".translate") else short.rsplit(".", 1)[-1]
        if wanted := documented.get(name):
            assert args is not None, path
            assert args[: len(wanted)] == wanted, path
            checked += 1
    assert checked > 80
