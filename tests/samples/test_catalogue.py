import hashlib
from pathlib import Path

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab import samples
from usid_lab.errors import ExistsError


def _digest(path: Path) -> str:
    """Hash of all values in a file; book-keeping (the time) stays out."""
    found = hashlib.sha256()

    def add(name: str, item: h5py.HLObject) -> None:
        if isinstance(item, h5py.Dataset):
            found.update(name.encode())
            found.update(np.ascontiguousarray(item[()]).tobytes())

    with h5py.File(path) as file:
        file.visititems(add)
    return found.hexdigest()


def test_write_puts_every_sample_into_the_folder(small):
    assert {path.name for path in small.iterdir()} == {
        f"{name}.h5" for name in samples.NAMES
    }


def test_small_samples_are_below_ten_megabytes_together(small):
    assert sum(path.stat().st_size for path in small.iterdir()) < 10e6


@pytest.mark.parametrize("name", samples.NAMES)
def test_the_same_seed_gives_the_same_bytes(small, tmp_path, name):
    again = getattr(samples, name)(tmp_path / "again.h5", size="small")
    assert _digest(again) == _digest(small / f"{name}.h5")


@pytest.mark.parametrize("name", samples.NAMES)
def test_every_dataset_that_is_meant_to_be_main_is(small, name):
    with ul.open(small / f"{name}.h5") as file:
        assert file.near_mains == []
        assert file.main_datasets


@pytest.mark.parametrize("name", samples.NAMES)
def test_functions_never_overwrite(small, name):
    path = small / f"{name}.h5"
    before = path.read_bytes()
    with pytest.raises(ExistsError):
        getattr(samples, name)(path, size="small")
    assert path.read_bytes() == before


def test_write_leaves_what_is_there(tmp_path):
    present = tmp_path / "pfm.h5"
    present.write_bytes(b"mine")
    assert samples.write(tmp_path, "small", only=["pfm"]) == [present]
    assert present.read_bytes() == b"mine"


def test_unknown_names_and_sizes_are_refused_before_anything_is_made(tmp_path):
    with pytest.raises(ValueError, match="no sample called 'xrd'"):
        samples.write(tmp_path / "new", only=["pfm", "xrd"])
    assert not (tmp_path / "new").exists()
    with pytest.raises(ValueError, match="no sample of the size 'tiny'"):
        samples.pfm(tmp_path / "pfm.h5", size="tiny")
    assert not (tmp_path / "pfm.h5").exists()
