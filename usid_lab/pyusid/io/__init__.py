"""Reading and writing h5USID files, by pyUSID's names."""

from usid_lab.pyusid._catalogue import catalogue

_MODULES = (
    "dimension",
    "dtype_utils",
    "hdf_utils",
    "image",
    "io_utils",
    "numpy_translator",
    "translator",
    "usi_data",
    "write_utils",
)
_HOMES = {name: f"io.{name}" for name in _MODULES} | {
    "USIDataset": "io.usi_data",
    "Dimension": "io.dimension",
    "Translator": "io.translator",
    "NumpyTranslator": "io.numpy_translator",
    "ImageTranslator": "io.image",
}

__all__ = [
    "Dimension",
    "ImageTranslator",
    "NumpyTranslator",
    "Translator",
    "USIDataset",
    "dimension",
    "dtype_utils",
    "hdf_utils",
    "image",
    "io_utils",
    "numpy_translator",
    "translator",
    "usi_data",
    "write_utils",
]

__getattr__, __dir__ = catalogue(__name__, _HOMES)
