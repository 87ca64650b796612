"""What a process finds: as its author declares it, and as one run makes it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import DTypeLike, NDArray

from usid_lab.errors import ArgumentError, ArgumentTypeError
from usid_lab.model.dimension import Dimension, Side
from usid_lab.storage.identity import type_text
from usid_lab.storage.text import plain, safe_name


@dataclass(frozen=True, slots=True)
class Output:
    """One result, as an author declares it.

    Attributes
    ----------
    quantity : str
        What the values are.
    units : str
        Their units; '' for none.
    dtype : data-type
        Their type; also complex, or a compound of named fields.
    dims : tuple of str or Dimension
        What each item has beyond one value, slowest first: names of dimensions that
        the function sees and that remain, or new ones.

    Examples
    --------
    >>> Output("Amplitude", "V")
    Output(quantity='Amplitude', units='V', dtype='float32', dims=())
    """

    quantity: str
    units: str = ""
    dtype: DTypeLike = "float32"
    dims: tuple[str | Dimension, ...] = ()


Declared = Output | Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """One result of one run.

    Attributes
    ----------
    name : str
        Of its dataset, and key of what the function returns.
    quantity, units : str
        What the values are.
    dtype : numpy.dtype
        Their type, native byte order.
    dims : tuple of Dimension
        Of what stands at one place: unseen dims inside a row, then those of `own`.
    own : int
        How many of them, at the end, the function itself returns for an item.
    """

    name: str
    quantity: str
    units: str
    dtype: np.dtype[np.generic]
    dims: tuple[Dimension, ...] = ()
    own: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what stands at one place."""
        return tuple(dimension.size for dimension in self.dims)

    @property
    def item_shape(self) -> tuple[int, ...]:
        """Shape of what the function returns for one item."""
        return self.shape[len(self.dims) - self.own :]

    @property
    def place_bytes(self) -> int:
        """Bytes of what stands at one place."""
        return math.prod(self.shape) * self.dtype.itemsize

    def empty(self, count: int) -> NDArray[np.generic]:
        """Make an array for some places.

        Parameters
        ----------
        count : int
            How many.

        Returns
        -------
        ndarray, shape (count, *shape)
            Not filled.
        """
        return np.empty((count, *self.shape), self.dtype)

    def to_json(self) -> dict[str, object]:
        """Say all that makes it this one, as JSON."""
        return {
            "name": self.name,
            "quantity": self.quantity,
            "units": self.units,
            "dtype": type_text(self.dtype),
            "dims": [[d.name, d.units, d.values.ravel().tolist()] for d in self.dims],
        }


def declared(given: object) -> dict[str, Output]:
    """Check what an author declares.

    Parameters
    ----------
    given : mapping of str to Output or mapping
        By name of the result.

    Returns
    -------
    dict of str to Output
        At least one.
    """
    if not isinstance(given, Mapping):
        text = 'Outputs are declared as {"Amplitude": Output("Amplitude", "V")}.'
        raise ArgumentTypeError(text, f"got {plain(repr(given))}")
    if not given:
        raise ArgumentError("A process declares at least one output.")
    return {_name(name): _output(name, one) for name, one in given.items()}


def resolved(
    given: Mapping[str, Output],
    seen: Sequence[Dimension],
    inside: Sequence[Dimension],
) -> tuple[Resolved, ...]:
    """Say what each output is in one run.

    Parameters
    ----------
    given : mapping of str to Output
        As :func:`declared` returns it.
    seen : sequence of Dimension
        What the function sees.
    inside : sequence of Dimension
        What it does not see, of the steps of one row: they all remain.

    Returns
    -------
    tuple of Resolved
    """
    by_name = {dimension.name: dimension for dimension in seen}
    taken = {dimension.name for dimension in inside}
    return tuple(
        _resolved(name, one, by_name, taken, inside) for name, one in given.items()
    )


def _resolved(
    name: str,
    one: Output,
    seen: Mapping[str, Dimension],
    taken: set[str],
    inside: Sequence[Dimension],
) -> Resolved:
    own = [_dimension(name, dim, seen) for dim in one.dims]
    names = [dimension.name for dimension in own]
    if len(set(names)) < len(names) or taken.intersection(names):
        text = f"Output '{name}' has two dimensions of one name."
        raise ArgumentError(text, f"got {', '.join(sorted(taken) + names)}")
    dtype = np.dtype(one.dtype).newbyteorder("=")
    return Resolved(name, one.quantity, one.units, dtype, (*inside, *own), len(own))


def _dimension(
    output: str, dim: str | Dimension, seen: Mapping[str, Dimension]
) -> Dimension:
    if isinstance(dim, Dimension):
        return dim.moved(Side.SPECTROSCOPIC)
    if dim not in seen:
        text = f"Output '{output}' keeps '{plain(str(dim))}', which its function does "
        raise ArgumentError(
            f"{text}not see. Name one that it sees, or give a new Dimension.",
            f"it sees {', '.join(map(plain, seen)) or 'single values'}",
        )
    return seen[dim]


def _name(name: object) -> str:
    if not isinstance(name, str) or not name or set(name) & {"/", "-", "\0"}:
        text = "The name of an output is text without '/', '-' and NUL."
        raise ArgumentError(text, f"got {plain(repr(name))}")
    return name


def _output(name: str, given: object) -> Output:
    if isinstance(given, Output):
        one = given
    elif isinstance(given, Mapping):
        one = _of_mapping(name, given)
    else:
        text = f"Output '{name}' is an Output, or a dict of its fields."
        raise ArgumentTypeError(text, f"got {plain(repr(given))}")
    dims: object = one.dims
    if isinstance(dims, str | Dimension):
        dims = (dims,)
    if not isinstance(dims, list | tuple):
        text = f"The dims of output '{name}' are names, or Dimensions, in a tuple."
        raise ArgumentTypeError(text, f"got {plain(repr(dims))}")
    texts = _text(name, one.quantity or name), _text(name, one.units)
    return Output(*texts, _dtype(name, one.dtype), tuple(dims))


def _text(name: str, given: object) -> str:
    if isinstance(given, str) and "\0" not in given and safe_name(given) == given:
        return given
    text = f"Quantity and units of output '{name}' are text; '' for none."
    raise ArgumentTypeError(text, f"got {plain(repr(given))}")


def _of_mapping(name: str, given: Mapping[str, object]) -> Output:
    known = {field.name for field in fields(Output)}
    if wrong := sorted(map(str, set(given) - known)):
        text = f"Output '{name}' has no field '{plain(wrong[0])}'."
        raise ArgumentError(text, f"fields are {', '.join(sorted(known))}")
    return Output(**{"quantity": name, **given})  # type: ignore[arg-type]


def _dtype(name: str, given: DTypeLike) -> np.dtype[np.generic]:
    try:
        dtype = np.dtype(given)
    except TypeError as error:
        text = f"The dtype of output '{name}' is no type of numpy."
        raise ArgumentTypeError(text, str(error)) from error
    if dtype.hasobject or (dtype.kind in "SUVmM" and not dtype.names):
        text = f"Output '{name}' holds numbers: real, complex, or named fields of them."
        raise ArgumentError(text, f"got {dtype}")
    return dtype
