"""USIDataset: what it says of itself, and its numbers, against loops and numpy."""

import itertools

import h5py
import numpy as np
import pytest

from usid_lab.errors import (
    ArgumentTypeError,
    DimensionError,
    LayoutError,
    OutOfRangeError,
    UsidError,
)
from usid_lab.pyusid import USIDataset

_DTYPES = ["u1", ">i2", "f4", ">f8", "c8", [("a", "f4"), ("b", "i4")]]


def grid(sizes, order=None):
    """Index table of a raster, slowest dimension first; columns in `order`."""
    table = np.array(list(itertools.product(*(range(size) for size in sizes))))
    return table if order is None else table[:, order]


def numbers(shape, dtype="f8"):
    values = np.arange(int(np.prod(shape)))
    if isinstance(dtype, list):
        made = np.zeros(len(values), dtype)
        made["a"], made["b"] = values / 2, -values
        return made.reshape(shape)
    if np.dtype(dtype).kind == "c":
        values = values * (1 - 0.5j)
    return values.astype(dtype).reshape(shape)


def looped(values, rows, columns):
    """N-D form in the order of the tables, entry by entry."""
    rows, columns = rows - rows.min(axis=0), columns - columns.min(axis=0)
    shape = [*(rows.max(axis=0) + 1), *(columns.max(axis=0) + 1)]
    form = np.empty(shape, values.dtype)
    for i, j in np.ndindex(values.shape):
        form[(*rows[i], *columns[j])] = values[i, j]
    return form


def serpentine(slow, fast):
    """Index table (fast, slow) of a scan that turns round after each line."""
    lines = [
        range(fast) if line % 2 == 0 else range(fast)[::-1] for line in range(slow)
    ]
    return np.array([(x, y) for y, line in enumerate(lines) for x in line])


@pytest.fixture
def scan(make_main):
    """X fast and Y slow, as old files have it; V slow and T fast among the steps."""
    return make_main(
        numbers((12, 10)), grid((3, 4), [1, 0]), grid((5, 2)), steps=("V", "T")
    )


# --- what it is -----------------------------------------------------------------


def test_it_is_the_h5py_dataset(scan):
    main = USIDataset(scan)
    assert isinstance(main, h5py.Dataset)
    assert main == scan
    assert scan == main
    assert hash(main) == hash(scan)
    assert {main} == {scan}
    assert main != scan.parent
    assert (main == "Raw_Data") is False
    np.testing.assert_array_equal(main[2:4, ::3], scan[2:4, ::3])
    assert (main.shape, main.dtype, main.name) == (scan.shape, scan.dtype, scan.name)


def test_value_is_everything(scan):
    np.testing.assert_array_equal(USIDataset(scan).value, scan[()])


def test_values_are_read_as_another_type(make_main):
    main = USIDataset(
        make_main(np.arange(6).reshape(2, 3), [[0], [1]], [[0], [1], [2]])
    )
    with main.astype("f4"):
        assert main[0:1].dtype == np.float32
        with main.astype("i2") as inner:
            assert (main[()].dtype, inner[()].dtype) == (np.int16,) * 2
        assert main[1, 1].dtype == np.float32
    assert main[()].dtype == np.int64
    view = main.astype(np.float32)
    assert view[1].tolist() == [3.0, 4.0, 5.0]
    assert (len(view), view.ndim, np.asarray(view).dtype) == (2, 2, np.float32)


def test_it_writes_in_place(scan):
    USIDataset(scan)[3, 4] = -1.0
    assert scan[3, 4] == -1.0


@pytest.mark.parametrize("what", ["group", "table", "text", "nothing"])
def test_only_main_datasets_are_taken(scan, what):
    given = {
        "group": scan.parent,
        "table": scan.parent["Position_Indices"],
        "text": "Raw_Data",
        "nothing": None,
    }[what]
    with pytest.raises(TypeError, match="Main dataset") as caught:
        USIDataset(given)
    assert isinstance(caught.value, ArgumentTypeError)


def test_the_error_says_what_is_missing(scan):
    del scan.attrs["Spectroscopic_Values"]
    with pytest.raises(TypeError, match="Spectroscopic_Values"):
        USIDataset(scan)


