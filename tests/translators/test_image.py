import builtins
import io
import struct
import zlib

import h5py
import numpy as np
import pytest
from PIL import Image, ImageOps

import usid_lab as ul
from usid_lab.errors import (
    ArgumentError,
    ArgumentTypeError,
    ExistsError,
    MissingExtraError,
    MissingFileError,
    SelectionError,
    SpecialFileError,
    TranslationError,
    UnreadableFileError,
    WriteError,
)
from usid_lab.translators import ImageTranslator, read_image

CHANNEL = "Measurement_000/Channel_000"
GREY = np.array([[0, 1, 200], [3, 255, 5]], np.uint8)


@pytest.fixture
def save(tmp_path):
    """Save an array as an image; gives its path."""

    def save(values, name="image.png", **options):
        path = tmp_path / name
        Image.fromarray(np.asarray(values)).save(path, **options)
        return path

    return save


def stored(path):
    with h5py.File(path) as file:
        return file[f"{CHANNEL}/Raw_Data"][()]


def test_the_genuine_pair_has_the_same_numbers(genuine, tmp_path):
    made = ul.translate(genuine / "simulated_STEM_Image.tif", tmp_path / "made.h5")
    with h5py.File(genuine / "simulated_STEM_Image.h5") as theirs:
        values = theirs[f"{CHANNEL}/Raw_Data"][()]
        indices = theirs[f"{CHANNEL}/Position_Indices"][()]
        labels = theirs[f"{CHANNEL}/Position_Indices"].attrs["labels"].tolist()
    with h5py.File(made.file_path) as ours:
        assert np.array_equal(ours[f"{CHANNEL}/Raw_Data"][()], values)
        assert ours[f"{CHANNEL}/Raw_Data"].dtype == values.dtype
        table = ours[f"{CHANNEL}/Position_Indices"]
        assert np.array_equal(table[()], indices)
        assert table.attrs["labels"].tolist() == labels == [b"X", b"Y"]
        assert table.attrs["units"].tolist() == [b"a.u.", b"a.u."]


def test_the_file_says_where_it_comes_from(save):
    made = ul.translate(save(GREY, "scan 1.png"))
    assert made.file_path.name == "scan 1.h5"
    with h5py.File(made.file_path) as file:
        said = {**file.attrs, **file["Measurement_000"].attrs}
    assert said["translator"] == "ImageTranslator"
    assert said["source_file"] == "scan 1.png"
    assert said["usid_lab_version"] == ul.__version__
    assert said["data_type"] == "ImageData"
    assert (said["source_format"], said["source_mode"]) == ("PNG", "L")
    assert (said["image_size_u"], said["image_size_v"], said["num_pixels"]) == (2, 3, 6)
    assert (said["image_min"], said["image_max"]) == (0, 255)
    assert (made.quantity, made.units) == ("Intensity", "a.u.")


@pytest.mark.parametrize("suffix", ["png", "tif", "tiff", "bmp", "gif", "PNG"])
def test_grey_values_survive_every_lossless_format(save, suffix):
    made = ul.translate(save(GREY, f"image.{suffix}"))
    assert np.array_equal(made.read(arb=0), GREY)
    assert made.sizes == {"Y": 2, "X": 3, "arb": 1}


def test_jpeg_is_what_pillow_decodes(save):
    path = save(np.tile(GREY, (8, 8)), "image.jpg", quality=90)
    with Image.open(path) as image:
        decoded = np.array(image)
    assert np.array_equal(ul.translate(path).read(arb=0), decoded)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("a.png", np.array([[0, 65535], [257, 3]], np.uint16)),
        ("a.tif", np.array([[0, 65535], [257, 3]], np.uint16)),
        ("a.tif", np.array([[-5, 2**31 - 1], [7, 3]], np.int32)),
        ("a.tif", np.array([[-0.5, np.nan], [1e30, 3]], np.float32)),
    ],
)
def test_deep_values_are_kept_as_they_are(save, name, values):
    made = ul.translate(save(values, name))
    assert made.dtype == values.dtype
    assert np.array_equal(stored(made.file_path)[:, 0], values.ravel(), equal_nan=True)


