"""What the check of a whole file tells, and that nothing in a file can stop it."""

import re
from collections import Counter

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab import samples
from usid_lab.model.rules import Rule
from usid_lab.storage.faulttext import fault_text

CHANNEL = "/Measurement_000/Channel_000"
MAIN = f"{CHANNEL}/Raw_Data"
ROLES = (
    "Position_Indices",
    "Position_Values",
    "Spectroscopic_Indices",
    "Spectroscopic_Values",
)
BOOK_KEEPING = {
    "time_stamp": "2020_01_01-00_00_00",
    "machine_id": "m",
    "platform": "p",
    "pyUSID_version": "0.0.4",
}


@pytest.fixture
def check(image):
    """Change a sound file with h5py, and check it."""

    def check(change=None):
        if change is not None:
            with h5py.File(image, "r+") as file:
                change(file, file[CHANNEL])
        return ul.open(image).check()

    return check


def only(faults):
    (fault,) = faults
    return fault


def results(channel, name="Raw_Data-Fit_000", *, source=True, **attrs):
    group = channel.create_group(name)
    group.attrs.update({**BOOK_KEEPING, "tool": "Fit", "num_sources": 1, **attrs})
    if source:
        group.attrs["source_000"] = channel["Raw_Data"].ref
    group["Result"] = np.zeros(3)
    return group


def test_a_sound_file_has_no_faults(check):
    assert check() == []


@pytest.mark.parametrize("name", samples.NAMES)
def test_samples_break_no_rule(tmp_path, name):
    for path in samples.write(tmp_path, size="small", only=name):
        found = ul.open(path).check()
        assert {fault.text for fault in found if fault.severity != "note"} == set()


def test_faults_name_their_object_and_their_rule(check):
    def change(file, channel):
        del channel["Raw_Data"].attrs["machine_id"]

    fault = only(check(change))
    assert (fault.where, fault.severity) == (MAIN, "warning")
    assert fault.rule == Rule.BOOK_KEEPING
    assert fault.text == "It does not tell its 'machine_id'."


def test_missing_book_keeping_is_told_in_one_sentence(check):
    fault = only(check(lambda file, channel: file.create_group("Measurement_001")))
    names = "'machine_id', 'platform', 'pyUSID_version' and 'time_stamp'"
    assert fault.text == f"It does not tell its {names}."


def test_customary_names_are_notes(check):
    def change(file, channel):
        del channel.attrs["time_stamp"], channel.attrs["pyUSID_version"]
        channel.attrs["pycroscopy_version"] = "0.60"

    found = check(change)
    assert [fault.severity for fault in found] == ["note", "note"]
    assert "'timestamp'" in found[0].text
    assert "'pycroscopy_version'" in found[1].text


def test_an_error_comes_first(check):
    def change(file, channel):
        del channel["Raw_Data"].attrs["units"]
        channel["Raw_Data"].attrs["quantity"] = 5.0

    found = [fault for fault in check(change) if fault.where == MAIN]
    assert [fault.severity for fault in found] == ["error", "warning"]
    assert found[1].text == "Its attribute 'quantity' is not text."


def test_an_empty_quantity(check):
    def change(file, channel):
        channel["Raw_Data"].attrs["quantity"] = ""
        channel["Raw_Data"].attrs["units"] = ""

    assert only(check(change)).text == "Its attribute 'quantity' is empty."


def test_a_file_without_main_datasets(tmp_path):
    with h5py.File(tmp_path / "bare.h5", "w") as file:
        file["x"] = np.zeros(3)
    fault = only(ul.open(tmp_path / "bare.h5").check())
    assert (fault.where, fault.severity) == ("/", "note")
    assert "no Main dataset" in fault.text


# Tables


def test_tables_that_are_shared_are_told_once(check):
    def change(file, channel):
        table = channel["Position_Values"]
        table[0, 0] = np.nan
        for number in (1, 2):
            other = file.create_group(f"Measurement_000/Channel_{number:03d}")
            other.attrs.update(BOOK_KEEPING)
            file.copy(channel["Raw_Data"], other, expand_refs=False)
            for role in ROLES:
                other["Raw_Data"].attrs[role] = channel[role].ref

    told = [f for f in check(change) if "finite" in f.text]
    assert only(told).where == f"{CHANNEL}/Position_Indices"


