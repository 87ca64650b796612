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


@pytest.mark.parametrize(
    ("later", "here"),
    [("anc_build_utils", "write_utils"), ("array_translator", "numpy_translator")],
)
def test_modules_have_the_names_of_later_versions_too(later, here):
    module = importlib.import_module(f"usid_lab.pyusid.io.{later}")
    assert module is getattr(usid.io, later) is getattr(usid.io, here)


def test_names_of_later_versions():
    from usid_lab.pyusid.io.anc_build_utils import Dimension
    from usid_lab.pyusid.io.reg_ref import get_region

    assert usid.anc_build_utils.Dimension is Dimension is usid.Dimension
    assert get_region is usid.hdf_utils.get_region
    assert usid.ArrayTranslator is usid.NumpyTranslator
    assert usid.DimType is usid.write_utils.DimType


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
