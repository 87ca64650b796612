"""The documented pyUSID API, by its own names and paths, over usid_lab.

A script changes one line, ``import usid_lab.pyusid as usid``. What the documentation
of pyUSID 0.0.4 says holds here; where later versions do something else, the
documentation wins and the docstring says so.

Two promises of :mod:`usid_lab` do not hold here. What is written goes in place into
the file that its user has opened for it (``"r+"``, ``"w"``), as documented, also by
``Process``: a program that is killed meanwhile can leave that file damaged. And files
come from h5py, which follows links into other files; only a dataset whose own values,
or tables, lie in another file is never taken for a Main dataset.

>>> import usid_lab.pyusid as usid
>>> usid.hdf_utils is usid.io.hdf_utils
True
"""

from usid_lab.pyusid._catalogue import catalogue

_HOMES = {
    "io": "io",
    "processing": "processing",
    "viz": "viz",
    "hdf_utils": "io.hdf_utils",
    "write_utils": "io.write_utils",
    "dtype_utils": "io.dtype_utils",
    "io_utils": "io.io_utils",
    "plot_utils": "viz.plot_utils",
    "jupyter_utils": "viz.jupyter_utils",
    "USIDataset": "io.usi_data",
    "Dimension": "io.dimension",
    "Translator": "io.translator",
    "NumpyTranslator": "io.numpy_translator",
    "ImageTranslator": "io.image",
    "Process": "processing.process",
    "parallel_compute": "processing.parallel",
    # Names of later versions.
    "ArrayTranslator": "io.numpy_translator",
    "DimType": "io.dimension",
    "anc_build_utils": "io.anc_build_utils",
    "numpy_translator": "io.numpy_translator",
}

__all__ = [
    "ArrayTranslator",
    "DimType",
    "Dimension",
    "ImageTranslator",
    "NumpyTranslator",
    "Process",
    "Translator",
    "USIDataset",
    "__version__",
    "anc_build_utils",
    "dtype_utils",
    "hdf_utils",
    "io",
    "io_utils",
    "jupyter_utils",
    "numpy_translator",
    "parallel_compute",
    "plot_utils",
    "processing",
    "viz",
    "write_utils",
]

_find, __dir__ = catalogue(__name__, _HOMES)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from usid_lab.storage.bookkeeping import book_keeping

        return book_keeping()["pyUSID_version"]
    return _find(name)
