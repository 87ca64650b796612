import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.errors import (
    ArgumentTypeError,
    ExistsError,
    LayoutError,
    NameTakenError,
    WriteError,
)
from usid_lab.translators import ArrayTranslator, Translator

BIAS = np.linspace(-1, 1, 5)
POSITION = [ul.Dimension("Y", "um", 2), ul.Dimension("X", "nm", [0, 10, 20])]
DATA = np.arange(30, dtype=np.float32).reshape(2, 3, 5)


@pytest.fixture
def translate(tmp_path):
    def translate(data=DATA, name="made.h5", **options):
        given = {
            "quantity": "Current",
            "units": "nA",
            "position": POSITION,
            "spectroscopic": ul.Dimension("Bias", "V", BIAS),
            **options,
        }
        return ArrayTranslator().translate(tmp_path / name, data, **given)

    return translate


@pytest.mark.parametrize("data", [DATA, DATA.reshape(6, 5), DATA.tolist()])
def test_arrays_n_d_and_as_stored_make_the_same_dataset(translate, data):
    made = translate(data)
    assert made.path == "/Measurement_000/Channel_000/Raw_Data"
    assert np.array_equal(made.read(), DATA)
    assert made.sizes == {"Y": 2, "X": 3, "Bias": 5}
    assert [d.units for d in made.dimensions] == ["um", "nm", "V"]
    assert made.coords["X"].tolist() == [0, 10, 20]
    assert made.coords["Bias"] == pytest.approx(BIAS)
    assert (made.quantity, made.units) == ("Current", "nA")


def test_a_mapping_makes_dimensions_too(translate):
    made = translate(
        position={"Y": ([5, 6], "m"), "X": ([1, 2, 3], "m")},
        spectroscopic={"Bias": (BIAS, "V")},
    )
    assert made.coords["Y"].tolist() == [5, 6]


def test_what_goes_into_the_file_beside_the_data(translate):
    made = translate(
        data_type="STS",
        parameters={"x-pixels": 3, "operator": "Æsa"},
        extra={"Reference": np.arange(4)},
        attrs={"gain": 2.5},
        compression="gzip",
        chunks=(2, 5),
    )
    with h5py.File(made.file_path) as file:
        assert file.attrs["data_type"] == "STS"
        assert file.attrs["translator"] == "ArrayTranslator"
        measured = file["Measurement_000"].attrs
        assert (measured["x-pixels"], measured["operator"]) == (3, "Æsa")
        channel = file["Measurement_000/Channel_000"]
        assert channel["Reference"][()].tolist() == [0, 1, 2, 3]
        assert channel["Raw_Data"].attrs["gain"] == 2.5
        assert channel["Raw_Data"].chunks == (2, 5)
        assert channel["Raw_Data"].compression == "gzip"


def test_another_translator_can_be_named(translate):
    made = translate(translator_name="Omicron_ASC_Translator")
    assert made.file_path.exists()
    with h5py.File(made.file_path) as file:
        assert file.attrs["translator"] == "Omicron_ASC_Translator"
        assert "data_type" not in file.attrs


@pytest.mark.parametrize(
    "data", [np.complex64(1j) * DATA, DATA.astype(np.int16), DATA.astype("f8,i4")]
)
def test_any_numbers_are_kept(translate, data):
    made = translate(data)
    assert made.dtype == data.dtype
    assert np.array_equal(made.read(), data)


@pytest.mark.parametrize("shape", [(3, 2, 5), (5, 6), (30,), (6, 5, 1)])
def test_other_shapes_are_refused_before_a_file_is_made(translate, shape, tmp_path):
    with pytest.raises(LayoutError, match=r"Y, X, Bias.*\(2, 3, 5\)"):
        translate(DATA.reshape(shape))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["Raw_Data", "Position_Values"])
def test_reserved_names_are_refused_before_a_file_is_made(translate, name, tmp_path):
    with pytest.raises(NameTakenError, match=f"'{name}' is the name of the Main"):
        translate(extra={name: [1]})
    assert not list(tmp_path.iterdir())


def test_scattered_points_are_positions_too(translate):
    points = [
        ul.Dimension("Y", "m", [3, 1, 2], ul.Mode.INCOMPLETE),
        ul.Dimension("X", "m", [7, 9, 8], ul.Mode.INCOMPLETE),
    ]
    made = translate(DATA[0], position=points)
    assert made.layout.kind == "sparse"
    assert made.coords["X"].tolist() == [7, 9, 8]
    assert np.array_equal(made.read(), DATA[0])


def test_dimensions_are_dimensions(translate):
    with pytest.raises(ArgumentTypeError, match=r"list of Dimension.*got list"):
        translate(position=["Y", "X"])


def test_a_file_is_not_overwritten_unasked(translate):
    made = translate()
    before = made.file_path.read_bytes()
    with pytest.raises(ExistsError, match=r"'made\.h5' exists already"):
        translate(DATA + 1)
    assert made.file_path.read_bytes() == before
    assert np.array_equal(translate(DATA + 1, overwrite=True).read(), DATA + 1)


def test_a_parameter_that_hdf5_cannot_hold_leaves_the_old_file(translate):
    before = translate().file_path.read_bytes()
    with pytest.raises(WriteError, match="'notes'"):
        translate(overwrite=True, parameters={"notes": object()})
    assert translate(name="other.h5").file_path.with_name("made.h5").read_bytes() == (
        before
    )


def test_a_translator_without_its_method_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        Translator()


def test_the_new_file_can_be_written_at_once(translate):
    with h5py.File(translate().file_path, "r+") as opened:
        opened.attrs["sample"] = "STO"
