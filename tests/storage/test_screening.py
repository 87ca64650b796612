"""Nothing that lies outside a file is read, opened or waited for."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import RefusedError
from usid_lab.model.contents import Kind
from usid_lab.storage import screening

SECRET = np.frombuffer(b"SECRET-SECRET-16", np.uint8)
MAIN = "/Measurement_000/Channel_000/Raw_Data"


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.bin"
    path.write_bytes(SECRET.tobytes())
    return path


@pytest.fixture
def secret_h5(tmp_path):
    path = tmp_path / "secret.h5"
    with h5py.File(path, "w") as file:
        file["x"] = SECRET
    return path


def external(file, name, secret):
    raw = [(str(secret), 0, h5py.h5f.UNLIMITED)]
    return file.create_dataset(name, (16,), np.uint8, external=raw)


def virtual(file, name, source, path, size=16, maxshape=None):
    layout = h5py.VirtualLayout((size,), np.uint8, maxshape=maxshape)
    layout[:] = h5py.VirtualSource(str(source), path, (size,))
    file.create_virtual_dataset(name, layout)


def following(file, name, source):
    """Make a virtual dataset whose extent is that of its source."""
    layout = h5py.VirtualLayout((16,), np.uint8, maxshape=(None,))
    origin = h5py.VirtualSource(str(source), "x", (16,), maxshape=(None,))
    layout[: h5py.h5s.UNLIMITED] = origin[: h5py.h5s.UNLIMITED]
    file.create_virtual_dataset(name, layout)


def check_refused(path, name, reason):
    """Listing shows a shield and the reason; reading is refused; nothing leaks."""
    file = ul.open(path)
    node = file.node(name)
    assert node.kind is Kind.REFUSED
    assert reason in node.reason
    assert node.shape is None
    for access in (file.array, file.dataset, file.__getitem__):
        with pytest.raises(RefusedError) as caught:
            access(name)
        assert "SECRET" not in str(caught.value)
    assert name not in list(file.arrays)
    assert "SECRET" not in file.tree()
    assert name not in [d.path for d in file.main_datasets]


def test_external_storage(tmp_path, secret):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        external(file, "leak", secret)
    check_refused(path, "/leak", "another file")


def test_external_storage_of_a_relative_path(tmp_path, secret):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        external(file, "leak", secret.name)
    check_refused(path, "/leak", "secret.bin")


def test_virtual_dataset_of_another_file(tmp_path, secret_h5):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        virtual(file, "leak", secret_h5, "x")
    check_refused(path, "/leak", "another file")


def test_virtual_dataset_over_external_storage(tmp_path, secret):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        external(file, "hidden", secret)
        virtual(file, "leak", ".", "/hidden")
        virtual(file, "leak2", ".", "/leak")
    check_refused(path, "/leak2", "another file")


def test_virtual_dataset_through_an_external_link(tmp_path, secret_h5):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["door"] = h5py.ExternalLink(str(secret_h5), "/")
        file["soft"] = h5py.SoftLink("/door/x")
        virtual(file, "leak", ".", "/door/x")
        virtual(file, "leak2", ".", "/soft")
    check_refused(path, "/leak", "another file")
    check_refused(path, "/leak2", "another file")


def test_virtual_dataset_that_follows_its_source(tmp_path, secret_h5):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        following(file, "leak", secret_h5)
    check_refused(path, "/leak", "another file")


def test_virtual_dataset_with_a_missing_source(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        virtual(file, "empty", ".", "/nothing")
    check_refused(path, "/empty", "nothing at '/nothing'")


def test_virtual_dataset_of_a_pattern_of_names(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((16,), (h5py.h5s.UNLIMITED,))
        space.select_hyperslab((0,), (h5py.h5s.UNLIMITED,), (4,), (4,))
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_virtual(space, b".", b"/part%b", h5py.h5s.create_simple((4,)))
        h5py.h5d.create(file.id, b"many", h5py.h5t.NATIVE_UINT8, space, dcpl=plist)
    check_refused(path, "/many", "pattern")


def test_virtual_dataset_of_a_group(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_group("group")
        virtual(file, "odd", ".", "/group")
    check_refused(path, "/odd", "not a dataset")


@pytest.mark.parametrize("length", [1, 2, 3, 40])
def test_cycles_of_virtual_datasets(tmp_path, length):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for number in range(length):
            virtual(file, f"v{number}", ".", f"/v{(number + 1) % length}")
    reason = "made of itself" if length < 16 else "too deeply"
    check_refused(path, "/v0", reason)


def test_virtual_dataset_of_its_own_file_is_read(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(16, dtype=np.uint8)
        virtual(file, "inner", ".", "/x")
        virtual(file, "outer", ".", "/inner")
    np.testing.assert_array_equal(ul.open(path).array("/outer").read(), np.arange(16))


def test_external_link(tmp_path, secret_h5):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["door"] = h5py.ExternalLink(str(secret_h5), "/x")
        file["soft"] = h5py.SoftLink("/door")
        file["group/in"] = h5py.ExternalLink(str(secret_h5), "/")
    check_refused(path, "/door", "another file")
    file = ul.open(path)
    for name in ("/soft", "/group/in/x"):
        with pytest.raises(RefusedError):
            file.array(name)
    assert file.node("/door").target.endswith("secret.h5:/x")
    assert "another file" in file.node("/soft").reason


def test_tables_and_scales_outside_the_file(image, secret, tmp_path):
    with h5py.File(image, "r+") as file:
        leak = file.create_dataset(
            "leak", (12, 2), np.uint8, external=[(str(secret), 0, h5py.h5f.UNLIMITED)]
        )
        file[MAIN].attrs["Position_Values"] = leak.ref
    file = ul.open(image)
    assert file.main_datasets == []
    (near,) = file.near_mains
    assert any("refused" in fault.text for fault in near.faults)

    path = tmp_path / "scales.h5"
    with h5py.File(path, "w") as other:
        scale = external(other, "scale", secret)
        scale.make_scale()
        other["data"] = np.zeros(16)
        other["data"].dims[0].attach_scale(scale)
    array = ul.open(path).array("/data")
    np.testing.assert_array_equal(array.dimensions[0].values, np.arange(16))


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders there")
def test_a_pipe_is_never_waited_for(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        external(file, "raw", pipe)
        virtual(file, "virtual", pipe, "x", maxshape=(None,))
        following(file, "growing", pipe)
        file["door"] = h5py.ExternalLink(str(pipe), "/x")
    code = (
        "import sys, usid_lab as ul; f = ul.open(sys.argv[1]); f.tree();"
        "list(f.arrays); f.main_datasets;"
        "print([n.kind for n in f.children('/').nodes])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert run.stdout.count("refused") == 4


def test_a_chunk_that_would_fill_the_memory(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("big", (2**28,), "f8", chunks=(2**26,))
    check_refused(path, "/big", "512 MB of memory")


def test_damage_is_a_reason_too(tmp_path, monkeypatch):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["x"] = 1
        dataset = file["x"]
    assert "damaged" in screening.refusal(dataset)


def test_names_that_look_alike_as_text(tmp_path, secret):
    """HDF5 follows bytes: the innocent twin of a name must not vouch for the other."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        external(file, "hidden", secret)
        file["oddÿ"] = np.zeros(16, np.uint8)
        file.id.links.create_hard(b"odd\xff", file.id, b"hidden")
        file.id.links.create_soft(b"soft", b"odd\xff")
        virtual(file, "leak", ".", "/soft")
    check_refused(path, "/leak", "another file")
    check_refused(path, "/hidden", "another file")


def test_virtual_datasets_that_multiply(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["v0"] = np.zeros(16, np.uint8)
        for level in range(1, 9):
            layout = h5py.VirtualLayout((16,), np.uint8)
            for piece in range(8):
                part = slice(2 * piece, 2 * piece + 2)
                source = h5py.VirtualSource(".", f"/v{level - 1}", (16,))
                layout[part] = source[part]
            file.create_virtual_dataset(f"v{level}", layout)
    check_refused(path, "/v8", "pieces")
    assert ul.open(path).array("/v4").read().shape == (16,)
