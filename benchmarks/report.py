"""Tables of results, printed and kept in `benchmarks/results`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.statistics import Spread

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a figure, and its ratio to the peer's."""

    label: str
    figure: Spread
    ratio: Spread | None = None
    note: str = ""

    def __str__(self) -> str:
        times = (
            "-"
            if not self.figure.count
            else f"{self.figure}  p95 {self.figure.p95:.0f}"
        )
        share = (
            f"{self.ratio.median:.3f} [{self.ratio.lower:.3f}-{self.ratio.upper:.3f}]"
            if self.ratio
            else ""
        )
        return f"  {self.label:34} {times:38} {share:24} {self.note}".rstrip()


def report(name: str, title: str, rows: Sequence[Row]) -> None:
    """Print a table: median [quartiles], p95, ratio; and keep it as JSON."""
    print(title, *rows, "", sep="\n", flush=True)
    FOLDER.mkdir(exist_ok=True)
    table = {"title": title, "rows": [asdict(row) for row in rows]}
    (FOLDER / f"{name}.json").write_text(json.dumps(table, indent=2))
