"""Where files, datasets and runs reach up to labelled arrays and to viewers.

Each import happens when it is asked for: none of them may slow down the opening of
a file. What the arguments mean stands where each of these functions leads.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import dask.array as da
    import numpy as np
    import xarray as xr
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray

    from usid_lab.dataset import PlainArray, USIDataset
    from usid_lab.file import USIDFile
    from usid_lab.model.selection import Indexer, Pick
    from usid_lab.processing.run import Run
    from usid_lab.reading.reducing.reductions import Reduction


def mimebundle(file: USIDFile, **options: object) -> object:
    """Show a file in a notebook: the workbench, or its text without widgets.

    Parameters
    ----------
    file : USIDFile
        What is shown.
    **options : object
        As IPython gives them.

    Returns
    -------
    dict or tuple of dict
        MIME types and their data.
    """
    try:
        from usid_lab.widgets import Workbench
    except ImportError:
        return {"text/plain": repr(file)}
    show: Callable[..., object] = Workbench(file)._repr_mimebundle_
    return show(**options)


def labelled(
    dataset: PlainArray, values: NDArray[np.generic], chosen: tuple[Pick, ...]
) -> xr.DataArray:
    """Give values their dimensions, coordinates and units."""
    from usid_lab.interop.labels import labelled

    return labelled(dataset, values, chosen)


def reduced(
    dataset: PlainArray, values: NDArray[np.generic], asked: Reduction
) -> xr.DataArray:
    """Give the result of a reduction its dimensions, coordinates and units."""
    from usid_lab.interop.labels import labelled_reduction

    return labelled_reduction(dataset, values, asked)


def to_dask(dataset: PlainArray, block_bytes: int | None) -> da.Array:
    """Make a lazy array of a dataset."""
    from usid_lab.interop.lazy import to_dask

    return to_dask(dataset, block_bytes)


def to_csv(
    dataset: PlainArray, path: str | os.PathLike[str], *, overwrite: bool
) -> Path:
    """Write a dataset as a table of text."""
    from usid_lab.interop.textfile import to_csv

    return to_csv(dataset, path, overwrite=overwrite)


def text_of(dataset: PlainArray) -> str:
    """Describe a dataset in a few lines; no values are read."""
    from usid_lab.interop.summary import text_of

    return text_of(dataset)


def html_of(dataset: PlainArray) -> str:
    """Describe a dataset for a notebook; no values are read."""
    from usid_lab.interop.summary import html_of

    return html_of(dataset)


def plot(
    dataset: PlainArray, selection: Mapping[str, Indexer]
) -> tuple[Figure | SubFigure, NDArray[np.object_]]:
    """Draw a selection of a dataset."""
    from usid_lab.figures import plot_dataset

    return plot_dataset(dataset, selection)


def write_slice(
    dataset: USIDataset,
    chosen: tuple[Pick, ...],
    path: str | os.PathLike[str] | None,
    name: str | None,
    attrs: Mapping[str, object] | None,
) -> tuple[Path, str]:
    """Write a selection as a new Main dataset."""
    from usid_lab.interop.derived import write_slice

    return write_slice(dataset, chosen, path, name, attrs)


def write_reduced(
    dataset: USIDataset,
    asked: Reduction,
    path: str | os.PathLike[str] | None,
    name: str | None,
    attrs: Mapping[str, object] | None,
) -> tuple[Path, str]:
    """Write a reduction as a new Main dataset."""
    from usid_lab.interop.derived import write_reduced

    return write_reduced(dataset, asked, path, name, attrs)


def show_run(run: Run) -> bool:
    """Show how far a run is; False where no notebook's cell is at work."""
    if "IPython" not in sys.modules:
        return False
    try:
        from usid_lab.widgets.jobs import show_run
    except ImportError:
        return False
    return show_run(run)
