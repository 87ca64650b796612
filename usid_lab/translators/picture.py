"""Images as numbers: png, tiff, jpg, gif and bmp, through Pillow."""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import (
    ArgumentTypeError,
    MissingExtraError,
    SelectionError,
    TranslationError,
)
from usid_lab.storage.text import plain
from usid_lab.translators.calibration import Calibration, imagej_calibration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".gif", ".bmp")
# Not every format of Pillow: some start other programs.
_FORMATS = ("PNG", "TIFF", "JPEG", "GIF", "BMP")
_GREY = {"L": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2, "I": 4, "F": 4}
_BITS_PER_SAMPLE, _SAMPLE_FORMAT = 258, 339


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An image as numbers.

    Attributes
    ----------
    values : ndarray, shape (rows, columns) or (rows, columns, pages)
        Row 0 is the upper one.
    source_format : str
        Such as "PNG".
    source_mode : str
        How the pixels were stored, by Pillow's name: "L", "I;16", "RGBA".
    calibration : Calibration, optional
        Size of a pixel, where the file says it credibly.
    """

    values: NDArray[np.generic]
    source_format: str
    source_mode: str
    calibration: Calibration | None = None


def read_picture(
    source: Path, page: int | None = None, max_mem_mb: float = 1024
) -> Picture:
    """Read an image file.

    Grey values are kept as they are: 8, 16 and 32 bits, also float32; float64 becomes
    float32, in which Pillow reads it. Colours become their brightness (0.299 R +
    0.587 G + 0.114 B) in 8 bits; transparency is left out. Images are turned as their
    EXIF orientation says. Several pages of equal size become an axis of their own.

    Parameters
    ----------
    source : Path
        The file.
    page : int, optional
        Take this page only, from 0.
    max_mem_mb : float, optional
        The most memory that the pixels may take, in MB.

    Returns
    -------
    Picture

    Raises
    ------
    MissingExtraError
        Pillow is not installed.
    TranslationError
        No image, a damaged one, or one that is too large.
    SelectionError
        The image has no such page.
    """
    with _opened(source) as image:
        pages = _pages(image, page, source)
        mode, kind = image.mode, str(image.format)
        _check_depth(image, source)
        _check_size(image, len(pages), max_mem_mb, source)
        calibration = imagej_calibration(_tags(image))
        layers = [_layer(image, number) for number in pages]
    return Picture(_stacked(layers, source), kind, mode, calibration)


@contextmanager
def _opened(source: Path) -> "Iterator[Image]":
    """Open an image; what goes wrong with it until it is closed is put in words."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        text = "Images need Pillow: install it with  pip install 'usid-lab[images]'"
        raise MissingExtraError(text, str(error)) from error
    name = plain(source.name)
    try:
        with warnings.catch_warnings():
            # Sizes are checked against the memory allowed; odd metadata do no harm.
            warnings.simplefilter("ignore")
            # Opened by name, Pillow maps a raw TIFF and forgets that it lies turned.
            with source.open("rb") as stream:
                yield Image.open(stream, formats=_FORMATS)
    except UnidentifiedImageError as error:
        text = f"'{name}' is not an image that can be read."
        raise TranslationError(text, str(error)) from error
    except Image.DecompressionBombError as error:
        text = f"'{name}' has too many pixels to be safe; it was not read."
        raise TranslationError(text, str(error)) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, TranslationError):
            raise
        text = f"'{name}' is damaged: its pixels cannot be read."
        raise TranslationError(text, str(error)) from error


def _pages(image: "Image", page: int | None, source: Path) -> range:
    count = int(getattr(image, "n_frames", 1))
    if page is None:
        return range(count)
    if isinstance(page, bool) or not isinstance(page, int | np.integer):
        raise ArgumentTypeError("A page is a whole number.", f"got {page!r}")
    if not 0 <= page < count:
        text = f"'{plain(source.name)}' has {count} pages, counted from 0: no {page}."
        raise SelectionError(text)
    return range(int(page), int(page) + 1)


def _stacked(layers: list[NDArray[np.generic]], source: Path) -> NDArray[np.generic]:
    if len(layers) == 1:
        return layers[0]
    if len({layer.shape for layer in layers}) > 1:
        sizes = sorted({f"{layer.shape[1]} x {layer.shape[0]}" for layer in layers})
        text = f"The pages of '{plain(source.name)}' differ in size: say which page."
        raise TranslationError(text, ", ".join(sizes))
    return np.stack(layers, axis=-1)


def _check_depth(image: "Image", source: Path) -> None:
    # Pillow cuts colours of 16 bits down to 8, without a word.
    stored = str(getattr(image, "tile", ""))
    if image.mode not in _GREY and ";16" in stored:
        text = (
            f"'{plain(source.name)}' has colours of 16 bits, which Pillow would cut "
            f"to 8; save it as grey values."
        )
        raise TranslationError(text, stored)


def _check_size(image: "Image", pages: int, max_mem_mb: float, source: Path) -> None:
    needed = image.width * image.height * _GREY.get(image.mode, 4) * pages / 2**20
    if needed > max_mem_mb:
        text = f"'{plain(source.name)}' needs {needed:.0f} MB of memory."
        reason = f"{max_mem_mb} MB are allowed: max_mem_mb"
        raise TranslationError(text, reason)


def _tags(image: "Image") -> dict[int, object]:
    return dict(getattr(image, "tag_v2", {}))


def _layer(image: "Image", page: int) -> NDArray[np.generic]:
    from PIL import ImageOps

    if page or hasattr(image, "n_frames"):
        image.seek(page)
    unsigned = _is_unsigned(_tags(image))
    upright = ImageOps.exif_transpose(image)
    if upright.mode not in _GREY:
        upright = upright.convert("RGB").convert("L")
    values = np.array(upright)
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    return native.view(np.uint32) if unsigned and native.dtype == np.int32 else native


def _is_unsigned(tags: dict[int, object]) -> bool:
    """Whether a TIFF holds uint32, which Pillow takes for int32."""
    bits, forms = tags.get(_BITS_PER_SAMPLE), tags.get(_SAMPLE_FORMAT, (1,))
    return bits == (32,) and forms == (1,)