# --- what it says -----------------------------------------------------------------


def test_properties(scan):
    main = USIDataset(scan)
    assert (main.pos_dim_labels, main.spec_dim_labels) == (["X", "Y"], ["V", "T"])
    assert (main.pos_dim_sizes, main.spec_dim_sizes) == ([4, 3], [5, 2])
    assert main.n_dim_labels == ["X", "Y", "V", "T"]
    assert main.n_dim_sizes == [4, 3, 5, 2]
    assert main.data_descriptor == "Current (nA)"
    assert main.pos_dim_descriptors == ["X (u)", "Y (u)"]
    assert main.spec_dim_descriptors == ["V (u)", "T (u)"]
    group = scan.parent
    assert main.h5_pos_inds == group["Position_Indices"]
    assert main.h5_pos_vals == group["Position_Values"]
    assert main.h5_spec_inds == group["Spectroscopic_Indices"]
    assert main.h5_spec_vals == group["Spectroscopic_Values"]


def test_repr_is_that_of_the_documentation(scan):
    assert repr(USIDataset(scan)).splitlines() == [
        '<HDF5 dataset "Raw_Data": shape (12, 10), type "<f8">',
        "located at:",
        "\t/Measurement_000/Channel_000/Raw_Data",
        "Data contains:",
        "\tCurrent (nA)",
        "Data dimensions and original shape:",
        "Position Dimensions:",
        "\tX - size: 4",
        "\tY - size: 3",
        "Spectroscopic Dimensions:",
        "\tV - size: 5",
        "\tT - size: 2",
        "Data Type:",
        "\tfloat64",
    ]


def test_repr_names_the_fields_of_a_compound(make_main):
    main = make_main(numbers((4, 3), _DTYPES[-1]), grid((2, 2)), grid((3,)))
    assert repr(USIDataset(main)).splitlines()[-2:] == ["Data Fields:", "\ta, b"]


def test_repr_of_a_closed_file(scan):
    main = USIDataset(scan)
    scan.file.close()
    assert repr(main) == "<Closed HDF5 dataset>"


@pytest.mark.parametrize("mode", ["r", "r+"])
def test_a_closed_file_is_said_to_be_closed(scan, mode):
    path, name = scan.file.filename, scan.name
    scan.file.close()
    with h5py.File(path, mode) as file:
        main = USIDataset(file[name])
        main.get_n_dim_form()
    for read in (main.get_n_dim_form, lambda: main.slice({}), lambda: main.h5_pos_inds):
        with pytest.raises(ValueError, match="closed; open it again"):
            read()


def test_repr_of_what_is_no_main_dataset_any_more(scan):
    main = USIDataset(scan)
    del scan.attrs["Position_Values"]
    assert repr(main) == repr(scan)


def test_sorting_is_from_fastest_to_slowest(scan, capsys):
    main = USIDataset(scan, sort_dims=True)
    assert main.n_dim_labels == ["X", "Y", "T", "V"]
    assert main.n_dim_sizes == [4, 3, 2, 5]
    main.get_current_sorting()
    assert "fastest" in capsys.readouterr().out
    main.toggle_sorting()
    assert main.n_dim_labels == ["X", "Y", "V", "T"]
    main.get_current_sorting()
    assert "in the file" in capsys.readouterr().out


def test_toggling_moves_the_dimensions_of_the_values(scan):
    main = USIDataset(scan)
    before = main.get_n_dim_form()
    main.toggle_sorting()
    np.testing.assert_array_equal(main.get_n_dim_form(), before.transpose(0, 1, 3, 2))
    main.toggle_sorting()
    np.testing.assert_array_equal(main.get_n_dim_form(), before)


def test_missing_labels_are_numbered(scan):
    for name in ("Position_Indices", "Position_Values"):
        del scan.parent[name].attrs["labels"]
        del scan.parent[name].attrs["units"]
    main = USIDataset(scan)
    assert len(set(main.pos_dim_labels)) == 2
    assert main.get_n_dim_form().shape == (4, 3, 5, 2)


# --- values of dimensions ----------------------------------------------------------


