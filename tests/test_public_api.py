import subprocess
import sys

import pytest

import usid_lab

HEAVY = (
    "anywidget ipywidgets joblib xarray matplotlib scipy pandas bqplot dask "
    "traitlets IPython"
)


def imported_after(statement):
    code = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in run.stdout.split()}


def test_importing_the_package_imports_nothing_else():
    loaded = imported_after("import usid_lab")
    assert not loaded & {*HEAVY.split(), "numpy", "h5py"}


def test_reading_needs_numpy_and_h5py_only(image):
    statement = (
        f"import usid_lab as ul; f = ul.open({str(image)!r}); f.tree(); repr(f);"
        "f.main_datasets[0].read(X=0)"
    )
    assert not imported_after(statement) & set(HEAVY.split())


@pytest.mark.parametrize("name", usid_lab.__all__)
def test_catalogue_is_complete(name):
    assert getattr(usid_lab, name) is not None
    assert name in dir(usid_lab)


def test_every_home_is_in_the_catalogue():
    homes = {*usid_lab._HOMES, *usid_lab._MODULES, "__version__"}
    assert homes == set(usid_lab.__all__)


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = usid_lab.nonsense