@pytest.mark.parametrize(
    ("dtype", "severity"), [("u2", "note"), ("i8", "note"), ("f8", "warning")]
)
def test_types_of_indices(check, dtype, severity):
    def change(file, channel):
        kept = channel["Position_Indices"]
        data, attrs = kept[()], dict(kept.attrs)
        del channel["Position_Indices"]
        made = channel.create_dataset("Position_Indices", data=data.astype(dtype))
        made.attrs.update(attrs)
        channel["Raw_Data"].attrs["Position_Indices"] = made.ref

    fault = only(check(change))
    assert (fault.rule, fault.severity) == (Rule.ANCILLARY_DTYPE, severity)
    assert "not uint32" in fault.text


@pytest.mark.parametrize("what", ["labels", "units"])
def test_indices_and_values_that_disagree(check, what):
    def change(file, channel):
        channel["Position_Values"].attrs[what] = np.array([b"A", b"B"])

    fault = only(check(change))
    assert f"The {what} of indices and values disagree" in fault.text
    assert "'A, B'" in fault.text
    assert fault.severity == "warning"


def test_labels_that_are_empty_or_repeated(check):
    def change(file, channel):
        for name in ROLES[:2]:
            channel[name].attrs["labels"] = np.array([b"Bias", b"Bias"])
        for name in ROLES[2:]:
            channel[name].attrs["labels"] = np.array([b""])

    texts = [fault.text for fault in check(change)]
    assert any("More than one dimension is called 'Bias'" in text for text in texts)
    assert any("A label is empty" in text for text in texts)


def test_one_label_on_both_sides_is_a_note(check):
    def change(file, channel):
        for name in ROLES[2:]:
            channel[name].attrs["labels"] = np.array([b"X"])

    fault = only(check(change))
    assert (fault.where, fault.severity) == (MAIN, "note")
    assert "'X' names a position and a spectroscopic dimension" in fault.text


def test_a_table_that_nothing_refers_to(check):
    def change(file, channel):
        channel["Old_Indices"] = np.zeros((3, 2), "u4")
        channel["Old_words"] = ["a"]
        channel["Labelled"] = np.zeros((3, 2))
        channel["Labelled"].attrs["labels"] = np.array([b"a", b"b"])
        channel["A_Values"] = np.zeros(3)

    found = check(change)
    assert {fault.where for fault in found} == {
        f"{CHANNEL}/Labelled",
        f"{CHANNEL}/Old_Indices",
    }
    assert {fault.severity for fault in found} == {"note"}


# Groups


def test_groups_without_an_index(check):
    def change(file, channel):
        for place in (file, file.create_group("Raw_Measurement")):
            place.copy(channel["Raw_Data"], place, expand_refs=False)
            for role in ROLES:
                place["Raw_Data"].attrs[role] = channel[role].ref
        file["Raw_Measurement"].attrs.update(BOOK_KEEPING)

    found = {fault.where: fault for fault in check(change)}
    assert set(found) == {"/", "/Raw_Measurement"}
    assert {fault.rule for fault in found.values()} == {Rule.NAMES}


def test_sound_results(check):
    assert check(lambda file, channel: results(channel)) == []


def test_results_of_results(check):
    """A tool whose name holds a '-', and a source that is only known by name."""

    def change(file, channel):
        results(channel, "Raw_Data-Two-Part_Tool_000", source=False)

    fault = only(check(change))
    assert "only its name tells its source" in fault.text


@pytest.mark.parametrize(
    ("change", "text", "severity"),
    [
        (lambda c: results(c, "Fit_000"), "not of the form Source-Tool_000", "warning"),
        (lambda c: results(c, num_sources=3), "refers to 1 sources", "warning"),
        (lambda c: results(c, "X-Fit_000", source=False), "Nothing in the", "warning"),
        (
            lambda c: results(c, "X-Fit_000", source=False, source_file="other.h5"),
            "in another file, 'other.h5'",
            "note",
        ),
    ],
)
def test_what_is_wrong_with_results(check, change, text, severity):
    fault = only(check(lambda file, channel: change(channel)))
    assert text in fault.text
    assert fault.severity == severity


def test_results_under_customary_names(check):
    def change(file, channel):
        group = results(channel)
        del group.attrs["num_sources"], group.attrs["tool"]
        group.attrs["num_source_dsets"] = 1

    found = check(change)
    assert [fault.severity for fault in found] == ["note", "note"]


def null(file, group):
    group.attrs.create("source_000", h5py.Reference(), dtype=h5py.ref_dtype)


def dangling(file, group):
    file["short_lived"] = np.zeros(3)
    group.attrs["source_000"] = file["short_lived"].ref
    del file["short_lived"]


def to_a_group(file, group):
    group.attrs["source_000"] = file.ref


def as_text(file, group):
    group.attrs["source_000"] = MAIN


