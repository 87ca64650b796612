"""Small files, written by pyUSID itself: the same contents each time."""

from __future__ import annotations

import contextlib
import io
import random
import warnings
from typing import TYPE_CHECKING, Any
from unittest import mock

import h5py
import numpy as np
import pyUSID as usid
from PIL import Image
from pyUSID.io.dimension import DimType
from sidpy.hdf import reg_ref
from sidpy.hdf.hdf_utils import copy_attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Dimension, hdf = usid.Dimension, usid.hdf_utils
SOURCE = "sidpy.hdf.hdf_utils"
WRITERS: dict[str, Callable[[Path], None]] = {}


def oracle(write: Callable[[Path], None]) -> Callable[[Path], None]:
    """Count a function among those that write a file; it is named after it."""
    WRITERS[write.__name__] = write
    return write


def make(folder: Path) -> list[Path]:
    """Write every file into a folder.

    Parameters
    ----------
    folder : Path
        Files of the same names are replaced.

    Returns
    -------
    list of Path
        What was written.
    """
    paths = [folder / f"{name}.h5" for name in WRITERS]
    for path, write in zip(paths, WRITERS.values()):  # noqa: B905
        path.unlink(missing_ok=True)
        random.seed(3)
        with _neutral():
            write(path)
    return paths


