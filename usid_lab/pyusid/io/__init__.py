"""Reading and writing h5USID files, by pyUSID's names."""

from usid_lab.pyusid._catalogue import catalogue

_MODULES = (
    "anc_build_utils",
    "array_translator",
    "dimension",
    "dtype_utils",
    "hdf_utils",
    "image",
    "io_utils",
    "numpy_translator",
    "reg_ref",
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
    "ArrayTranslator": "io.numpy_translator",
    "DimType": "io.dimension",
}

__all__ = [
    "ArrayTranslator",
    "DimType",
    "Dimension",
    "ImageTranslator",
    "NumpyTranslator",
    "Translator",
    "USIDataset",
    "anc_build_utils",
    "array_translator",
    "dimension",
    "dtype_utils",
    "hdf_utils",
    "image",
    "io_utils",
    "numpy_translator",
    "reg_ref",
    "translator",
    "usi_data",
    "write_utils",
]

__getattr__, __dir__ = catalogue(__name__, _HOMES)
