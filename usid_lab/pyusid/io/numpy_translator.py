"""The documented translator of arrays."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import LayoutError, NameTakenError, WriteError
from usid_lab.pyusid.arguments import of_type, text_of
from usid_lab.pyusid.io.ancillaries import Dimensions
from usid_lab.pyusid.io.groups import create_indexed_group
from usid_lab.pyusid.io.main_datasets import write_main_dataset
from usid_lab.pyusid.io.metadata import write_book_keeping_attrs, write_simple_attrs
from usid_lab.pyusid.io.translator import Translator
from usid_lab.storage.commit.saving import Save
from usid_lab.storage.paths import resolved
from usid_lab.storage.text import plain
from usid_lab.translators.array import RESERVED

__all__ = ["ArrayTranslator", "NumpyTranslator"]


class NumpyTranslator(Translator):  # numpydoc ignore=PR02
    """Writes an array with its dimensions and parameters as an h5USID file.

    Parameters
    ----------
    max_mem_mb : int, optional
        As for :class:`Translator`.
    """

    # The documented subclasses name their first argument otherwise.
    def translate(  # type: ignore[override]
        self,
        h5_path: str,
        data_name: str,
        raw_data: NDArray[Any],
        quantity: str,
        units: str,
        pos_dims: Dimensions,
        spec_dims: Dimensions,
        translator_name: str = "NumpyTranslator",
        parm_dict: Mapping[str, Any] | None = None,
        extra_dsets: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> str:
        """Write the file: all of it, or nothing.

        A file that exists is not overwritten: delete it first. (0.0.4 deleted it.)
        The root of the file gets no invented attributes either, which 0.0.4 wrote.

        Parameters
        ----------
        h5_path : str
            The file to make.
        data_name : str
            Kind of the data, such as "STS".
        raw_data : ndarray, shape (positions, steps)
            The data, or a dask array.
        quantity, units : str
            What the values are.
        pos_dims, spec_dims : Dimension or list of Dimension
            Fastest first.
        translator_name : str, optional
            Goes into the file.
        parm_dict : dict, optional
            Attributes of ``Measurement_000``.
        extra_dsets : dict, optional
            Small datasets beside the Main dataset, by name.
        **kwargs
            For :func:`write_main_dataset`: chunks, compression, dtype and so on.

        Returns
        -------
        str
            Absolute path of the file.

        Raises
        ------
        ExistsError
            If the file exists (a FileExistsError).
        ArgumentTypeError
            If an argument is of the wrong type (a TypeError).
        ArgumentError, LayoutError
            If a text is empty, or shapes do not fit (a ValueError).
        NameTakenError
            If an extra dataset has the name of the Main dataset or of one of its
            tables (a KeyError).
        """
        said = {
            "data_type": text_of(data_name, "data_name"),
            "translator": text_of(translator_name, "translator_name"),
        }
        extra = _checked(extra_dsets)
        if np.ndim(raw_data) != 2:
            text = "'raw_data' must have two dimensions: positions and steps."
            raise LayoutError(text, f"shape {np.shape(raw_data)}")
        with _new_file(of_type(h5_path, (str, os.PathLike), "h5_path")) as file:
            write_book_keeping_attrs(file)
            write_simple_attrs(file, said)
            measurement = create_indexed_group(file, "Measurement")
            write_simple_attrs(measurement, dict(parm_dict or {}))
            channel = create_indexed_group(measurement, "Channel")
            write_main_dataset(
                channel,
                raw_data,
                "Raw_Data",
                quantity,
                units,
                pos_dims,
                spec_dims,
                **kwargs,
            )
            for name, values in extra.items():
                channel.create_dataset(name, data=values)
        return str(resolved(h5_path))


ArrayTranslator = NumpyTranslator
"""The name that later versions of pyUSID give it."""


@contextmanager
def _new_file(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Open a new file, which gets its name once it is whole."""
    save = Save(resolved(path))
    try:
        yield save.begin()[0]
        save.finish()
    finally:
        save.forget()


def _checked(extra: Mapping[str, Any] | None) -> Mapping[str, Any]:
    given: Mapping[str, Any] = of_type(extra or {}, dict, "extra_dsets")
    arrays = {}
    for name, values in given.items():
        if text_of(name, "a name of extra_dsets") in RESERVED:
            text = f"'{name}' is the name of the Main dataset or of its tables."
            raise NameTakenError(text, "choose another for the extra dataset")
        arrays[name] = np.asarray(values)
        if arrays[name].dtype.kind == "U":
            arrays[name] = arrays[name].astype(h5py.string_dtype())
        elif arrays[name].dtype.kind == "O":
            text = f"The extra dataset '{plain(name)}' cannot be written to HDF5."
            raise WriteError(text, f"it is a {type(values).__name__}")
    return arrays