@contextlib.contextmanager
def _neutral() -> Iterator[None]:
    """No clock and no name of this machine gets into a file."""
    with (
        mock.patch(f"{SOURCE}.get_time_stamp", return_value="2020_01_02-03_04_05"),
        mock.patch(f"{SOURCE}.socket.getfqdn", return_value="machine"),
        mock.patch(f"{SOURCE}.platform", return_value="platform"),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


# ---- dims and data ------------------------------------------------------


def _grid() -> tuple[list[Any], list[Any]]:
    """Two and two dimensions, fastest first: 3 x 4 positions, 5 x 2 steps."""
    position = [
        Dimension("X", "nm", np.linspace(-1, 1, 4)),
        Dimension("Y", "nm", np.array([0.0, 2.0, 5.0])),
    ]
    spectroscopic = [
        Dimension("Bias", "V", np.linspace(-3, 3, 5)),
        Dimension("Cycle", "", 2),
    ]
    return position, spectroscopic


def _numbers(rows: int, columns: int, dtype: Any = "f4") -> np.ndarray:
    """Every value differs; the imaginary part of complex ones too."""
    count = np.arange(rows * columns, dtype="f8").reshape(rows, columns)
    if np.dtype(dtype).kind == "c":
        return (count - 1j * count[::-1]).astype(dtype)
    return count.astype(dtype)


def _channel(file: h5py.File) -> h5py.Group:
    measurement = hdf.create_indexed_group(file, "Measurement")
    hdf.write_simple_attrs(measurement, {"operator": "Zoë", "gain": 2.5, "n": [1, 2]})
    return hdf.create_indexed_group(measurement, "Channel")


def _main(group: h5py.Group, data: Any, pos: Any, spec: Any, **options: Any) -> Any:
    name = options.pop("name", "Raw_Data")
    return hdf.write_main_dataset(
        group, data, name, "Current", "nA", pos, spec, **options
    )


def _reordered(path: Path, order: np.ndarray) -> None:
    """Write a grid whose rows lie in another order than that of a raster."""
    position, spectroscopic = _grid()
    with h5py.File(path, "w") as file:
        channel = _channel(file)
        inds, vals = hdf.write_ind_val_dsets(channel, position, is_spectral=False)
        tables = {"h5_pos_inds": inds, "h5_pos_vals": vals}
        for table in tables.values():
            table[...] = table[()][order]
        data = _numbers(12, 10)[order]
        _main(channel, data, None, spectroscopic, **tables)


def _cut(path: Path, rows: slice | np.ndarray) -> None:
    """Write a grid of which some places were never measured."""
    position, spectroscopic = _grid()
    with h5py.File(path, "w") as file:
        whole = hdf.write_ind_val_dsets(file, position, is_spectral=False)
        channel = _channel(file)
        names = ("Position_Indices", "Position_Values")
        made = []
        for name, table in zip(names, whole):  # noqa: B905
            made.append(channel.create_dataset(name, data=table[()][rows]))
            copy_attributes(table, made[-1])
            del file[name]
        tables = dict(zip(("h5_pos_inds", "h5_pos_vals"), made))  # noqa: B905
        _main(channel, _numbers(12, 10)[rows], None, spectroscopic, **tables)


# ---- files --------------------------------------------------------------


@oracle
def raster_default_order(path: Path) -> None:
    """Dims given fastest first, as by default."""
    with h5py.File(path, "w") as file:
        _main(_channel(file), _numbers(12, 10), *_grid())


@oracle
def raster_slow_to_fast(path: Path) -> None:
    """The same data, dims given slowest first."""
    position, spectroscopic = (side[::-1] for side in _grid())
    with h5py.File(path, "w") as file:
        data = _numbers(12, 10)
        _main(_channel(file), data, position, spectroscopic, slow_to_fast=True)


@oracle
def raster_old_order(path: Path) -> None:
    """Tables fastest first, as release 0.0.4 stored them; two channels share them."""
    position, spectroscopic = _grid()
    with h5py.File(path, "w") as file:
        channel = _channel(file)
        spec = hdf.write_ind_val_dsets(channel, spectroscopic, is_spectral=True)
        pos = hdf.write_ind_val_dsets(channel, position, is_spectral=False)
        for table in (*spec, *pos):
            rows = table.shape[0] < table.shape[1]
            table[...] = table[()][::-1] if rows else table[()][:, ::-1]
            for name in ("labels", "units"):
                table.attrs[name] = table.attrs[name][::-1]
        kept = ("h5_spec_inds", "h5_spec_vals", "h5_pos_inds", "h5_pos_vals")
        tables = dict(zip(kept, (*spec, *pos)))  # noqa: B905
        _main(channel, _numbers(12, 10), None, None, **tables)
        other = hdf.create_indexed_group(channel.parent, "Channel")
        _main(other, -_numbers(12, 10), None, None, **tables)


@oracle
def many_dims(path: Path) -> None:
    """Three and four dimensions, two of them of equal size."""
    position = [Dimension(name, "m", size) for name, size in zip("XYZ", (3, 2, 3))]  # noqa: B905
    sizes = {"Frequency": 4, "Bias": 2, "Field": 2, "Cycle": 3}
    spectroscopic = [Dimension(name, "a.u.", size) for name, size in sizes.items()]
    with h5py.File(path, "w") as file:
        _main(_channel(file), _numbers(18, 48), position, spectroscopic)


@oracle
def single_sizes(path: Path) -> None:
    """Dims of size 1: a map without spectra, a spectrum without positions, both."""
    position, spectroscopic = _grid()
    one, other = Dimension("arb", "a. u.", 1), Dimension("None", "", [1.5])
    with h5py.File(path, "w") as file:
        measurement = _channel(file).parent
        for pos, spec in (
            (position, [one]),
            ([other], spectroscopic),
            ([one], [other]),
            ([position[0], one, position[1]], [other, spectroscopic[0]]),
        ):
            shape = [np.prod([len(d) for d in side]) for side in (pos, spec)]
            group = hdf.create_indexed_group(measurement, "Channel")
            _main(group, _numbers(*map(int, shape)), pos, spec)


@oracle
def number_types(path: Path) -> None:
    """Main datasets of many number types, two of the other byte order."""
    compound = np.dtype([("Amplitude", "f4"), ("Phase", "f8"), ("Count", "i2")])
    with h5py.File(path, "w") as file:
        for dtype in ("c8", "c16", ">f4", ">i2", "u1", "i8", "f2", "f8"):
            _main(_channel(file), _numbers(12, 10, dtype), *_grid())
        data = np.zeros((12, 10), compound)
        for number, name in enumerate(compound.names):
            data[name] = _numbers(12, 10) * (number + 1)
        _main(_channel(file), data, *_grid())


@oracle
def compressed(path: Path) -> None:
    """Chunks, compression, and a dataset that was made empty and filled later."""
    with h5py.File(path, "w") as file:
        options = {"compression": "gzip", "chunks": (3, 10)}
        _main(_channel(file), _numbers(12, 10), *_grid(), **options)
        empty = _main(_channel(file), (12, 10), *_grid(), dtype=np.float32)
        empty[:6] = _numbers(12, 10)[:6]
        hdf.create_empty_dataset(empty, np.complex64, "Empty_Copy")


@oracle
def square(path: Path) -> None:
    """As many rows as columns, and more dims than points."""
    spec = [Dimension("Bias", "V", 3), Dimension("Cycle", "", 4)]
    ones = [Dimension(name, "", 1) for name in "abc"]
    with h5py.File(path, "w") as file:
        _main(_channel(file), _numbers(12, 12), _grid()[0], spec)
        _main(_channel(file), _numbers(1, 10), ones, _grid()[1])


@oracle
def serpentine(path: Path) -> None:
    """Every second line was scanned backwards; pyUSID itself takes it for a raster."""
    order = np.arange(12).reshape(3, 4)
    order[1] = order[1, ::-1]
    _reordered(path, order.ravel())


@oracle
def shuffled(path: Path) -> None:
    """Positions in no order; pyUSID itself takes it for a raster."""
    _reordered(path, np.random.RandomState(5).permutation(12))


@oracle
def aborted(path: Path) -> None:
    """The last line of a scan was cut."""
    _cut(path, slice(0, 10))


@oracle
def scattered_gaps(path: Path) -> None:
    """Three places within the grid were never measured."""
    _cut(path, np.array([0, 1, 3, 4, 5, 6, 8, 10, 11]))


@oracle
def from_the_middle(path: Path) -> None:
    """A part of a scan, with the indices that it had in the whole."""
    _cut(path, slice(4, 12))


@oracle
def sparse(path: Path) -> None:
    """Points: both index columns count them, both values are coordinates."""
    rng = np.random.RandomState(11)
    places = [np.sort(rng.rand(9)) * scale for scale in (1.0, 3.0)]
    dims = [
        Dimension(name, "um", values, mode=DimType.INCOMPLETE)
        for name, values in zip("XY", places)  # noqa: B905
    ]
    with h5py.File(path, "w") as file:
        channel = _channel(file)
        inds, vals = hdf.write_ind_val_dsets(channel, dims, is_spectral=False)
        tables = {"h5_pos_inds": inds, "h5_pos_vals": vals}
        _main(channel, _numbers(9, 10), None, _grid()[1], **tables)


@oracle
def results(path: Path) -> None:
    """Results groups, with fewer dims than their source, and with none left."""
    with h5py.File(path, "w") as file:
        main = _main(_channel(file), _numbers(12, 10), *_grid())
        pos = {"h5_pos_inds": main.h5_pos_inds, "h5_pos_vals": main.h5_pos_vals}
        for dropped in (["Bias"], ["Bias", "Cycle"]):
            group = hdf.create_results_group(main, "Mean-Over")
            hdf.write_simple_attrs(group, {"dropped": dropped, "algorithm": "mean"})
            inds, vals = hdf.write_reduced_anc_dsets(
                group, main.h5_spec_inds, main.h5_spec_vals, dropped
            )
            spec = {"h5_spec_inds": inds, "h5_spec_vals": vals}
            data = _numbers(12, inds.shape[1])
            _main(group, data, None, None, **pos, **spec, name="Mean")
        nested = hdf.create_results_group(main, "Copy")
        hdf.create_empty_dataset(main, np.float32, "Copied", h5_group=nested)


@oracle
def sliced_and_reduced(path: Path) -> None:
    """What a dataset writes of itself."""
    with h5py.File(path, "w") as file:
        main = _main(_channel(file), _numbers(12, 10), *_grid())
        main.slice_to_dataset({"Bias": slice(1, 4), "Y": 1})
        main.reduce(["X", "Cycle"], to_hdf5=True)


class MeanOfSpectra(usid.Process):
    """The mean of each spectrum, with the status that a Process keeps."""

    def __init__(self, h5_main: Any) -> None:
        super().__init__(h5_main, "Mean_Of_Spectra", parms_dict={"power": 2}, cores=1)

    def _create_results_datasets(self) -> None:
        self.h5_results_grp = hdf.create_results_group(self.h5_main, self.process_name)
        hdf.write_simple_attrs(self.h5_results_grp, self.parms_dict)
        pos = {
            "h5_pos_inds": self.h5_main.h5_pos_inds,
            "h5_pos_vals": self.h5_main.h5_pos_vals,
        }
        shape, spec = (self.h5_main.shape[0], 1), [Dimension("Mean", "", 1)]
        options = {"name": "Mean", "dtype": np.float64, **pos}
        self._h5_mean = _main(self.h5_results_grp, shape, None, spec, **options)

    def _write_results_chunk(self) -> None:
        pixels = self._get_pixels_in_current_batch()
        self._h5_mean[pixels, 0] = np.array(self._results)

    def _unit_computation(self, *_: Any, **__: Any) -> None:
        self._results = [self._map_function(row) for row in self.data]

    @staticmethod
    def _map_function(spectrum: np.ndarray, *_: Any, **__: Any) -> float:
        return float(np.mean(spectrum))


@oracle
def process(path: Path) -> None:
    """A computation that ended, and one that was interrupted half-way."""
    with h5py.File(path, "w") as file:
        main = _main(_channel(file), _numbers(12, 10), *_grid())
        MeanOfSpectra(main).compute()
        partial = MeanOfSpectra(main).compute(override=True)
        partial["completed_positions"][6:] = 0
        partial["Mean"][6:] = 0


@oracle
def image(path: Path) -> None:
    """An image, translated."""
    picture = path.with_suffix(".png")
    values = (np.arange(48).reshape(6, 8) * 5).astype(np.uint8)
    Image.fromarray(values).save(picture)
    usid.ImageTranslator().translate(str(picture), h5_path=str(path))
    picture.unlink()


@oracle
def translated_array(path: Path) -> None:
    """An array, translated, with parameters and further arrays."""
    usid.NumpyTranslator().translate(
        str(path),
        "A simulation",
        _numbers(12, 10),
        "Current",
        "nA",
        *_grid(),
        parm_dict={"temperature": 295.0, "unit of it": "K", "none": "NaN °C"},
        extra_dsets={"Trace": np.arange(7.0), "Curve": np.eye(3)},
    )


@oracle
def regions(path: Path) -> None:
    """Region references, named and as a union."""
    with h5py.File(path, "w") as file:
        main = _main(_channel(file), _numbers(12, 10), *_grid())
        named = {
            "first": (slice(0, 3), slice(None)),
            "rest": (slice(3, None), slice(2, 7)),
        }
        reg_ref.write_region_references(main, named, add_labels_attr=False)
        bounds = [[[1, 0], [2, 4]], [[6, 0], [6, 4]]]
        main.attrs["union"] = reg_ref.create_region_reference(
            h5py.Dataset(main.id), np.array(bounds)
        )


@oracle
def beside_others(path: Path) -> None:
    """A dataset without labels beside good ones; then pyUSID lists nothing."""
    with h5py.File(path, "w") as file:
        _main(_channel(file), _numbers(12, 10), *_grid())
        bad = _main(_channel(file), _numbers(12, 10), *_grid())
        del bad.h5_pos_inds.attrs["labels"], bad.h5_pos_vals.attrs["labels"]
