import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import DamagedDataError, LayoutError, ObjectNotFoundError
from usid_lab.model.contents import Kind


@pytest.fixture
def mixed(image):
    with h5py.File(image, "r+") as file:
        file["plain"] = np.arange(6.0).reshape(2, 3)
        file["words"] = ["a", "b"]
        file["empty"] = h5py.Empty("f4")
        file["soft"] = h5py.SoftLink("/plain")
        file["relative"] = h5py.SoftLink("Measurement_000/Channel_000")
        file["dangling"] = h5py.SoftLink("/nowhere")
        file["loop"] = h5py.SoftLink("/loop")
        file["ping"] = h5py.SoftLink("/pong")
        file["pong"] = h5py.SoftLink("/ping")
        file["named"] = np.dtype("f8")
        file["Measurement_000/again"] = file["Measurement_000"]
        file["Measurement_000/upwards"] = file["/"]
    return ul.open(image)


def kinds(page):
    return {node.name: node.kind for node in page.nodes}


def test_every_entry_has_its_kind(mixed):
    found = kinds(mixed.children("/"))
    assert found == {
        "Measurement_000": Kind.GROUP,
        "dangling": Kind.LINK,
        "empty": Kind.DATASET,
        "loop": Kind.LINK,
        "named": Kind.DATASET,
        "ping": Kind.LINK,
        "plain": Kind.DATASET,
        "pong": Kind.LINK,
        "relative": Kind.LINK,
        "soft": Kind.LINK,
        "words": Kind.DATASET,
    }
    channel = kinds(mixed.children("/Measurement_000/Channel_000"))
    assert channel["Raw_Data"] == Kind.MAIN
    assert channel["Position_Indices"] == Kind.ANCILLARY


def test_a_main_says_what_it_is(mixed):
    node = mixed.node("/Measurement_000/Channel_000/Raw_Data")
    assert (node.shape, node.dtype) == ((12, 5), "float64")
    assert (node.quantity, node.units) == ("Current", "nA")


def test_links_are_leaves_with_a_reason(mixed):
    assert mixed.node("/soft").target == "/plain"
    assert mixed.node("/soft").reason == ""
    assert "nothing at" in mixed.node("/dangling").reason
    for name in ("/loop", "/ping"):
        assert "leads to itself" in mixed.node(name).reason
        with pytest.raises(ObjectNotFoundError, match="leads to itself"):
            mixed.array(name)


def test_paths_go_through_links(mixed):
    np.testing.assert_array_equal(mixed["/soft"].read(), [[0, 1, 2], [3, 4, 5]])
    assert mixed["/relative/Raw_Data"].shape == (12, 5)
    assert mixed["/relative"].kind is Kind.GROUP


def test_walks_visit_everything_once(mixed):
    assert [d.path for d in mixed.main_datasets] == [
        "/Measurement_000/Channel_000/Raw_Data"
    ]
    assert list(mixed.arrays) == ["/plain"]


def test_trees_with_cycles_end(mixed):
    text = mixed.tree()
    assert "loop -> /loop" in text
    assert len(text.splitlines()) <= 2002


def test_pages(tmp_path):
    path = tmp_path / "many.h5"
    with h5py.File(path, "w") as file:
        for number in range(25):
            file.create_group(f"g{number:02d}")
    opened = ul.open(path)
    page = opened.children("/", 10, 15)
    assert (page.start, page.total) == (10, 25)
    assert [node.name for node in page.nodes] == [f"g{n}" for n in range(10, 15)]
    assert opened.children("/", 30, 40).nodes == ()
    assert opened.root.members == 25


def test_what_is_not_there(mixed):
    for access in (
        mixed.node,
        mixed.array,
        mixed.dataset,
        mixed.attributes,
        mixed.children,
    ):
        with pytest.raises(
            ObjectNotFoundError, match=r"'data\.h5' has nothing at '/no/such'"
        ):
            access("/no/such")
    with pytest.raises(ObjectNotFoundError):
        mixed.node("/plain/below")
    with pytest.raises(ObjectNotFoundError, match="not a group"):
        mixed.children("/plain")
    with pytest.raises(ObjectNotFoundError, match="not a dataset"):
        mixed.array("/Measurement_000")
    with pytest.raises(LayoutError, match="array of numbers"):
        mixed.array("/words")
    with pytest.raises(LayoutError):
        mixed.array("/empty")


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "a\x1b[31mb",
    "..",
    "\u202egnp.exe",
    "naïve",
    "x" * 300,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_found_again(tmp_path, name):
    path = tmp_path / "names.h5"
    with h5py.File(path, "w") as file:
        file.create_group(name)["data"] = [1.0, 2.0]
    opened = ul.open(path)
    (node,) = opened.children("/").nodes
    assert node.name == name
    assert opened.array(f"{node.path}/data").shape == (2,)
    assert "\x1b" not in opened.tree()


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"\xb5m", b"half\xc2"])
def test_names_that_are_not_utf8(tmp_path, raw):
    path = tmp_path / "names.h5"
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create(h5py.h5s.SCALAR)
        h5py.h5d.create(file.id, raw, h5py.h5t.NATIVE_INT32, space)
    opened = ul.open(path)
    (node,) = opened.children("/").nodes
    node.path.encode("utf-8")
    assert opened.array(node.path).read() == 0


