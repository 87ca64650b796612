"""Showing a run while somebody waits for it: in a notebook, or in a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from usid_lab import _bridges

if TYPE_CHECKING:
    from usid_lab.processing.progress import Progress
    from usid_lab.processing.run import Run


@contextmanager
def shown(run: "Run") -> Iterator[None]:
    """Show how far a run is, as long as a ``with`` statement lasts.

    Parameters
    ----------
    run : Run
        That was started.
    """
    if _bridges.show_run(run) or not _is_terminal():
        yield
        return
    bar = _Bar(run)
    unobserve = run.observe(bar.tell)
    try:
        yield
    finally:
        unobserve()
        bar.close(run.progress)


def _is_terminal() -> bool:
    stream = sys.stderr
    return stream is not None and stream.isatty()


class _Bar:
    def __init__(self, run: "Run") -> None:
        from tqdm import tqdm

        now = run.progress
        self._bar = tqdm(
            total=now.total, initial=now.done, desc=run.name, unit=" places"
        )

    def tell(self, now: "Progress") -> None:
        self._bar.set_postfix_str(now.message, refresh=False)
        self._bar.update(now.done - self._bar.n)

    def close(self, now: "Progress") -> None:
        self.tell(now)
        self._bar.close()
