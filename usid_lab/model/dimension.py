"""A dimension: a name, a unit and the value at each index."""

import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import ArgumentError, ArgumentTypeError

Kind = TypeVar("Kind", bound=StrEnum)


class Side(StrEnum):
    """Where a dimension lies: rows (positions) or columns (spectra) of a Main."""

    POSITION = "position"
    SPECTROSCOPIC = "spectroscopic"
    ARRAY = "array"


class Mode(StrEnum):
    """How the values of a dimension relate to the other dimensions of its side."""

    DEFAULT = "default"
    """Every index has one value: a regular grid."""
    INCOMPLETE = "incomplete"
    """Scattered points: one value for each point, as of every other coordinate."""
    DEPENDENT = "dependent"
    """A grid of indices, whose values differ with the indices of other dimensions."""


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Dimension:
    """One dimension of a dataset.

    Parameters
    ----------
    name : str
        What the dimension is, not empty.
    units : str, optional
        Physical units; '' for none.
    values : int or array_like of real numbers
        The value at each index, shape (size,); a whole number counts indices from
        0. Of a dependent dimension, one axis for each dimension of its side,
        slowest first, its own among them.
    mode : Mode or str, optional
        A regular grid, scattered points, or values that depend on other dimensions.
    side : Side, optional
        Whether it belongs to the positions, the spectra or a plain array.
    label : str, optional
        As the file has it; by default the name.

    Attributes
    ----------
    name : str
        Unique in a dataset that was read.
    units : str
        Cleaned text; '' where the file gives none.
    values : ndarray of float64, shape (size,)
        The value at each index, in `units`; read-only. Several axes where they
        depend on other dimensions and nothing was read yet.
    mode : Mode
        How its values relate to other dimensions.
    side : Side
        Where it lies.
    label : str
        As the file has it; may be empty or shared with another dimension.

    Raises
    ------
    ArgumentTypeError
        A name, unit, value or mode of the wrong type.
    ArgumentError
        No name, no values, only NaN, or values with axes they must not have.

    Examples
    --------
    >>> Dimension("Bias", "V", [-1, 0, 1]).values
    array([-1.,  0.,  1.])
    >>> Dimension("Cycle", values=3)
    Dimension('Cycle', '', 3 values: 0 to 2)
    """

    name: str
    units: str
    values: NDArray[np.float64]
    mode: Mode
    side: Side
    label: str

    def __init__(
        self,
        name: str,
        units: str = "",
        values: ArrayLike = 1,
        mode: Mode | str = Mode.DEFAULT,
        *,
        side: Side = Side.ARRAY,
        label: str | None = None,
    ) -> None:
        known = _one_of(Mode, mode)
        called = _text(name, "name")
        if not called:
            raise ArgumentError("A dimension needs a name.", f"got {name!r}")
        own = _text(label, "label") if label is not None else called
        measured = _text(units, "units")
        held = _vector(called, values, known)
        _fill(self, called, measured, held, known, _one_of(Side, side), own)

    @classmethod
    def found(
        cls,
        name: str,
        units: str,
        values: NDArray[np.float64],
        side: Side,
        mode: Mode = Mode.DEFAULT,
        *,
        label: str | None = None,
    ) -> Self:
        """Take a dimension as a file has it: nothing is refused, or copied.

        Parameters
        ----------
        name, units : str
            Clean text; may be empty.
        values : ndarray of float64, shape (size,)
            May have no entries, or only NaN. The caller writes no more to it.
        side : Side
            Where it lies.
        mode : Mode, optional
            How its values relate to other dimensions.
        label : str, optional
            As the file has it; by default the name.

        Returns
        -------
        Dimension
        """
        dimension = cls.__new__(cls)
        own = name if label is None else label
        _fill(dimension, name, units, values, mode, side, own)
        return dimension

    def renamed(self, name: str) -> Self:
        """Return the same dimension under another name; its label stays."""
        return self._with(name, self.side)

    def moved(self, side: Side) -> Self:
        """Return the same dimension on another side."""
        return self._with(self.name, side)

    @property
    def size(self) -> int:
        """Number of values; of indices too, unless the values have several axes."""
        return int(self.values.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dimension):
            return NotImplemented
        return self._facts() == other._facts() and np.array_equal(
            self.values, other.values, equal_nan=True
        )

    def __hash__(self) -> int:
        return hash(self._facts())

    def __repr__(self) -> str:
        flat = self.values.ravel()
        ends = f": {flat[0]:g} to {flat[-1]:g}" if flat.size else ""
        shape = " x ".join(map(str, self.values.shape))
        mode = "" if self.mode is Mode.DEFAULT else f", {self.mode}"
        return f"Dimension({self.name!r}, {self.units!r}, {shape} values{ends}{mode})"

    def _facts(self) -> tuple[object, ...]:
        shape = self.values.shape
        return self.name, self.label, self.units, self.mode, self.side, shape

    def _with(self, name: str, side: Side) -> Self:
        dimension = type(self).__new__(type(self))
        _fill(dimension, name, self.units, self.values, self.mode, side, self.label)
        return dimension


