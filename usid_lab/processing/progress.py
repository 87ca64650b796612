"""How far a run is."""

from dataclasses import dataclass
from typing import Literal

State = Literal["waiting", "running", "committing", "done", "cancelled", "failed"]
ENDS: tuple[State, ...] = ("done", "cancelled", "failed")


@dataclass(frozen=True, slots=True)
class Progress:
    """A snapshot of a run.

    Attributes
    ----------
    done, total : int
        Places that are computed and kept, and all of them.
    rate : float or None
        Places for each second, since this run began; None before the first ones.
    remaining : float or None
        Seconds that are left, at this rate.
    state : str
        ``waiting | running | committing | done | cancelled | failed``.
    message : str
        A remark in words; may be empty.
    """

    done: int
    total: int
    rate: float | None = None
    remaining: float | None = None
    state: State = "waiting"
    message: str = ""

    @property
    def fraction(self) -> float:
        """How much is done, from 0 to 1."""
        return self.done / self.total if self.total else 1.0

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDS
