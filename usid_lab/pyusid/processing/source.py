"""The Main dataset of which something is computed."""

import h5py

from usid_lab.errors import ArgumentTypeError
from usid_lab.pyusid.arguments import of_type
from usid_lab.pyusid.io.checking import require_main
from usid_lab.pyusid.io.usi_data import USIDataset
from usid_lab.storage.writing import place


def writable_main(dataset: object) -> USIDataset:
    """Take a Main dataset whose file is open for writing.

    Parameters
    ----------
    dataset : h5py.Dataset
        What was given.

    Returns
    -------
    USIDataset
        ArgumentTypeError or NotMainError if it is none.
    """
    main = of_type(dataset, h5py.Dataset, "h5_main")
    if main.file.mode != "r+":
        text = f"The file of {place(main)} must be open for writing, with 'r+'."
        raise ArgumentTypeError(text, f"its mode is {main.file.mode!r}")
    require_main(main, str(main.name))
    return USIDataset(main)
