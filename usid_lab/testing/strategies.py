"""Hypothesis strategies for dimensions, data, orders of rows and selections.

Sizes are small by default: what goes wrong with a large array goes wrong with one of
3 x 4 too, and hundreds of those are tried in a second.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from usid_lab.errors import MissingExtraError
from usid_lab.model.ancillary import grid_shape
from usid_lab.model.dimension import Dimension, Mode
from usid_lab.model.selection import Indexer
from usid_lab.testing.maindata import MainData

try:
    from hypothesis import strategies as st
except ImportError as missing:
    raise MissingExtraError(
        "Strategies for tests need the package hypothesis: pip install hypothesis.",
        str(missing),
    ) from missing

Draw = st.DrawFn
_SCALARS = (
    *("?", "i1", "u1", "<i2", ">i2", "<u4", ">u4", "<i8", ">i8"),
    *("<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<c8", ">c8", "<c16", ">c16"),
)
_ODD = (0.0, -0.0, 1e-30, -1e30, math.inf, -math.inf, math.nan)


def names() -> st.SearchStrategy[str]:
    """Draw names of dimensions and quantities, of any script.

    Returns
    -------
    SearchStrategy of str
        One line, not empty, without blanks around it.
    """
    signs = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
    common = st.sampled_from(["X", "Y", "Bias", "DC_Offset", "Höhe", "Δf", "周波数"])
    return common | st.text(signs, min_size=1, max_size=8)


def unit_names() -> st.SearchStrategy[str]:
    """Draw units, also none.

    Returns
    -------
    SearchStrategy of str
    """
    return st.sampled_from(["", "m", "nm", "µm", "V", "°C", "a.u.", "Å", "1/s"])


def vectors(size: int) -> st.SearchStrategy[NDArray[np.float64]]:
    """Draw values at the indices of a dimension.

    Parameters
    ----------
    size : int
        How many.

    Returns
    -------
    SearchStrategy of ndarray of float64, shape (size,)
        Rising or falling evenly, or in any order, all different; also of numbers
        that need float64, such as times.
    """
    even = st.builds(
        lambda first, step: first + step * np.arange(size),
        st.sampled_from([0.0, -2.0, 1e-9, 3e5, 1.7e9]),
        st.sampled_from([1.0, -1.0, 0.25, 1e-9, 100.0]),
    ).filter(lambda values: len(np.unique(values)) == size)
    loose = st.permutations(range(size)).map(lambda order: np.array(order) * 0.5)
    return even | loose


@st.composite
def sides(
    draw: Draw,
    *,
    max_dims: int = 3,
    max_size: int = 4,
    modes: Sequence[Mode | str] = tuple(Mode),
) -> tuple[Dimension, ...]:
    """Draw the dimensions of one side of a Main dataset.

    Parameters
    ----------
    draw : callable
        Given by hypothesis.
    max_dims : int, optional
        At most so many dimensions; also none.
    max_size : int, optional
        At most so many indices of each.
    modes : sequence of Mode or str, optional
        Grids, scattered points, grids with values that depend on other dimensions.

    Returns
    -------
    tuple of Dimension
        Slowest first, with different names.
    """
    mode = Mode(draw(st.sampled_from(list(modes))))
    called = draw(st.lists(names(), max_size=max_dims, unique=True))
    sizes = [draw(st.integers(1, max_size)) for _ in called]
    units = [draw(unit_names()) for _ in called]
    values = [draw(vectors(size)) for size in sizes]
    if mode is Mode.INCOMPLETE and called:
        # One dimension of points could not be told from a grid.
        values = [draw(vectors(max_size)) for _ in called]
    given = zip(called, units, values, strict=True)
    if mode is not Mode.DEPENDENT:
        return tuple(Dimension(name, unit, v, mode) for name, unit, v in given)
    dimensions = [Dimension(name, unit, v) for name, unit, v in given]
    for axis, dimension in enumerate(dimensions):
        if draw(st.booleans()):
            own = draw(vectors(math.prod(sizes))).reshape(sizes)
            units_ = dimension.units
            dimensions[axis] = Dimension(dimension.name, units_, own, mode)
    return tuple(dimensions)


def dtypes() -> st.SearchStrategy[np.dtype[np.generic]]:
    """Draw types that a Main dataset may have.

    Returns
    -------
    SearchStrategy of numpy.dtype
        Integers, floats (float16 too), complex numbers of both byte orders, bool,
        and compounds of them.
    """
    scalars = st.sampled_from(_SCALARS).map(np.dtype)
    fields = st.lists(scalars, min_size=1, max_size=3)
    compounds = fields.map(
        lambda kinds: np.dtype([(f"f{n}", kind) for n, kind in enumerate(kinds)])
    )
    return scalars | compounds


def arrays(
    shape: tuple[int, ...], dtype: np.dtype[np.generic]
) -> st.SearchStrategy[NDArray[np.generic]]:
    """Draw data, with NaN, infinities and extremes among them.

    Parameters
    ----------
    shape : tuple of int
        Of the array.
    dtype : numpy.dtype
        One of those of :func:`dtypes`.

    Returns
    -------
    SearchStrategy of ndarray
        Made from one drawn number: quick, but values do not shrink.
    """
    return st.integers(0, 2**32 - 1).map(
        lambda seed: _filled(shape, dtype, np.random.default_rng(seed))
    )


def row_orders(length: int) -> st.SearchStrategy[NDArray[np.int64]]:
    """Draw orders in which the rows of a Main dataset are stored.

    Parameters
    ----------
    length : int
        Number of positions.

    Returns
    -------
    SearchStrategy of ndarray of int64, shape (length,)
        Permutations.
    """
    return st.permutations(range(length)).map(lambda p: np.array(p, np.int64))


def indexers(size: int) -> st.SearchStrategy[Indexer]:
    """Draw what may be asked of a dimension by index.

    Parameters
    ----------
    size : int
        Number of its indices.

    Returns
    -------
    SearchStrategy of int, slice, list of int or ndarray of bool
        Counted from either end; slices with steps of both signs; lists with
        repetitions, maybe empty; masks.
    """
    index = st.integers(-size, size - 1)
    masks = st.lists(st.booleans(), min_size=size, max_size=size)
    return st.one_of(
        index,
        st.slices(size),
        st.lists(index, max_size=size + 1),
        masks.map(lambda mask: np.array(mask, bool)),
    )


@st.composite
def selections(draw: Draw, sizes: Mapping[str, int]) -> dict[str, Indexer]:
    """Draw selections by index, as ``isel`` takes them.

    Parameters
    ----------
    draw : callable
        Given by hypothesis.
    sizes : mapping of str to int
        Size of each dimension, as ``dataset.sizes``.

    Returns
    -------
    dict of str to indexer
        Some of the dimensions, or all, or none.
    """
    chosen = [name for name in sizes if draw(st.booleans())]
    return {name: draw(indexers(sizes[name])) for name in chosen}


@st.composite
def main_data(
    draw: Draw,
    *,
    max_dims: int = 3,
    max_size: int = 4,
    modes: Sequence[Mode | str] = tuple(Mode),
    dtype: st.SearchStrategy[np.dtype[np.generic]] | None = None,
    shuffled: bool = True,
) -> MainData:
    """Draw all that makes a Main dataset.

    Parameters
    ----------
    draw : callable
        Given by hypothesis.
    max_dims, max_size : int, optional
        Of each side.
    modes : sequence of Mode or str, optional
        Of the dimensions of either side.
    dtype : SearchStrategy of numpy.dtype, optional
        Types of the data; :func:`dtypes` by default.
    shuffled : bool, optional
        Rows may be stored in any order.

    Returns
    -------
    MainData
        To be written, and compared with what is read.
    """
    side = sides(max_dims=max_dims, max_size=max_size, modes=modes)
    position, spectroscopic = draw(side), draw(side)
    rows = grid_shape(position) if position else ()
    shape = rows + (grid_shape(spectroscopic) if spectroscopic else ())
    kinds = dtypes() if dtype is None else dtype
    data = draw(arrays(shape, draw(kinds)))
    order = draw(st.none() | row_orders(math.prod(rows))) if shuffled else None
    return MainData(
        data, position, spectroscopic, draw(names()), draw(unit_names()), order
    )


def _filled(
    shape: tuple[int, ...], dtype: np.dtype[np.generic], rng: np.random.Generator
) -> NDArray[np.generic]:
    data = np.zeros(shape, dtype)
    if dtype.names and dtype.fields:
        for name in dtype.names:
            data[name] = _filled(shape, dtype.fields[name][0], rng)
    elif dtype.kind == "b":
        data[...] = rng.random(shape) > 0.5
    elif dtype.kind in "iu":
        native = dtype.newbyteorder("=")
        ends = np.iinfo(native.type)  # type: ignore[type-var]
        data[...] = rng.integers(ends.min, ends.max, shape, native.type, endpoint=True)
    elif dtype.kind == "c":
        with np.errstate(over="ignore"):
            data[...] = _reals(shape, rng) + 1j * np.nan_to_num(_reals(shape, rng))
    else:
        with np.errstate(over="ignore"):
            data[...] = _reals(shape, rng)
    return data


def _reals(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    values = rng.normal(0, 100, shape)
    odd = rng.random(shape) < 0.1
    return np.where(odd, rng.choice(_ODD, shape), values)