def test_types_that_numpy_does_not_know(tmp_path):
    path = tmp_path / "types.h5"
    with h5py.File(path, "w") as file:
        space = h5py.h5s.create_simple((3,))
        h5py.h5d.create(file.id, b"time", h5py.h5t.UNIX_D32LE, space)
        file.create_dataset("ref", (2,), h5py.ref_dtype)
        file.create_dataset("compound", (2,), [("a", "f4"), ("b", "S3")])
    opened = ul.open(path)
    assert opened.node("/time").dtype == "unsupported type"
    assert opened.node("/ref").dtype == "references"
    assert opened.node("/compound").dtype == "compound of 2"
    assert list(opened.arrays) == []
    with pytest.raises(LayoutError):
        opened.array("/time")


def test_a_damaged_object_does_not_hide_the_others(tmp_path):
    path = tmp_path / "damaged.h5"
    with h5py.File(path, "w") as file:
        file["a"], file["b"] = 1, 2
        header = h5py.h5o.get_info(file["a"].id).addr
    content = bytearray(path.read_bytes())
    content[header : header + 16] = b"\xff" * 16
    path.write_bytes(content)
    opened = ul.open(path)
    assert kinds(opened.children("/")) == {"a": Kind.REFUSED, "b": Kind.DATASET}
    assert list(opened.arrays) == []
    with pytest.raises(DamagedDataError):
        opened.array("/a")


def test_ten_thousand_groups(image):
    with h5py.File(image, "r+") as file:
        for number in range(10_000):
            file.create_group(f"g{number:05d}")
    opened = ul.open(image)
    assert len(opened.children("/").nodes) == 500
    assert len(opened.main_datasets) == 1
    assert len(opened.tree().splitlines()) < 200


def test_deep_nesting_ends(tmp_path):
    path = tmp_path / "deep.h5"
    with h5py.File(path, "w") as file:
        group = file
        for _ in range(2000):
            group = group.create_group("g")
    opened = ul.open(path)
    assert opened.main_datasets == []
    assert len(opened.tree().splitlines()) < 50


def test_a_hard_link_cycle_in_the_walk(tmp_path):
    path = tmp_path / "cycle.h5"
    with h5py.File(path, "w") as file:
        inner = file.create_group("a/b")
        inner["up"] = file["a"]
        file["a/data"] = [1.0]
    assert list(ul.open(path).arrays) == ["/a/data"]


def test_a_tree_does_not_repeat_a_group_above(mixed):
    lines = mixed.tree().splitlines()
    assert sum("a group above" in line for line in lines) >= 1
    assert len(lines) < 60


@pytest.mark.parametrize("part", ["group", "attributes"])
def test_damaged_descriptions_are_told_and_hide_nothing_else(image, part):
    """Bytes of one group's list, or of one dataset's attributes, are overwritten."""
    with h5py.File(image, "r+") as file:
        file["bad"] = np.zeros((3, 3))
        for number in range(20):
            file["bad"].attrs[f"note {number}"] = "x" * 40
        file["list/of/names"] = 1
        heap = h5py.h5o.get_info(file["list"].id).addr
        header = h5py.h5o.get_info(file["bad"].id).addr
    raw = bytearray(image.read_bytes())
    if part == "group":
        tree = raw.index(b"TREE", heap)
        raw[tree : tree + 4] = b"XXXX"
    else:
        at = raw.index(b"note 3\0", header)
        raw[at - 8 : at] = b"\xff" * 8
    image.write_bytes(raw)
    opened = ul.open(image)
    assert "Raw_Data" in opened.tree()
    assert [d.name for d in opened.main_datasets] == ["Raw_Data"]
    assert list(opened.arrays)
    look, path = {
        "group": (opened.children, "/list"),
        "attributes": (opened.attributes, "/bad"),
    }[part]
    with pytest.raises(DamagedDataError, match="damaged"):
        look(path)