@pytest.mark.parametrize("spoil", [null, dangling, to_a_group, as_text])
def test_sources_that_are_lost(check, spoil):
    def change(file, channel):
        spoil(file, results(channel))

    found = check(change)
    assert only([f for f in found if "'source_000' " in f.text]).severity == "warning"


def test_other_references_that_are_lost(check):
    def change(file, channel):
        main = channel["Raw_Data"]
        main.attrs.create("Peaks", h5py.Reference(), dtype=h5py.ref_dtype)
        file["short_lived"] = np.zeros(3)
        channel.attrs["Calibration"] = file["short_lived"].ref
        del file["short_lived"]
        main.attrs["Region"] = main.regionref[:2]
        main.attrs["Parent"] = channel.ref

    texts = {fault.where: fault.text for fault in check(change)}
    assert texts == {
        CHANNEL: "Its attribute 'Calibration' refers to nothing that exists.",
        MAIN: "Its attribute 'Peaks' is a null reference.",
    }


def test_a_run_that_was_stopped_before_it_had_results(check):
    def change(file, channel):
        del results(channel)["Result"]

    assert "It is empty" in only(check(change)).text


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (np.array([1] * 12, "u1"), None),
        (np.array([1] * 5 + [0] * 7, "u1"), "counts 5 of 12 positions"),
        (np.zeros(12, bool), "counts 0 of 12 positions"),
        (np.zeros(5, "u1"), "has 5 entries; the source has 12"),
        (np.zeros(12, "f4"), "is no list of what is done"),
        (np.zeros((12, 1), "u1"), "is no list of what is done"),
        (h5py.Empty("u1"), "is no list of what is done"),
    ],
)
def test_what_is_not_finished(check, status, text):
    """A status tells; what `last_pixel` says beside it does not count."""

    def change(file, channel):
        group = results(channel, last_pixel=3)
        group["completed_fits"] = status

    found = check(change)
    if text is None:
        assert found == []
    else:
        fault = only(found)
        assert text in fault.text
        assert fault.rule == Rule.UNFINISHED


@pytest.mark.parametrize(("last", "count"), [(3, 1), (12, 0), ("12", 0)])
def test_what_is_not_finished_by_its_last_pixel(check, last, count):
    found = check(lambda file, channel: results(channel, last_pixel=last))
    assert len(found) == count
    assert all("3 of 12 positions" in fault.text for fault in found)


def test_a_status_that_is_not_there(check, tmp_path):
    def change(file, channel):
        group = results(channel)
        group["completed_a"] = h5py.SoftLink("/nowhere")
        group["completed_b"] = h5py.ExternalLink("other.h5", "/x")
        group.create_group("completed_c").attrs.update(BOOK_KEEPING)

    texts = " ".join(fault.text for fault in check(change))
    assert "leads nowhere" in texts
    assert "another file" in texts
    assert "not finished" not in texts


def test_results_of_a_refused_source(check):
    def change(file, channel):
        channel.create_dataset("Far", (12, 5), "f4", external=[("other.raw", 0, 480)])
        group = results(channel, "Far-Fit_000", source=False, last_pixel=1)
        group.attrs["source_000"] = channel["Far"].ref

    fault = only(check(change))
    assert (fault.where, fault.severity) == (f"{CHANNEL}/Far", "error")


# What cannot be opened


def test_what_cannot_be_opened_is_told(check):
    def change(file, channel):
        file["nowhere"] = h5py.SoftLink("/gone")
        file["fine"] = h5py.SoftLink(MAIN)
        file["outside"] = h5py.ExternalLink("other.h5", "/x")
        file.create_dataset("raw", (3,), "f4", external=[("other.raw", 0, 100)])

    found = {fault.where: fault for fault in check(change)}
    assert {where: fault.severity for where, fault in found.items()} == {
        "/nowhere": "warning",
        "/outside": "warning",
        "/raw": "error",
    }
    assert {found[name].rule for name in ("/outside", "/raw")} == {Rule.REACH}


def test_entries_beyond_the_first_page(check):
    def change(file, channel):
        for number in range(1200):
            file[f"link {number:04d}"] = h5py.SoftLink("/gone")

    assert len([f for f in check(change) if "leads nowhere" in f.text]) == 1200


