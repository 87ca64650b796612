"""How much memory a reader may take for itself."""

from dataclasses import dataclass

from usid_lab.errors import ArgumentError

_BLOCKS = 16  # of a reduction: in work, waiting to be folded, kept to be used again


@dataclass(frozen=True, slots=True)
class Budget:
    """Bytes of private memory of a reader, beside the arrays that it hands over.

    Half of it is for what is kept: decoded neighbours of what was read, or the whole
    dataset. A quarter is for pieces on their way, of which there is at least one, and
    so at least one chunk; the rest is for what nobody counts.

    Attributes
    ----------
    nbytes : int
        All of it, at least 0.
    """

    nbytes: int

    def __post_init__(self) -> None:
        given: object = self.nbytes
        if not isinstance(given, int) or given < 0:
            text = "The budget of a reader is a number of bytes."
            raise ArgumentError(text, f"got {given!r}")

    @property
    def kept(self) -> int:
        """Bytes that may be kept between reads."""
        return self.nbytes // 2

    @property
    def working(self) -> int:
        """Bytes of chunks and pieces on their way."""
        return self.nbytes // 4

    @property
    def gathered(self) -> int:
        """Bytes that a reduction may gather before its result is made."""
        return max(1, self.working // 4)

    @property
    def block(self) -> int:
        """Bytes of a block of a reduction."""
        return max(1, self.working // _BLOCKS)
