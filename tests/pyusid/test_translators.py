import inspect

import h5py
import numpy as np
import pytest
from PIL import Image

import usid_lab as ul
import usid_lab.pyusid as usid
from usid_lab.pyusid.io import image, numpy_translator, translator

RAW = np.arange(30, dtype=np.float32).reshape(6, 5)


@pytest.fixture
def translate(tmp_path):
    def translate(raw_data=RAW, **options):
        given = {
            "data_name": "STS",
            "quantity": "Current",
            "units": "nA",
            "pos_dims": [usid.Dimension("X", "nm", 3), usid.Dimension("Y", "um", 2)],
            "spec_dims": usid.Dimension("Bias", "V", np.linspace(-1, 1, 5)),
            **options,
        }
        path = str(tmp_path / "made.h5")
        return usid.NumpyTranslator().translate(path, raw_data=raw_data, **given)

    return translate


def test_the_documented_signatures():
    documented = {
        usid.NumpyTranslator: [
            "h5_path data_name raw_data quantity units pos_dims spec_dims "
            "translator_name parm_dict extra_dsets kwargs"
        ],
        usid.ImageTranslator: [
            "image_path h5_path bin_factor bin_func normalize image_args"
        ],
        usid.Translator: ["filepath args kwargs"],
    }
    for kind, [names] in documented.items():
        parameters = list(inspect.signature(kind.translate).parameters)
        assert parameters == ["self", *names.split()]
        assert next(iter(inspect.signature(kind).parameters)) == "max_mem_mb"


def test_an_array_is_written_as_documented(translate, tmp_path):
    extras = {"Reference": [1, 2], "Names": ["a", "µ"]}
    path = translate(parm_dict={"x-pixels": 3}, extra_dsets=extras)
    assert path == str(tmp_path / "made.h5")
    with h5py.File(path) as file:
        assert file.attrs["data_type"] == "STS"
        assert file.attrs["translator"] == "NumpyTranslator"
        assert "user_name" not in file.attrs
        assert file["Measurement_000"].attrs["x-pixels"] == 3
        channel = file["Measurement_000/Channel_000"]
        assert channel["Reference"][()].tolist() == [1, 2]
        assert channel["Names"].asstr()[()].tolist() == ["a", "µ"]
        assert np.array_equal(channel["Raw_Data"][()], RAW)
        assert channel["Position_Indices"].attrs["labels"].tolist() == [b"X", b"Y"]
        assert channel["Position_Indices"][:4, 0].tolist() == [0, 1, 2, 0]
    made = ul.open(path).main_datasets[0]
    assert made.sizes == {"Y": 2, "X": 3, "Bias": 5}
    assert np.array_equal(made.read(), RAW.reshape(2, 3, 5))


def test_options_reach_the_dataset(translate):
    path = translate(
        chunks=(3, 5),
        compression="gzip",
        main_dset_attrs={"gain": 2},
        translator_name="Omicron",
    )
    with h5py.File(path) as file:
        raw = file["Measurement_000/Channel_000/Raw_Data"]
        assert (raw.chunks, raw.compression, raw.attrs["gain"]) == ((3, 5), "gzip", 2)
        assert file.attrs["translator"] == "Omicron"


def test_an_existing_file_is_not_deleted(translate, fingerprint, tmp_path):
    translate()
    before = fingerprint(tmp_path / "made.h5")
    with pytest.raises(FileExistsError, match=r"'made\.h5' exists already"):
        translate(RAW + 1)
    assert fingerprint(tmp_path / "made.h5") == before


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"raw_data": RAW.reshape(2, 3, 5)}, ValueError),
        ({"raw_data": RAW.T}, ValueError),
        ({"data_name": ""}, ValueError),
        ({"quantity": 3}, TypeError),
        ({"pos_dims": "X"}, TypeError),
        ({"extra_dsets": {"Raw_Data": [1]}}, KeyError),
        ({"extra_dsets": {"Odd": object()}}, ul.errors.WriteError),
        ({"extra_dsets": [1]}, TypeError),
        ({"parm_dict": {"notes": object()}}, (TypeError, ul.errors.UsidError)),
    ],
)
def test_what_cannot_be_written_leaves_no_file(translate, tmp_path, options, error):
    with pytest.raises(error):
        translate(**options)
    assert not list(tmp_path.iterdir())


def test_the_blueprint_translates_nothing():
    with pytest.raises(NotImplementedError, match="Translator does not say how"):
        usid.Translator().translate("scan.dat")


def test_memory_is_bounded(monkeypatch):
    assert usid.Translator(max_mem_mb=np.int64(1)).max_ram == 2**20
    monkeypatch.setattr(translator, "get_available_memory", lambda: 1000)
    assert usid.Translator().max_ram == 750
    with pytest.raises(ValueError, match="above 0"):
        usid.Translator(0)
    with pytest.raises(TypeError, match="max_mem_mb"):
        usid.Translator("1")


def test_dummy_parameters_have_the_names_of_genuine_files(genuine):
    with h5py.File(genuine / "simulated_STEM_Image.h5") as file:
        said = dict(file.attrs)
    written_by_the_image_translator = {
        "data_type",
        "image_max",
        "image_min",
        "normalized",
    }
    assert set(translator.generate_dummy_main_parms()) == (
        set(said) - written_by_the_image_translator
    )


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "image.png"
    Image.fromarray(np.arange(24, dtype=np.uint8).reshape(4, 6)).save(path)
    return path


def test_an_image_comes_back_as_an_open_dataset(picture):
    h5_main = usid.ImageTranslator().translate(str(picture), bin_factor=2)
    with h5_main.file as file:
        assert isinstance(h5_main, h5py.Dataset)
        assert file.filename == str(picture.with_suffix(".h5"))
        expected = np.arange(24).reshape(2, 2, 3, 2).mean(axis=(1, 3))
        assert np.array_equal(h5_main[()].reshape(2, 3), expected)
        assert usid.hdf_utils.check_if_main(h5_main)


def test_the_path_of_an_image_file_counts(picture, tmp_path):
    target = str(tmp_path / "other.h5")
    usid.ImageTranslator().translate(str(picture), target, normalize=True).file.close()
    with h5py.File(target) as file:
        assert file["Measurement_000/Channel_000/Raw_Data"][()].max() == 1
    with pytest.raises(FileExistsError):
        usid.ImageTranslator().translate(str(picture), target)


def test_images_are_read_with_their_parameters(picture, tmp_path):
    values, parameters = image.read_image(str(picture))
    assert np.array_equal(values, np.arange(24).reshape(4, 6))
    assert parameters == {}
    tagged = tmp_path / "tagged.tif"
    tags = {270: "ImageJ=1.54f\nunit=nm\n", 282: 4.0, 283: 2.0}
    Image.fromarray(values).save(tagged, tiffinfo=tags)
    assert image.read_image(str(tagged))[1] == {
        "pixel_size": (0.5, 0.25),
        "pixel_units": "nm",
    }


def test_the_later_name_is_the_same_class():
    assert numpy_translator.ArrayTranslator is usid.NumpyTranslator