def test_values_of_dimensions(scan):
    main = USIDataset(scan)
    for label, size in (("X", 4), ("Y", 3)):
        np.testing.assert_array_equal(main.get_pos_values(label), np.arange(size) / 2)
    found = main.get_spec_values("V")
    np.testing.assert_array_equal(found, np.arange(5) / 2)
    assert found.dtype == np.float32


def test_values_are_read_anew_after_an_edit(scan):
    main = USIDataset(scan)
    main.get_spec_values("V")
    scan.parent["Spectroscopic_Values"][0] = np.repeat(np.arange(5) ** 2, 2)
    np.testing.assert_array_equal(main.get_spec_values("V"), [0, 1, 4, 9, 16])


def test_order_is_derived_anew_after_an_edit(scan):
    main = USIDataset(scan)
    main.get_n_dim_form()
    rows = serpentine(3, 4)
    scan.parent["Position_Indices"][()] = rows
    truth = looped(scan[()], rows, grid((5, 2)))
    np.testing.assert_array_equal(main.get_n_dim_form(), truth)


def test_wrong_names_of_dimensions(scan):
    main = USIDataset(scan)
    with pytest.raises(KeyError, match=r"no dimension 'V'.*X, Y"):
        main.get_pos_values("V")
    with pytest.raises(TypeError, match="dim_name"):
        main.get_spec_values(0)


# --- the N-D form ------------------------------------------------------------------


@pytest.mark.parametrize("rows_order", [[0, 1], [1, 0]])
@pytest.mark.parametrize("steps_order", list(itertools.permutations(range(3))))
def test_any_order_of_columns(make_main, rows_order, steps_order):
    """Old files store the fastest dimension first, new ones the slowest."""
    rows, steps = grid((3, 4), rows_order), grid((2, 5, 3), list(steps_order))
    main = make_main(numbers((12, 30)), rows, steps, steps=("A", "B", "C"))
    found = USIDataset(main).get_n_dim_form()
    np.testing.assert_array_equal(found, looped(main[()], rows, steps))


@pytest.mark.parametrize("dtype", _DTYPES)
def test_any_type_of_values(make_main, dtype):
    rows, steps = grid((2, 3), [1, 0]), grid((4,))
    main = make_main(numbers((6, 4), dtype), rows, steps)
    found = USIDataset(main).get_n_dim_form()
    np.testing.assert_array_equal(found, looped(main[()], rows, steps))
    assert found.dtype == main.dtype


def test_serpentine_is_put_in_order(make_main):
    rows, steps = serpentine(4, 5), grid((3,))
    main = make_main(numbers((20, 3), "c8"), rows, steps)
    found = USIDataset(main).get_n_dim_form()
    np.testing.assert_array_equal(found, looped(main[()], rows, steps))
    # What a reshape makes of it, and pyUSID with it, is another map.
    assert (found != main[()].reshape(4, 5, 3).transpose(1, 0, 2)).any()


def test_shuffled_rows_and_columns_read_in_blocks(make_main, monkeypatch):
    from usid_lab.pyusid.io import unfolding

    monkeypatch.setattr(unfolding, "_BLOCK", 200)
    rng = np.random.default_rng(5)
    rows, steps = rng.permutation(grid((4, 6))), rng.permutation(grid((5, 2)))
    main = make_main(numbers((24, 10)), rows, steps, steps=("V", "T"))
    found = USIDataset(main).get_n_dim_form()
    np.testing.assert_array_equal(found, looped(main[()], rows, steps))


def test_indices_need_not_start_at_zero(make_main):
    rows, steps = grid((3, 2)) + np.array([7, 40]), grid((4,)) + 2
    main = make_main(numbers((6, 4)), rows, steps)
    dataset = USIDataset(main)
    np.testing.assert_array_equal(
        dataset.get_n_dim_form(), looped(main[()], rows, steps)
    )
    found, _ = dataset.slice({"X": 0, "Y": 1})
    np.testing.assert_array_equal(found, main[1])


def test_more_dimensions_than_points(make_main):
    main = make_main(numbers((1, 3)), grid((1, 1, 1)), grid((3,)), labels="XYZ")
    dataset = USIDataset(main)
    assert dataset.n_dim_sizes == [1, 1, 1, 3]
    assert dataset.get_n_dim_form().shape == (1, 1, 1, 3)
    assert [dataset.get_pos_values(label).size for label in "XYZ"] == [1, 1, 1]


def test_missing_places_are_nan(make_main):
    rows, steps = grid((3, 3))[:-2], grid((2,))
    main = make_main(numbers((7, 2), "i4"), rows, steps)
    found = USIDataset(main).get_n_dim_form()
    np.testing.assert_array_equal(found.reshape(9, 2)[:7], main[()])
    assert np.isnan(found.reshape(9, 2)[7:]).all()


def test_scattered_points_have_no_n_d_form(make_main):
    points = np.repeat(np.arange(8)[:, None], 2, axis=1)
    main = make_main(numbers((8, 3)), points, grid((3,)))
    dataset = USIDataset(main)
    with pytest.raises(LayoutError, match="no N-dimensional form") as caught:
        dataset.get_n_dim_form()
    assert isinstance(caught.value, ValueError)
    assert dataset.pos_dim_sizes == [8, 8]
    np.testing.assert_array_equal(dataset.get_pos_values("Y"), np.arange(8) / 2)
    rows, success = dataset.slice({"X": [1, 5]})
    assert success is False
    np.testing.assert_array_equal(rows, main[[1, 5]])


def test_what_is_left_may_have_a_grid(make_main):
    """Two frequencies at each of three voltages that are never repeated."""
    forc = np.stack([np.arange(6) % 2, np.arange(6) // 2 + [0, 0, 3, 3, 7, 7]], axis=1)
    forc = np.concatenate([forc, [[0, 30]]])
    main = make_main(numbers((4, 7)), grid((2, 2)), forc, steps=("F", "DC"))
    dataset = USIDataset(main)
    found, success = dataset.slice({"DC": 1, "X": 0})
    assert success is True
    np.testing.assert_array_equal(found, main[:2, 2:4])
    points = np.repeat(np.arange(4)[:, None], 2, axis=1)
    main = make_main(numbers((4, 3)), points, grid((3,)))
    found, success = USIDataset(main).slice({"Y": 2})
    assert success is True
    np.testing.assert_array_equal(found, main[2])


def test_as_scalar_puts_parts_behind_each_other(make_main):
    main = make_main(numbers((4, 3), "c8"), grid((2, 2)), grid((3,)))
    found = USIDataset(main).get_n_dim_form(as_scalar=True)
    whole = main[()].reshape(2, 2, 3)
    truth = np.concatenate([whole.real, whole.imag], axis=-1)
    np.testing.assert_array_equal(found, truth)


@pytest.mark.parametrize("rows", [grid((4, 5)), serpentine(5, 4), grid((4, 5))[:-3]])
def test_lazy_form_is_the_same_when_computed(make_main, rows):
    main = make_main(numbers((len(rows), 3), "i4"), rows, grid((3,)))
    dataset = USIDataset(main)
    lazy = dataset.get_n_dim_form(lazy=True)
    assert not isinstance(lazy, np.ndarray)
    np.testing.assert_array_equal(lazy.compute(), dataset.get_n_dim_form())
    part, success = dataset.slice({"X": [1, 2], "V": 1}, lazy=True)
    truth, _ = dataset.slice({"X": [1, 2], "V": 1})
    np.testing.assert_array_equal(part.compute(), truth)
    assert success is True


@pytest.mark.parametrize("dtype", ["f4", "c8", _DTYPES[-1]])
def test_lazy_scalars(make_main, dtype):
    dataset = USIDataset(make_main(numbers((4, 3), dtype), grid((2, 2)), grid((3,))))
    lazy = dataset.get_n_dim_form(as_scalar=True, lazy=True)
    truth = dataset.get_n_dim_form(as_scalar=True)
    assert (lazy.shape, lazy.dtype) == (truth.shape, truth.dtype)
    np.testing.assert_array_equal(lazy.compute(), truth)


def test_the_same_label_on_both_sides(make_main):
    main = make_main(numbers((6, 4)), grid((2, 3)), grid((4,)), steps=("X",))
    dataset = USIDataset(main)
    assert dataset.n_dim_labels == ["X", "Y", "X"]
    assert dataset.get_n_dim_form().shape == (2, 3, 4)
    with pytest.raises(KeyError, match=r"X \(position\), Y, X \(spectroscopic\)"):
        dataset.slice({"X": 0})
    found, _ = dataset.slice({"X (position)": 1, "X (spectroscopic)": 2})
    np.testing.assert_array_equal(found, main[3:, 2])


def test_a_file_that_is_only_read_is_derived_once(scan, monkeypatch):
    from usid_lab.pyusid.io import usi_data

    name, path = scan.file.filename, scan.name
    scan.file.close()
    calls = []
    derive = usi_data.unfolding_of
    monkeypatch.setattr(
        usi_data, "unfolding_of", lambda *a: (calls.append(a), derive(*a))[1]
    )
    with h5py.File(name) as file:
        main = USIDataset(file[path], sort_dims=True)
        for _ in range(3):
            assert main.n_dim_labels == ["X", "Y", "T", "V"]
            assert main.slice({"X": 1})[0].shape == (3, 2, 5)
    assert len(calls) == 2


# --- slices ------------------------------------------------------------------------

_SLICES = [
    None,
    {},
    {"V": 3},
    {"X": 2, "Y": 1, "V": 0, "T": 1},
    {"X": slice(1, 3), "T": [1]},
    {"V": slice(None, None, 2)},
    {"V": slice(None, None, -1)},
    {"X": [3, 0], "V": (4, 1, 2)},
    {"Y": np.array([True, False, True])},
    {"X": np.uint8(2), "V": np.int64(1)},
    {"X": slice(2, 2)},
]


@pytest.mark.parametrize("asked", _SLICES, ids=repr)
@pytest.mark.parametrize("sort_dims", [False, True])
@pytest.mark.parametrize("turning", [False, True])
def test_slices_are_those_of_numpy(make_main, asked, sort_dims, turning):
    rows = serpentine(3, 4) if turning else grid((3, 4), [1, 0])
    main = make_main(numbers((12, 10)), rows, grid((5, 2)), steps=("V", "T"))
    dataset = USIDataset(main, sort_dims=sort_dims)
    found, success = dataset.slice(asked)
    truth = looped(main[()], rows, grid((5, 2)))
    for axis, label in enumerate("XYVT"):
        pick = (asked or {}).get(label, slice(None))
        pick = [pick] if np.ndim(pick) == 0 and not isinstance(pick, slice) else pick
        pick = list(pick) if isinstance(pick, tuple) else pick
        truth = truth[(slice(None),) * axis + (pick,)]
    truth = truth.transpose(0, 1, 3, 2) if sort_dims else truth
    assert success is True
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, truth.squeeze())
    assert found.shape == truth.squeeze().shape


def test_slice_in_two_dimensions_keeps_the_order_of_the_file(make_main):
    rows = serpentine(3, 4)
    main = make_main(numbers((12, 5)), rows, grid((5,)))
    found, success = USIDataset(main).slice({"Y": 1, "V": [0, 3]}, ndim_form=False)
    assert success is True
    np.testing.assert_array_equal(found, main[4:8][:, [0, 3]])


def test_ranges_are_lists_of_indices(scan):
    main = USIDataset(scan)
    values, _ = main.slice({"V": range(0, 3, 2)})
    np.testing.assert_array_equal(values, main.slice({"V": [0, 2]})[0])


def test_slice_as_scalar(make_main):
    main = make_main(numbers((4, 3), "c8"), grid((2, 2)), grid((3,)))
    found, _ = USIDataset(main).slice({"X": 1, "Y": 0}, as_scalar=True)
    np.testing.assert_array_equal(found, [*main[2].real, *main[2].imag])


def test_steps_without_a_grid_stay_one_dimension(make_main):
    ever_rising = np.stack([np.arange(6) % 2, np.arange(6)], axis=1)
    main = make_main(numbers((6, 6)), grid((2, 3)), ever_rising, steps=("F", "DC"))
    dataset = USIDataset(main)
    found, success = dataset.slice({"X": 1, "DC": [1, 2, 4]})
    assert success == "Positions"
    np.testing.assert_array_equal(found, main[3:][:, [1, 2, 4]])
    with pytest.raises(ValueError, match="N-dimensional"):
        dataset.get_n_dim_form()


@pytest.mark.parametrize(
    ("asked", "kind", "words"),
    [
        ({"Z": 0}, DimensionError, "X, Y, V, T"),
        ({"X": 4}, OutOfRangeError, "0 to 3"),
        ({"X": -1}, OutOfRangeError, "0 to 3"),
        ({"X": [0, 9]}, OutOfRangeError, "0 to 3"),
        ({"X": 1.5}, ArgumentTypeError, "index, a slice"),
        ({"X": [0.5]}, OutOfRangeError, "whole numbers"),
        ({"X": "fast"}, ArgumentTypeError, "index, a slice"),
        ("X", ArgumentTypeError, "slice_dict"),
    ],
)
def test_what_cannot_be_sliced(scan, asked, kind, words):
    with pytest.raises(kind, match=words) as caught:
        USIDataset(scan).slice(asked)
    assert isinstance(caught.value, UsidError)


def test_errors_are_the_builtins_of_the_documentation(scan):
    main = USIDataset(scan)
    for kind in (ValueError, IndexError):
        with pytest.raises(kind):
            main.slice({"X": 40})
    with pytest.raises(KeyError):
        main.slice({"Q": 40})
    with pytest.raises(TypeError):
        main.slice({"X": 0}, as_scalar=1)


def test_a_slice_reads_only_what_it_needs(make_main, monkeypatch):
    from usid_lab.reading.routes.slabs import SlabSource

    main = make_main(numbers((400, 50)), grid((20, 20)), grid((50,)))
    sizes = []
    read = SlabSource.read
    monkeypatch.setattr(
        SlabSource,
        "read",
        lambda s, box, buffer: (sizes.append(box.size), read(s, box, buffer)),
    )
    USIDataset(main).slice({"X": 3, "Y": 4})
    assert sum(sizes) == 50


# --- figures -----------------------------------------------------------------------


def test_visualize_draws_the_slice(scan):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figure, axes = USIDataset(scan).visualize({"V": 2, "T": 1})
    try:
        (image,) = axes.flat[0].get_images()
        truth = scan[:, 5].reshape(3, 4)
        np.testing.assert_array_equal(np.asarray(image.get_array()), truth)
    finally:
        pyplot.close(figure)


def test_more_dimensions_than_a_figure_takes(make_main):
    pytest.importorskip("matplotlib")
    rows = np.indices((2, 2, 2)).reshape(3, 8).T
    main = make_main(np.zeros((8, 2)), rows, [[0], [1]], labels="ABC")
    with pytest.raises(NotImplementedError, match="two of A, B, C"):
        USIDataset(main).visualize()


# --- genuine files -----------------------------------------------------------------


def test_genuine_maps_are_reshaped(genuine):
    with h5py.File(genuine / "SingFreqPFM_0003.h5") as file:
        main = USIDataset(file["Measurement_000/Channel_000/Raw_Data"])
        assert main.n_dim_labels == ["X", "Y", "arb"]
        truth = main[:, 0].reshape(128, 128).T[..., None]
        np.testing.assert_array_equal(main.get_n_dim_form(), truth)
        line, success = main.slice({"Y": 7})
        assert success is True
        np.testing.assert_array_equal(line, truth[:, 7, 0])


def test_genuine_spectra_slowest_first(genuine):
    with h5py.File(genuine / "BEPS_written_by_BGlib.h5") as file:
        main = USIDataset(file["Measurement_000/Channel_000/Raw_Data"])
        assert main.n_dim_labels == ["Y", "X", "Field", "DC_Offset", "Frequency"]
        truth = looped(
            main[()],
            main.h5_pos_inds[()].astype(int),
            main.h5_spec_inds[()].T.astype(int),
        )
        np.testing.assert_array_equal(main.get_n_dim_form(), truth)