def test_uint32_of_a_tiff_is_not_taken_for_int32(tmp_path):
    # Baseline TIFF written by hand: Pillow writes no uint32.
    values = np.array([[1, 2**32 - 1]], "<u4")
    tags = [(256, 2), (257, 1), (258, 32), (259, 1), (262, 1), (273, 8), (277, 1)]
    tags += [(278, 1), (279, 8), (339, 1)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    path = tmp_path / "counts.tif"
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 16) + values.tobytes() + directory)
    found = read_image(path).values
    assert found.dtype == np.uint32
    assert np.array_equal(found, values)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "LA", "1", "CMYK"])
def test_colours_become_brightness_and_transparency_is_left_out(tmp_path, mode):
    rgb = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 9, 9]]], np.uint8)
    path = tmp_path / "colour.tif"
    image = Image.fromarray(rgb).convert(mode)
    image.save(path)
    found = read_image(path)
    weights = np.array([0.299, 0.587, 0.114])
    expected = np.asarray(image.convert("RGB")) @ weights
    assert found.values.dtype == np.uint8
    assert np.abs(found.values - expected).max() <= 1
    assert found.source_mode == mode


def test_sixteen_bit_colours_are_refused_rather_than_cut(tmp_path):
    # A PNG of one grey pixel with transparency, 16 bits each, written by hand.
    def chunk(kind, body):
        size, check = len(body), zlib.crc32(kind + body)
        return struct.pack(">I", size) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", 1, 1, 16, 4, 0, 0, 0)
    pixel = zlib.compress(b"\0" + struct.pack(">HH", 259, 65535))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
    path = tmp_path / "deep.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    with pytest.raises(TranslationError, match="colours of 16 bits"):
        ul.translate(path)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["turned.png", "turned.tif"])
def test_images_are_turned_upright(save, orientation, name):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(GREY, name, exif=exif)
    marked = Image.fromarray(GREY)
    marked.getexif()[0x0112] = orientation
    upright = np.array(ImageOps.exif_transpose(marked))
    assert np.array_equal(read_image(path).values, upright)


class TestStacks:
    @pytest.fixture
    def stack(self, tmp_path):
        path = tmp_path / "stack.tif"
        pages = [Image.fromarray(GREY + step) for step in (0, 20, 40)]
        pages[0].save(path, save_all=True, append_images=pages[1:])
        return path

    def test_pages_of_one_size_become_a_dimension(self, stack):
        made = ul.translate(stack)
        assert made.sizes == {"Y": 2, "X": 3, "Page": 3}
        for page, step in enumerate((0, 20, 40)):
            assert np.array_equal(made.read(Page=page), GREY + np.uint8(step))

    def test_one_page_can_be_taken(self, stack):
        made = ul.translate(stack, page=1)
        assert np.array_equal(made.read(arb=0), GREY + 20)

    @pytest.mark.parametrize("page", [3, -1])
    def test_a_page_that_is_not_there_is_named(self, stack, page):
        with pytest.raises(SelectionError, match="has 3 pages"):
            ul.translate(stack, page=page)

    def test_a_page_is_a_whole_number(self, stack):
        with pytest.raises(ArgumentTypeError, match="whole number"):
            ul.translate(stack, page=1.0)

    def test_stacks_are_binned_in_their_planes(self, stack):
        made = ul.translate(stack, bin_factor=(2, 1), bin_func=np.max)
        assert np.array_equal(made.read(Y=0, Page=2), (GREY + np.uint8(40)).max(axis=0))

    def test_pages_of_unequal_size_need_a_choice(self, tmp_path):
        path = tmp_path / "pyramid.tif"
        first, second = Image.fromarray(GREY), Image.fromarray(GREY[:1])
        first.save(path, save_all=True, append_images=[second])
        with pytest.raises(TranslationError, match=r"say which page.*3 x 1, 3 x 2"):
            ul.translate(path)
        assert ul.translate(path, page=1).sizes["Y"] == 1


class TestText:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("a.csv", "1,2,nan\n4,5,6\n"),
            ("a.csv", "# height\n1; 2; nan\n\n4; 5; 6"),
            ("a.txt", "\ufeff1 2 nan\n4 5 6\n"),
            ("a.txt", "1\t2\tnan # end\n4\t5\t6\n"),
        ],
    )
    def test_tables_are_read(self, tmp_path, name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        made = ul.translate(path)
        expected = [[1, 2, np.nan], [4, 5, 6]]
        assert np.array_equal(made.read(arb=0), expected, equal_nan=True)
        assert made.attrs["quantity"] == "Intensity"

    def test_a_single_line_is_an_image_of_one_row(self, tmp_path):
        path = tmp_path / "line.txt"
        path.write_text("1 2 3")
        assert read_image(path).values.shape == (1, 3)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "holds no numbers"),
            (b"# only words\n\n", "holds no numbers"),
            (b"1,2\n3\n", "lines of equal length"),
            (b"1,x\n", "not a table of numbers"),
            (b"\xff\xfe\x00\x81", "not a text file"),
        ],
    )
    def test_what_is_no_table_is_said(self, tmp_path, content, message):
        path = tmp_path / "bad.csv"
        path.write_bytes(content)
        with pytest.raises(TranslationError, match=message):
            ul.translate(path)
        assert not path.with_suffix(".h5").exists()

    def test_a_file_larger_than_the_memory_allowed(self, tmp_path):
        path = tmp_path / "long.txt"
        path.write_text("1 2 3\n" * 1000)
        with pytest.raises(TranslationError, match="larger than the memory"):
            ImageTranslator(max_mem_mb=0.001).translate(path)


