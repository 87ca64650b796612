"""The documented translator of images."""

from collections.abc import Callable, Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.pyusid.io.links import as_main
from usid_lab.pyusid.io.translator import Translator
from usid_lab.storage import release
from usid_lab.translators import image

__all__ = ["ImageTranslator", "read_image"]


class ImageTranslator(Translator):  # numpydoc ignore=PR02
    """Writes an image as an h5USID file.

    Parameters
    ----------
    max_mem_mb : int, optional
        As for :class:`Translator`: the most memory that the pixels may take.
    """

    # The documented subclasses name their first argument otherwise.
    def translate(  # type: ignore[override]
        self,
        image_path: str,
        h5_path: str | None = None,
        bin_factor: int | Sequence[int] | None = None,
        bin_func: Callable[..., NDArray[Any]] = np.mean,
        normalize: bool = False,
        **image_args: Any,
    ) -> h5py.Dataset:
        """Write the file, and open it.

        A file that exists is not overwritten: delete it first. (0.0.4 deleted it, and
        took no notice of `h5_path`.) The columns of the image are X, its rows Y.

        Parameters
        ----------
        image_path : str
            The image: .png, .tif, .jpg, .gif, .bmp, .txt or .csv.
        h5_path : str, optional
            The file to make; by default beside the image.
        bin_factor : int or pair of int, optional
            How many pixels make one, in both directions or along rows and columns.
        bin_func : callable, optional
            Makes one value of them; takes an array and ``axis``.
        normalize : bool, optional
            Scale the values from 0 to 1.
        **image_args
            For :func:`usid_lab.translators.ImageTranslator.translate`: page,
            pixel_size, quantity, units.

        Returns
        -------
        USIDataset
            The image, in a file that is open for reading and writing. (Later versions
            of pyUSID return the path of a closed file.)

        Raises
        ------
        ExistsError
            If the file to make exists (a FileExistsError).
        MissingFileError
            If there is no such image (a FileNotFoundError).
        TranslationError
            If it is no image, or a damaged or too large one (a ValueError).
        """
        made = image.ImageTranslator(max(1, self.max_ram // 2**20)).translate(
            image_path,
            h5_path,
            bin_factor=bin_factor,
            bin_func=bin_func,
            normalize=normalize,
            **image_args,
        )
        # Reading back leaves a handle that is open for reading only, for a second.
        release(made.file_path)
        return as_main(h5py.File(made.file_path, "r+")[made.path])


def read_image(
    image_path: str, *args: Any, **kwargs: Any
) -> tuple[NDArray[Any], dict[str, Any]]:
    """Read an image as numbers.

    Parameters
    ----------
    image_path : str
        The image.
    *args, **kwargs
        For :func:`usid_lab.translators.read_image`: page, max_mem_mb.

    Returns
    -------
    image : ndarray, shape (rows, columns)
        Grey values as they are stored, colours as their brightness.
    image_parms : dict
        ``pixel_size`` (along rows and columns) and ``pixel_units`` where the image
        says them credibly; else empty. (Later versions of pyUSID return the image
        alone.)
    """
    found = image.read_image(image_path, *args, **kwargs)
    pixel = found.calibration
    if pixel is None:
        return found.values, {}
    return found.values, {"pixel_size": (pixel.y, pixel.x), "pixel_units": pixel.units}