def test_a_damaged_table_does_not_end_the_check(image):
    with h5py.File(image, "r+") as file:
        channel = file[CHANNEL]
        kept, attrs = (
            channel["Position_Values"][()],
            dict(channel["Position_Values"].attrs),
        )
        del channel["Position_Values"]
        made = channel.create_dataset(
            "Position_Values", data=kept, chunks=kept.shape, compression="gzip"
        )
        made.attrs.update(attrs)
        channel["Raw_Data"].attrs["Position_Values"] = made.ref
        where = made.id.get_chunk_info(0).byte_offset
        for name in ROLES[2:]:
            channel[name].attrs["labels"] = np.array([b""])
    content = bytearray(image.read_bytes())
    content[where : where + 8] = b"\xff" * 8
    image.write_bytes(content)
    found = ul.open(image).check()
    told = {fault.where: fault for fault in found if fault.rule == Rule.INTACT}
    assert {fault.severity for fault in told.values()} == {"error"}
    table = told[f"{CHANNEL}/Position_Indices"]
    assert "cannot be checked to its end" in table.text
    assert "cannot be unpacked" in told[f"{CHANNEL}/Position_Values"].text
    assert any("A label is empty" in fault.text for fault in found)


def test_a_damaged_group_does_not_end_the_check(image):
    with h5py.File(image, "r+") as file:
        file["list/of/names"] = 1
        heap = h5py.h5o.get_info(file["list"].id).addr
    raw = bytearray(image.read_bytes())
    tree = raw.index(b"TREE", heap)
    raw[tree : tree + 4] = b"XXXX"
    image.write_bytes(raw)
    found = ul.open(image).check()
    assert any(f.where == "/list" and f.severity == "error" for f in found)


def test_indices_beyond_every_number(check):
    def change(file, channel):
        kept = dict(channel["Position_Indices"].attrs)
        del channel["Position_Indices"]
        table = np.full((12, 2), 2**64 - 1, "u8")
        table[3:6] = 0
        channel["Position_Indices"] = table
        channel["Position_Indices"].attrs.update(kept)
        channel["Raw_Data"].attrs["Position_Indices"] = channel["Position_Indices"].ref

    assert any(f.where == f"{CHANNEL}/Position_Indices" for f in check(change))


def test_checking_changes_nothing(image, fingerprint):
    before = fingerprint(image)
    ul.open(image).check()
    assert fingerprint(image) == before


# Genuine files


def test_faults_of_genuine_files(genuine):
    """Counted against what h5py finds in them."""
    expected = {
        "AFM_Force_Curve.h5": 0,
        "AFM_Force_Curve_3channels.h5": 0,
        "BEPS_written_by_BGlib.h5": 2,
        "SingFreqPFM_0003.h5": 0,
        "chip_from_gwyddion.h5": 0,
        "simulated_STEM_Image.h5": 0,
        "sparse_sampling.h5": 0,
    }
    for name, errors in expected.items():
        found = ul.open(genuine / name).check()
        assert sum(fault.severity == "error" for fault in found) == errors
        assert all(fault.where.startswith("/") and fault.text for fault in found)


def test_unfinished_runs_of_a_genuine_file(genuine):
    path = genuine / "sparse_sampling.h5"
    stopped, unfinished = [], []
    with h5py.File(path) as file:
        channel = file["Measurement_000/Channel_000"]
        for name, group in channel.items():
            if not isinstance(group, h5py.Group):
                continue
            if not len(group):
                stopped.append(f"{channel.name}/{name}")
            elif not group["completed_positions"][()].all():
                unfinished.append(f"{channel.name}/{name}")
    found = ul.open(path).check()
    assert [f.where for f in found if "It is empty" in f.text] == stopped
    assert [f.where for f in found if "not finished" in f.text] == unfinished


# As text


def test_text_of_nothing():
    assert fault_text([]) == "Nothing to find fault with."


def test_text_groups_objects_and_tells_once_what_many_have(check):
    def change(file, channel):
        for number in range(6):
            file.create_group(f"g{number}")
        del channel["Raw_Data"].attrs["units"]
        channel["Raw_Data"].attrs["quantity"] = 3

    text = fault_text(check(change))
    lines = text.splitlines()
    assert lines[0] == MAIN
    assert lines[1].startswith("  error    It has no attribute 'units'.")
    assert Counter(re.findall("/g[0-9]", text)) == {"/g0": 1, "/g1": 1, "/g2": 1}
    assert "and 3 more" in lines
    assert lines[-1] == "1 error, 7 warnings, 1 note."


def test_text_is_safe_for_a_terminal(tmp_path):
    with h5py.File(tmp_path / "evil.h5", "w") as file:
        file.create_group("a\nb\x1b[2J").attrs["source_000"] = "\x1b[31m"
        file["a\nb\x1b[2J/x\ry"] = h5py.SoftLink("/\x1b]0;gone")
    text = fault_text(ul.open(tmp_path / "evil.h5").check())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert "a\\nb" in text
