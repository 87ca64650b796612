"""Names of the documented packages, and what importing them costs."""

import importlib
import subprocess
import sys

import pytest

import usid_lab.pyusid as usid

_ALIASES = {
    "hdf_utils": "io.hdf_utils",
    "write_utils": "io.write_utils",
    "dtype_utils": "io.dtype_utils",
    "io_utils": "io.io_utils",
}


@pytest.mark.parametrize(("name", "path"), _ALIASES.items())
def test_modules_are_found_under_both_paths(name, path):
    module = importlib.import_module(f"usid_lab.pyusid.{path}")
    assert getattr(usid, name) is module
    assert getattr(usid.io, name) is module


@pytest.mark.parametrize(
    "name", ["USIDataset", "Dimension", "Translator", "NumpyTranslator"]
)
def test_classes_are_found_under_both_paths(name):
    assert getattr(usid, name) is getattr(usid.io, name)
    assert isinstance(getattr(usid, name), type)


def test_dataset_has_its_documented_home():
    from usid_lab.pyusid.io.usi_data import USIDataset

    assert usid.USIDataset is USIDataset


def test_everything_that_is_promised_is_there():
    for package in (usid, usid.io, usid.processing, usid.hdf_utils):
        for name in package.__all__:
            assert getattr(package, name) is not None


def test_catalogues_list_their_names():
    assert set(usid.__all__) - {"__version__"} <= set(dir(usid))
    assert "hdf_utils" in dir(usid.io)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"usid_lab\.pyusid.*'hdf_util'"):
        usid.hdf_util  # noqa: B018
    with pytest.raises(ImportError):
        from usid_lab.pyusid import nothing_of_the_kind  # noqa: F401


def test_version_names_the_documented_release():
    assert usid.__version__.startswith("0.0.4+usid.lab.")


def test_import_loads_nothing_heavy():
    code = (
        "import sys, usid_lab.pyusid as usid; usid.hdf_utils; usid.USIDataset;"
        "heavy = 'matplotlib dask xarray pandas ipywidgets anywidget joblib scipy PIL';"
        "print(sorted(set(heavy.split()) & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr
