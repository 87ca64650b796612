"""Whether memory decides how long a function takes, or the processor."""

from usid_lab.processing.block import Block

_QUICK = 768 << 20  # bytes a second: one core fetches few more, two gain little
_ENOUGH = 2  # blocks; the first one also loads what is needed


class Quickness:
    """Learns from blocks, by whomever they were computed.

    It goes by the time of the processor, which does not depend on who else uses it.

    Parameters
    ----------
    place_bytes : int
        What is read and made for one place.
    """

    def __init__(self, place_bytes: int) -> None:
        self._place_bytes = place_bytes
        self._speeds: list[float] = []

    @property
    def is_quick(self) -> bool | None:
        """Whether memory decides; None where too little is known."""
        if len(self._speeds) < _ENOUGH:
            return None
        return max(self._speeds) > _QUICK

    def learn(self, block: Block) -> None:
        """Take note of how long a block took."""
        if block.cpu > 0:
            self._speeds.append(len(block.span) * self._place_bytes / block.cpu)
