"""What an import brings along: somebody waits for it at every start."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "anywidget", "bqplot", "dask", "ipywidgets", "joblib", "matplotlib", "pandas",
    "scipy", "xarray",
}  # fmt: skip
READ = "d = ul.open({path!r}).main_datasets[0]; d.sizes; d.read(); repr(d)"


def loaded(code):
    """Names of the packages that are loaded after some code, in a new process."""
    script = f"{code}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return {name.partition(".")[0] for name in json.loads(ran.stdout)}


def test_the_import_loads_nothing_heavy():
    assert not loaded("import usid_lab") & HEAVY


@pytest.mark.parametrize("name", ["USIDataset", "open", "create", "Dimension"])
def test_what_files_need_loads_nothing_heavy(name):
    found = loaded(f"import usid_lab as ul; ul.{name}")
    assert not found & HEAVY
    assert "numpy" in found


def test_reading_a_file_loads_nothing_heavy(image):
    assert not loaded(f"import usid_lab as ul; {READ.format(path=str(image))}") & HEAVY


def test_the_documented_api_loads_nothing_heavy():
    assert not loaded("import usid_lab.pyusid") & HEAVY