def _fill(
    dimension: Dimension,
    name: str,
    units: str,
    values: NDArray[np.float64],
    mode: Mode,
    side: Side,
    label: str,
) -> None:
    seen = values.view()
    seen.flags.writeable = False
    for field, value in (
        ("name", name),
        ("units", units),
        ("values", seen),
        ("mode", mode),
        ("side", side),
        ("label", label),
    ):
        object.__setattr__(dimension, field, value)


def _one_of(kind: type[Kind], given: Kind | str) -> Kind:
    try:
        return kind(given)
    except ValueError as error:
        text = f"The {kind.__name__.lower()} of a dimension is one of"
        raise ArgumentError(f"{text}: {', '.join(kind)}.", f"got {given!r}") from error


def _text(text: object, what: str) -> str:
    if not isinstance(text, str):
        reason = f"got {text!r} of type {type(text).__name__}"
        raise ArgumentTypeError(f"The {what} of a dimension must be text.", reason)
    if "\0" in text:
        raise ArgumentError(f"The {what} of a dimension holds no NUL.", f"got {text!r}")
    return text.strip()


def _vector(name: str, values: ArrayLike, mode: Mode) -> NDArray[np.float64]:
    count = _count(values)
    if count is not None:
        if count < 1:
            text = f"Dimension '{name}' needs at least one index."
            raise ArgumentError(text, f"got {values!r}")
        return np.arange(count, dtype=np.float64)
    array = _numbers(name, values)
    if array.ndim != 1 and (mode is not Mode.DEPENDENT or not array.ndim):
        text = f"The values of '{name}' are a count or a list of numbers."
        raise ArgumentError(text, f"shape {array.shape}, mode {mode}")
    if not array.size:
        raise ArgumentError(f"The values of '{name}' are none.", f"got {values!r}")
    if np.isnan(array.flat[0]) and np.isnan(array).all():
        raise ArgumentError(f"The values of '{name}' are all NaN.")
    return array


def _count(values: object) -> int | None:
    if isinstance(values, bool | np.bool_):
        return None
    try:
        # An array of one whole number would count as one too.
        return None if np.ndim(values) else operator.index(values)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    try:
        given = np.asarray(values)
        if given.dtype.kind not in "biufO":
            raise TypeError(f"dtype {given.dtype}")
        if given.dtype == np.float64 and not given.flags.writeable:
            return given
        return given.astype(np.float64)
    except (TypeError, ValueError) as error:
        text = f"The values of '{name}' are not real numbers."
        raise ArgumentTypeError(text, str(error)) from error


def unique_names(labels: Sequence[tuple[str, Side]]) -> tuple[str, ...]:
    """Names that tell dimensions of equal label apart.

    Parameters
    ----------
    labels : sequence of (str, Side)
        Label and side of each dimension.

    Returns
    -------
    tuple of str
        A label on both sides gets its side added; then duplicates are counted.

    Examples
    --------
    >>> unique_names([("X", Side.POSITION), ("X", Side.SPECTROSCOPIC)])
    ('X (position)', 'X (spectroscopic)')
    >>> unique_names([("X", Side.POSITION), ("X", Side.POSITION)])
    ('X', 'X 2')
    """
    sides = Counter(label for label, _ in set(labels))
    names = [
        f"{label} ({side})" if sides[label] > 1 else label for label, side in labels
    ]
    return _counted(names)


def _counted(names: Iterable[str]) -> tuple[str, ...]:
    wanted = list(names)
    taken = set(wanted)
    seen: set[str] = set()
    result = []
    for name in wanted:
        if name in seen:
            number = 2
            while (unused := f"{name} {number}") in taken:
                number += 1
            name = unused
        taken.add(name)
        seen.add(name)
        result.append(name)
    return tuple(result)
