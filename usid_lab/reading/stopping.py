"""How what takes long is stopped, and what it tells meanwhile."""

from collections.abc import Callable

Stop = Callable[[], bool]
Progress = Callable[[float], None]


class Stopped(Exception):  # noqa: N818
    """A read was stopped before its end, because somebody asked for that."""
