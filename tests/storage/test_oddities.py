"""What hardly ever happens, and must be told all the same."""

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab import errors
from usid_lab.storage import attributes, links, openings, treetext
from usid_lab.storage.numbers import native
from usid_lab.storage.openings import open_read_only

CHANNEL = "/Measurement_000/Channel_000"
MAIN = f"{CHANNEL}/Raw_Data"


@pytest.fixture
def edit(image):
    """Change the file of a small image with h5py, then open it."""

    def edit(change):
        with h5py.File(image, "r+") as file:
            change(file, file[CHANNEL])
        return ul.open(image)

    return edit


# Attributes


def test_an_attribute_of_a_type_without_a_name(edit):
    """Times of HDF5 have no counterpart in numpy."""

    def change(file, channel):
        space = h5py.h5s.create(h5py.h5s.SCALAR)
        main = channel["Raw_Data"]
        for name in (b"quantity", b"odd"):
            if name in (key.encode() for key in main.attrs):
                h5py.h5a.delete(main.id, name)
            h5py.h5a.create(main.id, name, h5py.h5t.UNIX_D32LE, space)

    file = edit(change)
    (dataset,) = file.main_datasets
    assert dataset.quantity == ""
    assert "odd" not in file.attribute_values(MAIN)
    shown = {a.name: a.value for a in file.attributes(MAIN).attributes}
    assert "cannot be read" in shown["odd"]
    texts = [fault.text for fault in file.check()]
    assert texts == ["Its attribute 'quantity' is not text."]


def test_a_list_of_references_is_not_a_reference(edit):
    def change(file, channel):
        main = channel["Raw_Data"]
        two = np.array([main.ref, channel.ref], h5py.ref_dtype)
        main.attrs.create("Position_Indices", two)

    (near,) = edit(change).near_mains
    assert "not a reference to an object" in near.faults[0].text


def test_references_in_attributes_are_shown_as_paths(edit):
    def change(file, channel):
        table = channel["Raw_Data"]
        table.attrs["region"] = table.regionref[:3]
        table.attrs.create("nothing", h5py.Reference(), dtype=h5py.ref_dtype)
        table.attrs.create(
            "no region", h5py.RegionReference(), dtype=h5py.regionref_dtype
        )
        file["gone"] = np.zeros(3)
        table.attrs["gone"] = file["gone"].ref
        del file["gone"]

    values = edit(change).attribute_values(MAIN)
    assert values["region"] == f"region of {MAIN}"
    assert (
        values["nothing"] == values["no region"] == values["gone"] == "null reference"
    )


def test_lists_of_lists_of_text_are_shown(edit):
    lists = h5py.vlen_dtype(np.int32)

    def change(file, channel):
        made = np.empty(2, object)
        made[0], made[1] = np.arange(3), np.arange(2)
        channel.attrs.create("ragged", made, dtype=lists)

    assert edit(change).attribute_values(CHANNEL)["ragged"] == ("0, 1, 2", "0, 1")


def test_what_an_object_that_is_closed_has(image):
    """As HDF5 answers for what is damaged beyond reading."""
    with h5py.File(image) as file:
        main = file[MAIN]
    assert attributes.count_of(main, "units") is None
    assert attributes.text_attribute(main, "units") is None
    assert not attributes.has_attribute(main, "units")
    for count in (attributes.attribute_count, attributes.attribute_names):
        with pytest.raises((errors.DamagedDataError, ValueError)):
            count(main)


# Paths


def test_paths_below_a_dataset_lead_nowhere(edit):
    file = edit(lambda file, channel: None)
    with pytest.raises(errors.ObjectNotFoundError, match="has nothing at"):
        file.array(f"{MAIN}/below/it")


def test_names_that_no_text_can_hold(edit):
    file = edit(lambda file, channel: None)
    assert "a\udcff" not in file
    assert "é" not in file


def test_a_path_of_nothing(image):
    with h5py.File(image) as file:
        assert links.path_of(h5py.Reference(), file) == ""


# Files


def test_a_name_that_is_too_long(tmp_path):
    with pytest.raises(errors.MissingFileError, match="not the name of a file"):
        open_read_only(tmp_path / ("x" * 5000))
    with pytest.raises(errors.MissingFileError):
        open_read_only(tmp_path / "a\0b")


@pytest.mark.parametrize("where", ["os.open", "pathlib.Path.stat"])
def test_a_file_that_may_not_be_read(image, monkeypatch, where):
    def refuse(*_, **__):
        raise PermissionError(13, "no")

    monkeypatch.setattr(where, refuse)
    with pytest.raises(errors.UnreadableFileError, match="may not read"):
        openings.check_file(image)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PermissionError(13, "no"), errors.UnreadableFileError),
        (FileNotFoundError(2, "gone"), errors.MissingFileError),
        (BlockingIOError(11, "busy"), errors.LockedFileError),
        (OSError("file is already open for write"), errors.LockedFileError),
        (RuntimeError("odd"), errors.NotHDF5Error),
    ],
)
def test_what_happens_while_a_file_is_opened(image, monkeypatch, error, kind):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(h5py, "File", fail)
    with pytest.raises(kind):
        open_read_only(image)


