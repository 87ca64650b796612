"""Arrays to h5USID: ArrayTranslator."""

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from usid_lab.dataset import USIDataset
from usid_lab.errors import NameTakenError
from usid_lab.model.dimension import Dimension, Mode
from usid_lab.storage.chunking import Chunks, Compression
from usid_lab.storage.recipe import Vectors, as_dimensions
from usid_lab.translators.translator import PathLike, Translator, check_place

MEASUREMENT = "/Measurement_000"
CHANNEL = f"{MEASUREMENT}/Channel_000"
RESERVED = (
    "Raw_Data",
    "Position_Indices",
    "Position_Values",
    "Spectroscopic_Indices",
    "Spectroscopic_Values",
)
"""Names that the Main dataset and its ancillary datasets have."""

Dims = Dimension | Vectors


class ArrayTranslator(Translator):  # numpydoc ignore=PR02
    """Writes an array in memory, its dimensions and parameters as an h5USID file.

    Parameters
    ----------
    max_mem_mb : int, optional
        Kept for subclasses; the array is in memory already.
    """

    def translate(
        self,
        filepath: PathLike,
        data: ArrayLike,
        *,
        quantity: str,
        units: str,
        position: Dims = (),
        spectroscopic: Dims = (),
        data_type: str = "",
        translator_name: str | None = None,
        parameters: Mapping[str, object] | None = None,
        extra: Mapping[str, ArrayLike] | None = None,
        attrs: Mapping[str, object] | None = None,
        overwrite: bool = False,
        compression: Compression = "auto",
        chunks: Chunks = None,
    ) -> USIDataset:
        r"""Write an array as an h5USID file.

        Parameters
        ----------
        filepath : str or path-like
            The file to make.
        data : array_like, shape (\*positions, \*spectroscopic) or (P, S)
            N-D, or the two dimensions in which it is stored: P positions of S
            spectroscopic steps, the last dimension of each varying fastest.
        quantity, units : str
            What the values are.
        position, spectroscopic : Dimension, sequence of them, or mapping
            Slowest first; a mapping is ``{"X": (values, units)}``. None for a side
            without dimensions.
        data_type : str, optional
            Name of the kind of measurement, such as "STS".
        translator_name : str, optional
            Name that goes into the file; by default that of the class.
        parameters : mapping of str to value, optional
            Of the measurement; attributes of ``Measurement_000``.
        extra : mapping of str to array_like, optional
            Small arrays to be kept beside the Main dataset.
        attrs : mapping of str to value, optional
            Attributes of the Main dataset.
        overwrite : bool, optional
            Take the place of a file that exists, which stays until the new one is
            whole.
        compression : str, int or None, optional
            As for h5py; "auto" where it pays.
        chunks : tuple of (int, int), False or None, optional
            Chunk shape of the stored array, positions x steps; False for one piece,
            None for whole positions where there is more than 1 MB.

        Returns
        -------
        USIDataset
            The dataset, ready to be read.

        Raises
        ------
        ExistsError
            The file exists, and `overwrite` was not asked for.
        LayoutError
            The shape of the data does not fit the dimensions.
        NameTakenError
            An extra dataset has a name of the Main dataset or its ancillaries.

        Examples
        --------
        >>> import tempfile
        >>> from usid_lab.model.dimension import Dimension
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     scan = ArrayTranslator().translate(
        ...         folder + "/iv.h5", np.zeros((6, 5)), quantity="Current", units="nA",
        ...         position=[Dimension("Y", "m", 2), Dimension("X", "m", 3)],
        ...         spectroscopic=Dimension("Bias", "V", np.linspace(-1, 1, 5)))
        ...     scan.sizes
        {'Y': 2, 'X': 3, 'Bias': 5}
        """
        check_place(filepath, overwrite=overwrite)
        kept = _checked_extra(extra or {})
        rows, columns = _dimensions(position), _dimensions(spectroscopic)
        named = {"data_type": data_type, "translator": translator_name}
        said = {key: text for key, text in named.items() if text}
        with self.writing(filepath, attrs=said, overwrite=overwrite) as writer:
            written = writer.main(
                CHANNEL,
                "Raw_Data",
                unfolded(data, rows, columns),
                quantity=quantity,
                units=units,
                position=rows,
                spectroscopic=columns,
                attrs=attrs,
                compression=compression,
                chunks=chunks,
            )
            writer.attributes(MEASUREMENT, parameters or {})
            for name, values in kept.items():
                writer.array(f"{CHANNEL}/{name}", values)
        return USIDataset.written(filepath, written)


def unfolded(
    data: ArrayLike, position: Sequence[Dimension], spectroscopic: Sequence[Dimension]
) -> ArrayLike:
    """Return data N-D that are given as positions x steps; others as they are.

    Parameters
    ----------
    data : array_like
        Of either shape.
    position, spectroscopic : sequence of Dimension
        Slowest first.

    Returns
    -------
    array_like
        Of the sizes of the dimensions, if the shape fitted.
    """
    sizes = [tuple(d.size for d in side) for side in (position, spectroscopic)]
    gridded = all(d.mode is Mode.DEFAULT for d in (*position, *spectroscopic))
    if gridded and np.shape(data) == (prod(sizes[0]), prod(sizes[1])):
        return np.reshape(data, sizes[0] + sizes[1])
    return data


def _dimensions(given: Dims) -> list[Dimension]:
    return [given] if isinstance(given, Dimension) else as_dimensions(given)


def _checked_extra(extra: Mapping[str, ArrayLike]) -> Mapping[str, ArrayLike]:
    for name in extra:
        if name in RESERVED:
            text = f"'{name}' is the name of the Main dataset or of its ancillaries."
            raise NameTakenError(text, "choose another for the extra dataset")
    return extra
