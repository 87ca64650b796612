"""What a reader process replies: JSON of declared forms, checked in the kernel.

A hostile file may have taken that process over. Nothing that it says is believed: every
field is checked for its type and range, texts are cut, and errors can only be of the
kinds that are listed here.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from usid_lab import errors
from usid_lab.errors import UsidError
from usid_lab.reading.damage import BadChunk
from usid_lab.reading.process.arena import PART
from usid_lab.reading.process.channel import BreachError
from usid_lab.reading.process.leaves import KINDS as KINDS_OF_NUMBERS
from usid_lab.storage.text import plain, safe_name

PROTOCOL = 2
_MOST_TEXT = 4096
_MOST_BAD = 256
_MOST_REASON = 400
_MOST_KINDS = 4096
_KINDS: tuple[type[UsidError], ...] = (
    UsidError,
    errors.FileError,
    errors.MissingFileError,
    errors.UnreadableFileError,
    errors.NotHDF5Error,
    errors.EmptyFileError,
    errors.TruncatedFileError,
    errors.ChangedFileError,
    errors.LockedFileError,
    errors.SpecialFileError,
    errors.DamagedDataError,
    errors.RefusedError,
    errors.LayoutError,
    errors.ObjectNotFoundError,
    errors.DimensionError,
    errors.SelectionError,
)
KINDS: Mapping[str, type[UsidError]] = {kind.__name__: kind for kind in _KINDS}


@dataclass(frozen=True, slots=True)
class Hello:
    """The process is up."""

    protocol: int


@dataclass(frozen=True, slots=True)
class Part:
    """Values lie in the slot of a request: the next part of its result.

    Attributes
    ----------
    id : int
        Of the request.
    count : int
        Number of values, at most what a part of a slot holds.
    gaps : bool
        They are of the type that has NaN, not of that of the dataset.
    last : bool
        There are no more; of a sketch, these are the last.
    sketch : bool
        They are a part of what was read so far of the block on its way, with NaN; the
        values themselves follow.
    """

    id: int
    count: int
    gaps: bool
    last: bool
    sketch: bool


@dataclass(frozen=True, slots=True)
class Form:
    """The type of what follows, where a request does not say it.

    Attributes
    ----------
    id : int
        Of the request.
    kinds : list of str
        Of each field of a compound, or of a number, in order.
    """

    id: int
    kinds: list[str]


@dataclass(frozen=True, slots=True)
class Done:
    """A request without values came to its end."""

    id: int
    value: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """A request was stopped."""

    id: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a request is done, 0-1."""

    id: int
    fraction: float


@dataclass(frozen=True, slots=True)
class Bad:
    """Chunks that could not be decoded; their values are NaN in the next part.

    Attributes
    ----------
    id : int
        Of the request.
    chunks : list
        Of each chunk where it begins and ends along each axis of the stored array,
        and a text; at most 256, and what is more is not listed.
    """

    id: int
    chunks: list[tuple[list[int], list[int], str]]

    @classmethod
    def told(cls, identity: int, chunks: Sequence[BadChunk]) -> "Bad":
        """Tell of chunks."""
        listed = [
            (
                [place.start for place in chunk.slices],
                [place.stop for place in chunk.slices],
                chunk.reason[:_MOST_REASON],
            )
            for chunk in chunks[:_MOST_BAD]
        ]
        return cls(identity, listed)

    def found(self, shape: tuple[int, ...]) -> list[BadChunk]:
        """Return the chunks of an array of this shape.

        Parameters
        ----------
        shape : tuple of int
            Of the array as it is stored.

        Raises
        ------
        BreachError
            There is no such chunk in it.
        """
        for starts, stops, _ in self.chunks:
            inside = len(starts) == len(stops) == len(shape) and all(
                0 <= start < stop <= size
                for start, stop, size in zip(starts, stops, shape, strict=True)
            )
            if not inside:
                raise BreachError("a chunk that lies outside its array")
        return [
            BadChunk(tuple(map(slice, starts, stops)), _harmless(reason))
            for starts, stops, reason in self.chunks
        ]


@dataclass(frozen=True, slots=True)
class Failed:
    """A request failed, with an error in words."""

    id: int
    error: str
    message: str
    reason: str

    @classmethod
    def told(cls, identity: int, error: UsidError) -> "Failed":
        """Tell an error; of a kind that is not listed, the nearest one that is."""
        kind = next(k for k in type(error).__mro__ if k.__name__ in KINDS)
        texts = (error.message[:_MOST_TEXT], error.reason[:_MOST_TEXT])
        return cls(identity, kind.__name__, *texts)

    def raised(self) -> UsidError:
        """Return the error, to be raised."""
        return KINDS[self.error](_harmless(self.message), _harmless(self.reason))


Reply = Hello | Part | Form | Done | Stopped | Progress | Bad | Failed
_FORMS: Mapping[str, type[Reply]] = {
    form.__name__: form
    for form in (Hello, Part, Form, Done, Stopped, Progress, Bad, Failed)
}


def packed(reply: Reply) -> bytes:
    """Return a reply as it is sent."""
    return json.dumps({"kind": type(reply).__name__, **asdict(reply)}).encode()


def checked(message: bytes) -> Reply:
    """Return the reply in a message, which may be anything.

    Parameters
    ----------
    message : bytes

    Returns
    -------
    Reply

    Raises
    ------
    BreachError
        It is none of the declared forms.
    """
    fields = _decoded(message)
    form = _FORMS.get(str(fields.pop("kind", None)))
    if form is None or set(fields) != set(form.__dataclass_fields__):
        raise BreachError("a message of no known form")
    for name, value in fields.items():
        if not _FITS[name](value):
            raise BreachError(f"{form.__name__} with a wrong '{name}'")
    reply: Reply = form(**fields)  # type: ignore[arg-type]
    return reply


def _harmless(text: str) -> str:
    """Text that can be encoded, and cannot move a terminal's cursor."""
    return "\n".join(map(plain, safe_name(text).split("\n")))


def _decoded(message: bytes) -> dict[str, object]:
    try:
        decoded: object = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise BreachError("a message that is no JSON") from error
    if not isinstance(decoded, dict):
        raise BreachError("a message that is no object")
    return decoded


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not _is_bool(value) and 0 <= value < 1 << 53


def _are_chunks(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= _MOST_BAD
        and all(isinstance(chunk, list) and _is_chunk(chunk) for chunk in value)
    )


def _is_chunk(chunk: list[object]) -> bool:
    return (
        len(chunk) == 3
        and all(isinstance(e, list) and all(map(_is_count, e)) for e in chunk[:2])
        and _is_text(chunk[2])
    )


def _are_kinds(value: list[object]) -> bool:
    return all(isinstance(kind, str) and kind in KINDS_OF_NUMBERS for kind in value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MOST_TEXT


def _is_fraction(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value) and 0 <= value <= 1


_FITS: Mapping[str, Callable[[object], bool]] = {
    "protocol": _is_count,
    "id": _is_count,
    "count": lambda value: (
        isinstance(value, int) and _is_count(value) and value <= PART
    ),
    "gaps": _is_bool,
    "last": _is_bool,
    "kinds": lambda value: (
        isinstance(value, list) and 0 < len(value) <= _MOST_KINDS and _are_kinds(value)
    ),
    "sketch": _is_bool,
    "value": _is_bool,
    "fraction": _is_fraction,
    "chunks": _are_chunks,
    "error": lambda value: isinstance(value, str) and value in KINDS,
    "message": _is_text,
    "reason": _is_text,
}
