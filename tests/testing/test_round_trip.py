"""What is written is read back, however the file orders it."""

import itertools
import math

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from usid_lab.model.axis import LayoutKind
from usid_lab.model.dimension import Dimension, Mode
from usid_lab.testing import (
    MainData,
    assert_arrays_equal,
    assert_datasets_equal,
    serpentine,
)
from usid_lab.testing.strategies import dtypes, main_data, row_orders, selections

KEEP = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
GRIDS = [Mode.DEFAULT, Mode.DEPENDENT]
FLOATS = st.just(np.dtype("f8"))


@pytest.fixture
def fresh(tmp_path):
    """Give the path of a file that is not there yet, at every call another."""
    numbers = itertools.count()
    return lambda: tmp_path / f"{next(numbers)}.h5"


def is_points(dimensions):
    return len(dimensions) > 1 and dimensions[0].mode is Mode.INCOMPLETE


def names_of(dataset, main):
    """Names that the dimensions of `main` have in a dataset, in the same order."""
    named = {(d.side, d.label): d.name for d in dataset.dimensions}
    counted = {"position": "Point", "spectroscopic": "Step"}
    found = []
    for side in ("position", "spectroscopic"):
        dimensions = getattr(main, side)
        labels = [d.name for d in dimensions]
        if is_points(dimensions) and (side, labels[0]) not in named:
            # Scattered points: one dimension that counts them, without a label.
            labels = [""]
            assert counted[side] in named[side, ""]
        found += [named[side, label] for label in labels]
    return found


def as_written(dataset, main):
    """Read a dataset, with the axes in the order in which they were written."""
    names = names_of(dataset, main)
    fillers = [name for name in dataset.dims if name not in names]
    values = dataset.read(dict.fromkeys(fillers, 0))
    kept = [name for name in dataset.dims if name in names]
    values = values.transpose([kept.index(name) for name in names])
    if main.row_order is not None and is_points(main.position):
        # Of scattered points the order in the file is the order of the points.
        placed = np.empty_like(values)
        placed[main.row_order] = values
        values = placed
    return values.reshape(main.data.shape)


@KEEP
@given(main_data())
def test_data_of_any_kind_come_back(fresh, main):
    dataset = main.write(fresh())
    assert_arrays_equal(as_written(dataset, main), main.data)
    assert (dataset.quantity, dataset.units) == (main.quantity, main.units)


def entry_of(place, dimensions):
    return int(np.ravel_multi_index(place, [d.size for d in dimensions]))


@KEEP
@given(main_data(modes=["default"], max_dims=2))
def test_the_tables_in_the_file_say_what_stands_where(fresh, main):
    """h5py and loops over the tables find every value where it belongs."""
    path = fresh()
    dataset = main.write(path)
    with h5py.File(path) as file:
        stored = file[dataset.path]
        rows, columns = (
            table_rows(stored, side, dimensions)
            for side, dimensions in (
                ("Position", main.position),
                ("Spectroscopic", main.spectroscopic),
            )
        )
        flat = stored[()]
    assert flat.dtype == main.data.dtype
    for (row, first), (column, last) in itertools.product(
        enumerate(rows), enumerate(columns)
    ):
        assert_arrays_equal(flat[row, column], main.data[(*first, *last)])


def table_rows(stored, side, dimensions):
    """Place of each row, in the order of the dimensions given; values are checked."""
    tables = [
        stored.file[stored.attrs[f"{side}_{what}"]] for what in ("Indices", "Values")
    ]
    indices, values = (t[()] if side == "Position" else t[()].T for t in tables)
    labels = [label.decode() for label in tables[0].attrs["labels"]]
    units = [unit.decode() for unit in tables[0].attrs["units"]]
    if not dimensions:
        return [()] * len(indices)
    # The specification: fastest first.
    assert labels == [d.name for d in dimensions][::-1]
    assert units == [d.units for d in dimensions][::-1]
    columns = [labels.index(d.name) for d in dimensions]
    for row, held in zip(indices, values, strict=True):
        for column, dimension in zip(columns, dimensions, strict=True):
            lost = abs(held[column] - dimension.values[row[column]])
            steps = np.abs(np.diff(dimension.values)).min(initial=np.inf)
            assert lost <= 1e-3 * min(steps, np.abs(dimension.values).max())
    return [tuple(int(row[column]) for column in columns) for row in indices]


@KEEP
@given(main_data(max_dims=2))
def test_coordinates_come_back(fresh, main):
    dataset = main.write(fresh())
    layout = dataset.layout
    placed = {d.name: d for d in layout.dimensions}
    along = {(d.side, d.label): d for d in layout.along}
    names = iter(names_of(dataset, main))
    for side, given_ in (
        ("position", main.position),
        ("spectroscopic", main.spectroscopic),
    ):
        if is_points(given_) and (side, given_[0].name) in along:
            next(names)
            for dimension in given_:
                wanted = dimension.values
                if side == "position" and main.row_order is not None:
                    wanted = wanted[main.row_order]
                found = along[side, dimension.name]
                assert found.units == dimension.units
                close(found.values, wanted)
            continue
        own = list(itertools.islice(names, len(given_)))
        for axis, (name, dimension) in enumerate(zip(own, given_, strict=True)):
            assert placed[name].units == dimension.units
            assert placed[name].label == dimension.name
            close(at_places(layout, name, own), spread(given_, axis))


