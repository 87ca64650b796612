"""Images to h5USID: ImageTranslator and what it reads."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from usid_lab.dataset import USIDataset
from usid_lab.errors import ArgumentError, TranslationError
from usid_lab.storage.paths import named
from usid_lab.storage.text import plain
from usid_lab.translators import picture, textgrid
from usid_lab.translators.binning import Reduction, bin_sizes, binned, normalized
from usid_lab.translators.calibration import Calibration
from usid_lab.translators.picture import Picture, read_picture
from usid_lab.translators.textgrid import read_text
from usid_lab.translators.translator import (
    PathLike,
    Translator,
    check_place,
    checked_source,
)

CHANNEL = "/Measurement_000/Channel_000"


def read_image(
    image_path: PathLike, *, page: int | None = None, max_mem_mb: float = 1024
) -> Picture:
    """Read an image, or a table of numbers in text, as numbers.

    Parameters
    ----------
    image_path : str or path-like
        .png, .tif, .jpg, .gif, .bmp, or .txt and .csv.
    page : int, optional
        Take this page only, from 0; otherwise all pages, along a third axis.
    max_mem_mb : float, optional
        The most memory that the pixels may take, in MB.

    Returns
    -------
    Picture
        Values of shape (rows, columns) or (rows, columns, pages), row 0 on top:
        grey values as they are stored, colours as their brightness.

    Raises
    ------
    MissingFileError, SpecialFileError
        There is no such file, or it is a folder.
    TranslationError
        It is no image, or a damaged or too large one.
    """
    source = checked_source(image_path)
    if source.suffix.lower() not in textgrid.SUFFIXES:
        return read_picture(source, page, max_mem_mb)
    if page not in (None, 0):
        text = f"'{plain(source.name)}' is text, which has no pages."
        raise ArgumentError(text, f"page is {page!r}")
    if source.stat().st_size / 2**20 > max_mem_mb:
        text = f"'{plain(source.name)}' is larger than the memory that is allowed."
        raise TranslationError(text, f"max_mem_mb is {max_mem_mb}")
    return Picture(read_text(source), source.suffix[1:].upper(), "text")


class ImageTranslator(Translator):  # numpydoc ignore=PR02
    """Writes images as h5USID files, with the positions Y and X.

    An image of several pages of equal size, a stack, gets the spectroscopic dimension
    Page. Row 0 of the image is Y = 0.

    Parameters
    ----------
    max_mem_mb : int, optional
        How much memory the pixels of an image may take, in MB.
    """

    suffixes = picture.SUFFIXES + textgrid.SUFFIXES

    def translate(
        self,
        filepath: PathLike,
        path: PathLike | None = None,
        *,
        bin_factor: int | Sequence[int] | None = None,
        bin_func: Reduction = np.mean,
        normalize: bool = False,
        page: int | None = None,
        pixel_size: tuple[float, str] | None = None,
        quantity: str = "Intensity",
        units: str = "a.u.",
        overwrite: bool = False,
    ) -> USIDataset:
        """Write an image as an h5USID file.

        Parameters
        ----------
        filepath : str or path-like
            The image: .png, .tif, .jpg, .gif, .bmp, .txt or .csv.
        path : str or path-like, optional
            The file to make; by default beside the image, ``<name>.h5``.
        bin_factor : int or pair of int, optional
            How many pixels make one, in both directions or along Y and X. Pixels at
            the far edges that fill no whole bin are left out.
        bin_func : callable, optional
            Makes one value of a bin; takes an array and ``axis``. The mean by default.
        normalize : bool, optional
            Scale the values from 0 to 1, after binning.
        page : int, optional
            Take this page of a stack only, from 0.
        pixel_size : tuple of (float, str), optional
            Size of a pixel and its units, such as ``(2e-9, "m")``. By default what
            ImageJ wrote into a TIFF; otherwise pixels are counted, in a.u.
        quantity, units : str, optional
            What the values are.
        overwrite : bool, optional
            Take the place of a file that exists, which stays until the new one is
            whole.

        Returns
        -------
        USIDataset
            The image, ready to be read.

        Raises
        ------
        ExistsError
            The file exists, and `overwrite` was not asked for.
        TranslationError
            What is read is no image, or a damaged or too large one.
        ArgumentTypeError, ArgumentError
            A bin factor or pixel size that cannot be.
        """
        source = named(filepath)
        target = source.with_suffix(".h5") if path is None else Path(path)
        checked_source(source, target)
        check_place(target, overwrite=overwrite)
        sizes = (1, 1) if bin_factor is None else bin_sizes(bin_factor)
        found = read_image(filepath, page=page, max_mem_mb=self.max_mem_mb)
        values = found.values
        if bin_factor is not None:
            values = binned(values, sizes, bin_func)
        if normalize:
            values = normalized(values)
        pixel = found.calibration if pixel_size is None else _calibration(pixel_size)
        facts = {"data_type": "ImageData", **_facts(values, normalize=normalize)}
        with self.writing(
            target, source=filepath, attrs=facts, overwrite=overwrite
        ) as writer:
            written = writer.main(
                CHANNEL,
                "Raw_Data",
                values,
                quantity=quantity,
                units=units,
                position=_position(values, sizes, pixel),
                spectroscopic=_pages(values),
            )
            writer.attributes("/Measurement_000", _origin(found, sizes))
        return USIDataset.written(target, written)


def _facts(values: NDArray[np.generic], *, normalize: bool) -> dict[str, object]:
    facts: dict[str, object] = {"normalized": normalize}
    finite = values[np.isfinite(values)]
    if finite.size:
        facts |= {"image_min": finite.min(), "image_max": finite.max()}
    return facts


def _origin(found: Picture, sizes: tuple[int, int]) -> dict[str, object]:
    rows, columns = found.values.shape[:2]
    return {
        "source_format": found.source_format,
        "source_mode": found.source_mode,
        "image_size_u": rows,
        "image_size_v": columns,
        "num_pixels": rows * columns,
        "bin_factor": np.array(sizes),
    }


def _position(
    values: NDArray[np.generic], sizes: tuple[int, int], pixel: Calibration | None
) -> dict[str, tuple[NDArray[np.float64], str]]:
    counts = [np.arange(size, dtype=np.float64) for size in values.shape[:2]]
    if pixel is None:
        return {"Y": (counts[0], "a.u."), "X": (counts[1], "a.u.")}
    # The middle of each bin, from the middle of the first pixel of the image.
    y, x = (
        (count * size + (size - 1) / 2) * width
        for count, size, width in zip(counts, sizes, (pixel.y, pixel.x), strict=True)
    )
    return {"Y": (y, pixel.units), "X": (x, pixel.units)}


def _pages(
    values: NDArray[np.generic],
) -> dict[str, tuple[NDArray[np.float64], str]]:
    if values.ndim == 2:
        return {}
    return {"Page": (np.arange(values.shape[2], dtype=np.float64), "")}


def _calibration(pixel_size: tuple[float, str]) -> Calibration:
    try:
        size, units = pixel_size
        width = float(size)
    except (TypeError, ValueError) as error:
        text = 'The size of a pixel is a number and its units: (2e-9, "m").'
        raise ArgumentError(text, f"got {pixel_size!r}") from error
    if not (0 < width < np.inf and isinstance(units, str)):
        text = "The size of a pixel is a number above 0, its units are text."
        raise ArgumentError(text, f"got {pixel_size!r}")
    return Calibration(width, width, units)