class TestBinning:
    @pytest.mark.parametrize("factor", [2, (2, 2), [2, 3], (1, 4)])
    @pytest.mark.parametrize("function", [np.mean, np.sum, np.max])
    def test_bins_are_those_of_a_loop(self, save, factor, function):
        values = np.random.default_rng(1).integers(0, 255, (7, 9), np.uint8)
        made = ul.translate(save(values), bin_factor=factor, bin_func=function)
        high, wide = (factor, factor) if isinstance(factor, int) else factor
        for row in range(7 // high):
            for column in range(9 // wide):
                block = values[row * high :, column * wide :][:high, :wide]
                found = made.read(Y=row, X=column, arb=0)
                assert found == pytest.approx(function(block))
        assert made.sizes == {"Y": 7 // high, "X": 9 // wide, "arb": 1}

    @pytest.mark.parametrize("factor", [2.0, "2", (1.5, 2), True])
    def test_a_bin_factor_is_a_whole_number(self, save, factor):
        with pytest.raises(ArgumentTypeError, match="whole number"):
            ul.translate(save(GREY), bin_factor=factor)

    @pytest.mark.parametrize("factor", [0, -1, (2, 0), (1, 2, 3), [2]])
    def test_other_bin_factors_are_refused(self, save, factor):
        with pytest.raises(ArgumentError, match="from 1 on"):
            ul.translate(save(GREY), bin_factor=factor)

    def test_a_bin_larger_than_the_image(self, save):
        with pytest.raises(ArgumentError, match=r"3 x 1 pixels is larger.*2 x 3"):
            ul.translate(save(GREY), bin_factor=(3, 1))

    def test_a_function_that_does_not_reduce(self, save):
        with pytest.raises(ArgumentError, match="one value of each block"):
            ul.translate(save(GREY), bin_factor=1, bin_func=lambda x, axis: x)

    def test_normalised_values_lie_between_0_and_1(self, save):
        made = ul.translate(save(GREY), normalize=True)
        assert np.allclose(made.read(arb=0), GREY / 255)
        assert made.dtype == np.float32

    def test_normalisation_passes_over_nan_and_constant_images(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("nan, 2, 4")
        found = ul.translate(path, normalize=True).read(Y=0, arb=0)
        assert np.array_equal(found, [np.nan, 0, 1], equal_nan=True)
        path.write_text("5, 5")
        found = ul.translate(path, normalize=True, overwrite=True).read(Y=0, arb=0)
        assert found.tolist() == [0, 0]

    def test_an_image_without_a_number_is_kept(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("nan, inf")
        found = ul.translate(path, normalize=True).read(Y=0, arb=0)
        assert np.array_equal(found, [np.nan, np.inf], equal_nan=True)


class TestPixelSize:
    def test_resolution_for_printers_is_not_believed(self, save):
        made = ul.translate(save(GREY, "a.tif", dpi=(300, 300)))
        assert {d.units for d in made.dimensions} == {"a.u."}
        assert made.coords["X"].tolist() == [0, 1, 2]

    def test_imagej_is_believed(self, save):
        tags = {270: "ImageJ=1.54f\nunit=micron\n", 282: 4.0, 283: 2.0}
        made = ul.translate(save(GREY, "a.tif", tiffinfo=tags))
        assert made.coords["X"] == pytest.approx([0, 0.25, 0.5])
        assert made.coords["Y"] == pytest.approx([0, 0.5])
        assert [d.units for d in made.dimensions] == ["um", "um", "a.u."]

    @pytest.mark.parametrize(
        "tags",
        [
            {270: "ImageJ=1.54f\nunit=inch\n", 282: 4.0, 283: 2.0},
            {270: "ImageJ=1.54f\nunit=nm\n"},
            {270: "unit=nm\n", 282: 4.0, 283: 2.0},
        ],
    )
    def test_half_a_calibration_is_none(self, save, tags):
        assert read_image(save(GREY, "a.tif", tiffinfo=tags)).calibration is None

    def test_a_given_size_counts_from_the_middle_of_the_bins(self, save):
        made = ul.translate(
            save(np.zeros((2, 6), np.uint8)), bin_factor=2, pixel_size=(1e-9, "m")
        )
        assert made.coords["X"] == pytest.approx([0.5e-9, 2.5e-9, 4.5e-9])
        assert made.dimensions[1].units == "m"

    @pytest.mark.parametrize(
        "size", [1e-9, (0, "m"), (np.inf, "m"), ("m", 1), (1, 2), (1, "m", 3)]
    )
    def test_sizes_that_cannot_be(self, save, size):
        with pytest.raises(ArgumentError, match="size of a pixel"):
            ul.translate(save(GREY), pixel_size=size)


class TestExistingFiles:
    def test_a_file_is_not_overwritten_unasked(self, save, fingerprint):
        path = save(GREY)
        made = ul.translate(path)
        before = fingerprint(made.file_path)
        with pytest.raises(ExistsError, match=r"'image.h5' exists already.*overwrite"):
            ul.translate(path)
        assert fingerprint(made.file_path) == before

    def test_it_is_overwritten_on_request(self, save):
        path = save(GREY)
        old = ul.translate(path)
        assert old.read(Y=0, X=0) == 0
        save(GREY + 7)
        made = ul.translate(path, overwrite=True)
        assert np.array_equal(made.read(arb=0), GREY + np.uint8(7))

    def test_the_old_file_stays_until_the_new_one_is_whole(self, save, monkeypatch):
        path = save(GREY)
        made = ul.translate(path)
        before = made.file_path.read_bytes()

        class Broken(ImageTranslator):
            def translate(self, filepath, target):
                with self.writing(target, overwrite=True) as writer:
                    writer.array("/half", [1, 2])
                    assert made.file_path.read_bytes() == before
                    raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            Broken().translate(path, made.file_path)
        assert made.file_path.read_bytes() == before
        assert {entry.name for entry in path.parent.iterdir()} == {
            "image.png",
            "image.h5",
        }

    def test_a_file_that_cannot_be_replaced(self, save, monkeypatch):
        path = save(GREY)
        made = ul.translate(path)
        before = made.file_path.read_bytes()

        def refuse(self, target):
            raise PermissionError("in use")

        monkeypatch.setattr("pathlib.Path.replace", refuse)
        with pytest.raises(WriteError, match="is in use"):
            ul.translate(path, overwrite=True)
        assert made.file_path.read_bytes() == before
        assert len(list(path.parent.iterdir())) == 2

    def test_a_file_is_not_translated_into_itself(self, save):
        path = save(GREY)
        before = path.read_bytes()
        with pytest.raises(TranslationError, match="into itself"):
            ul.translate(path, path, overwrite=True)
        assert path.read_bytes() == before

    def test_a_folder_is_not_replaced(self, save, tmp_path):
        with pytest.raises(SpecialFileError, match="is no file"):
            ul.translate(save(GREY), tmp_path, overwrite=True)

    def test_the_folder_must_exist(self, save, tmp_path):
        with pytest.raises(MissingFileError, match=r"folder for 'a.h5'"):
            ul.translate(save(GREY), tmp_path / "none" / "a.h5")


class TestBadSources:
    def test_a_missing_file(self, tmp_path):
        with pytest.raises(MissingFileError, match=r"no file 'none.png'"):
            ul.translate(tmp_path / "none.png")

    def test_a_folder(self, tmp_path):
        folder = tmp_path / "folder.png"
        folder.mkdir()
        with pytest.raises(SpecialFileError, match="is a folder"):
            ul.translate(folder)

    def test_a_file_that_may_not_be_read(self, save, monkeypatch):
        path = save(GREY)
        monkeypatch.setattr("os.access", lambda path, mode: False)
        with pytest.raises(UnreadableFileError, match=r"may not read 'image.png'"):
            ul.translate(path)

    def test_an_unknown_kind(self, tmp_path):
        with pytest.raises(TranslationError, match=r"like 'a.ibw'.*\.png"):
            ul.translate(tmp_path / "a.ibw")

    @pytest.mark.parametrize("content", [b"", b"not an image", b"%!PS-Adobe-3.0 EPSF"])
    def test_what_is_no_image(self, tmp_path, content):
        path = tmp_path / "a.png"
        path.write_bytes(content)
        with pytest.raises(TranslationError, match=r"'a.png' is not an image"):
            ul.translate(path)

    def test_half_an_image(self, save):
        path = save(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8))
        path.write_bytes(path.read_bytes()[:2000])
        with pytest.raises(TranslationError, match="damaged"):
            ul.translate(path)
        assert not path.with_suffix(".h5").exists()

    def test_an_image_that_would_not_fit_the_memory(self, tmp_path):
        # A bilevel image of 100 million pixels weighs 13 kB.
        path = tmp_path / "bomb.png"
        Image.new("1", (10_000, 10_000)).save(path)
        with pytest.raises(TranslationError, match=r"needs 381 MB.*100 MB are allowed"):
            ImageTranslator(max_mem_mb=100).translate(path)

    def test_an_image_that_pillow_calls_a_bomb(self, save, monkeypatch):
        path = save(np.zeros((64, 64), np.uint8))
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
        with pytest.raises(TranslationError, match="too many pixels to be safe"):
            ul.translate(path)

    def test_memory_is_a_number_above_0(self):
        with pytest.raises(ArgumentError, match="max_mem_mb"):
            ImageTranslator(max_mem_mb=0)

    def test_without_pillow_it_says_what_to_install(self, save, monkeypatch):
        path = save(GREY)
        real = builtins.__import__

        def without(name, *args, **options):
            if name.partition(".")[0] == "PIL":
                raise ModuleNotFoundError("No module named 'PIL'")
            return real(name, *args, **options)

        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(
            MissingExtraError, match=r"pip install 'usid-lab\[images\]'"
        ):
            ul.translate(path)

    def test_a_name_that_is_not_utf8_is_kept_as_well_as_it_can_be(self, tmp_path):
        path = tmp_path / "m\udcb5.png"
        image = io.BytesIO()
        Image.fromarray(GREY).save(image, "PNG")
        try:
            path.write_bytes(image.getvalue())
        except OSError:
            pytest.skip("this filesystem has UTF-8 names only")
        made = ul.translate(path, tmp_path / "a.h5")
        with h5py.File(made.file_path) as file:
            assert file.attrs["source_file"] == "m\N{MICRO SIGN}.png"


def test_a_table_of_text_has_no_pages(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("1, 2\n3, 4\n")
    with pytest.raises(ArgumentError, match="text, which has no pages"):
        ul.translate(table, page=1)