def test_what_took_the_place_of_a_file_since_it_was_looked_at(tmp_path, monkeypatch):
    (tmp_path / "data.h5").write_bytes(b"x" * 600)
    monkeypatch.setattr(openings.stat, "S_ISREG", lambda _: False)
    with pytest.raises(errors.SpecialFileError):
        openings.check_file(tmp_path / "data.h5")


# Scales


def scaled(path, spoil):
    with h5py.File(path, "w") as file:
        data = file.create_dataset("data", data=np.zeros((3, 4)))
        file["x"] = np.arange(4) * 0.5
        file["x"].make_scale("Width")
        data.dims[1].attach_scale(file["x"])
        spoil(file, data)
    return ul.open(path).array("/data")


def shorter_list(file, data):
    kept = data.attrs["DIMENSION_LIST"][1:]
    del data.attrs["DIMENSION_LIST"]
    made = np.empty(1, object)
    made[0] = kept[0]
    data.attrs.create("DIMENSION_LIST", made, dtype=h5py.vlen_dtype(h5py.ref_dtype))


def refused(file, data):
    del file["x"]
    made = file.create_dataset("x", (4,), "f8", external=[("other.raw", 0, 32)])
    made.make_scale("Width")
    data.dims[1].attach_scale(made)


def test_scales_that_fit(tmp_path):
    array = scaled(tmp_path / "a.h5", lambda file, data: None)
    assert array.dims == ("Dimension 1", "Width")


@pytest.mark.parametrize("spoil", [shorter_list, refused])
def test_scales_that_cannot_be_used_leave_the_array(tmp_path, spoil):
    array = scaled(tmp_path / "a.h5", spoil)
    assert array.dims == ("Dimension 1", "Dimension 2")
    np.testing.assert_array_equal(array.coords["Dimension 2"], np.arange(4))
    assert array.read().shape == (3, 4)


def test_scales_that_say_that_they_have_no_name(tmp_path):
    def spoil(file, data):
        text = "This is a netCDF dimension but not a netCDF variable.         4"
        file["x"].attrs["NAME"] = np.bytes_(text)

    assert scaled(tmp_path / "a.h5", spoil).dims == ("Dimension 1", "Dimension 2")


def test_scales_of_text(tmp_path):
    def spoil(file, data):
        del file["x"]
        file["x"] = ["a", "b", "c", "d"]
        file["x"].make_scale("Width")
        data.dims[1].attach_scale(file["x"])

    array = scaled(tmp_path / "a.h5", spoil)
    np.testing.assert_array_equal(array.coords["Width"], np.arange(4))


def test_arrays_that_are_too_long_for_a_list_of_places(tmp_path):
    with h5py.File(tmp_path / "long.h5", "w") as file:
        file.create_dataset("x", (2**40,), "u1", chunks=(1024,))
    with pytest.raises(errors.LayoutError, match="too long"):
        _ = ul.open(tmp_path / "long.h5").array("/x").layout


# Trees


def test_long_trees_are_cut(image, monkeypatch):
    monkeypatch.setattr(treetext, "_MAX_LINES", 3)
    assert ul.open(image).tree().splitlines()[-1] == "..."
    assert len(ul.open(image).tree().splitlines()) == 5


def test_a_tree_shows_a_dataset_whose_tables_are_damaged(image):
    with h5py.File(image, "r+") as file:
        channel = file[CHANNEL]
        kept = dict(channel["Position_Indices"].attrs)
        table = channel["Position_Indices"][()]
        del channel["Position_Indices"]
        made = channel.create_dataset(
            "Position_Indices", data=table, chunks=table.shape, compression="gzip"
        )
        made.attrs.update(kept)
        channel["Raw_Data"].attrs["Position_Indices"] = made.ref
        where = made.id.get_chunk_info(0).byte_offset
    content = bytearray(image.read_bytes())
    content[where : where + 8] = b"\xff" * 8
    image.write_bytes(content)
    (line,) = [text for text in ul.open(image).tree().splitlines() if "Main:" in text]
    assert "12 x 5, Current (nA), float64, no N-D form" in line
    assert "cannot be read" in line


def test_a_tree_names_what_is_refused_and_what_is_not_quite_main(edit):
    def change(file, channel):
        del channel["Raw_Data"].attrs["units"]
        file["outside"] = h5py.ExternalLink("other.h5", "/x")

    text = edit(change).tree()
    assert "outside  Refused: It lies in another file" in text
    assert "not quite Main: It has no attribute 'units'." in text


# Numbers


@pytest.mark.parametrize("dtype", ["<f4", ">f4", ">c16", "u1", [("a", ">i2")]])
def test_types_are_handed_out_in_the_order_of_this_machine(dtype):
    assert native(np.dtype(dtype)).isnative
    assert native(np.dtype(dtype)) == np.dtype(dtype).newbyteorder("=")