def close(found, wanted):
    """Equal, but for what float32 takes where it is precise enough.

    Values that differ by their last digits only are read as the same value.
    """
    steps = np.abs(np.diff(np.sort(wanted, axis=None)))
    largest = np.abs(wanted).max(initial=0)
    step = steps[steps > 0].min(initial=largest)
    allowed = max(0.02 * step, 1e-12 * largest)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=allowed)


def spread(dimensions, axis):
    """Values of a dimension at every place of the grid."""
    dimension = dimensions[axis]
    if dimension.values.ndim > 1:
        return dimension.values
    shape = [
        d.values.shape[own] if d.values.ndim > 1 else d.size
        for own, d in enumerate(dimensions)
    ]
    place = [1] * len(shape)
    place[axis] = -1
    return np.broadcast_to(dimension.values.reshape(place), shape)


def at_places(layout, name, order):
    """Values of a dimension that was read, at every place, axes in that order."""
    if name in layout.grids:
        dims, grid = layout.grids[name]
        return grid.transpose([dims.index(dim) for dim in order])
    shape = [layout.sizes[dim] for dim in order]
    place = [1] * len(shape)
    place[order.index(name)] = -1
    return np.broadcast_to(layout.coords[name].reshape(place), shape)


@KEEP
@given(main_data(), st.data())
def test_isel_is_that_of_numpy(fresh, main, data):
    dataset = main.write(fresh())
    selection = data.draw(selections(dataset.sizes))
    whole = dataset.read()
    expected = whole
    for axis in reversed(range(whole.ndim)):
        indexer = selection.get(dataset.dims[axis], slice(None))
        if isinstance(indexer, list):
            indexer = np.array(indexer, int)
        expected = expected[(slice(None),) * axis + (indexer,)]
    assert_arrays_equal(dataset.read(selection), expected)
    labelled = dataset.isel(selection)
    assert_arrays_equal(labelled.values, expected)
    assert labelled.dims == tuple(
        name
        for name in dataset.dims
        if not isinstance(selection.get(name, slice(None)), int)
    )


@KEEP
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), dtypes(), st.data())
def test_a_serpentine_scan_is_its_raster(fresh, sizes, dtype, data):
    positions = tuple(
        Dimension(name, "nm", size)
        for name, size in zip(["Z", "Y", "X"][-len(sizes) :], sizes, strict=True)
    )
    raster = data.draw(
        main_data(max_dims=1, modes=["default"], dtype=st.just(dtype), shuffled=False)
    )
    spectra = tuple(d for d in raster.spectroscopic if d.name not in "ZYX")
    shape = (*sizes, *(d.size for d in spectra))
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (*shape, dtype.itemsize), np.uint8)
    values = bits.view(dtype)[..., 0]
    walked = serpentine(sizes)
    plain = MainData(values, positions, spectra)
    turning = MainData(values, positions, spectra, row_order=walked)
    one, two = plain.write(fresh()), turning.write(fresh())
    assert_datasets_equal(two, one)
    in_order = (walked == np.arange(len(walked))).all()
    shuffled = LayoutKind.RASTER if in_order else LayoutKind.SHUFFLED
    assert (one.layout.kind, two.layout.kind) == (LayoutKind.RASTER, shuffled)


@KEEP
@given(main_data(modes=["default"], dtype=FLOATS, shuffled=False), st.data())
def test_any_order_of_rows_holds_the_same_data(fresh, main, data):
    length = math.prod(d.size for d in main.position)
    order = data.draw(row_orders(length))
    again = MainData(
        main.data,
        main.position,
        main.spectroscopic,
        main.quantity,
        main.units,
        order,
    )
    one, two = main.write(fresh()), again.write(fresh())
    np.testing.assert_array_equal(
        as_written(one, main).astype(complex), as_written(two, again).astype(complex)
    )


@KEEP
@given(main_data(modes=["default"], max_dims=2, dtype=FLOATS), st.data())
def test_sel_is_that_of_xarray(fresh, main, data):
    dataset = main.write(fresh())
    whole = dataset.to_xarray()
    sorted_dims = [
        name
        for name, values in dataset.coords.items()
        if (np.diff(values) > 0).all() or (np.diff(values) < 0).all()
    ]
    exact, near = {}, {}
    for name in sorted_dims:
        values = dataset.coords[name]
        ends = [data.draw(st.sampled_from(list(values))) for _ in range(2)]
        form = data.draw(st.sampled_from(["one", "slice", "list", "none"]))
        if form == "none":
            continue
        exact[name] = {"one": ends[0], "slice": slice(*ends), "list": ends}[form]
        if form != "slice":
            near[name] = np.array(exact[name]) * 1.0001 + 1e-7
    for labels, options in ((exact, {}), (near, {"method": "nearest"})):
        expected = whole.sel(labels, **options)
        found = dataset.sel(labels, **options)
        assert found.dims == expected.dims
        assert_arrays_equal(found.values, expected.values)
        for name in sorted_dims:
            np.testing.assert_array_equal(found[name].values, expected[name].values)


@pytest.mark.parametrize("drift", [0.05, 0.5])
def test_times_of_each_pixel_keep_their_precision(fresh, drift):
    time = 1.7e9 + 10.0 * np.arange(4)[:, None] + drift * np.arange(5)
    slow = Dimension("Time", "s", time, "dependent")
    main = MainData(np.arange(20.0).reshape(4, 5), (slow, Dimension("X", "m", 5)))
    dataset = main.write(fresh())
    (dims, grid) = dataset.layout.grids["Time"]
    assert dims == ("Time", "X")
    np.testing.assert_array_equal(grid, time)
