"""Pieces are judged by what they take, not by what others do meanwhile."""

from types import SimpleNamespace

import pytest

from usid_lab.reading import stopwatch
from usid_lab.reading.stopwatch import Stopwatch


@pytest.mark.parametrize(
    ("wall", "work", "turns", "seconds"),
    [
        (8.0, 1.0, 0, 8.0),  # the disk took the rest
        (8.0, 1.0, 1, 3.0),  # others had the core
        (2.0, 1.0, 1, 2.0),
        (1.0, 1.0, 0, 1.0),
    ],
)
def test_what_counts(monkeypatch, wall, work, turns, seconds):
    state = {"wall": 100.0, "work": 10.0, "turns": 5}
    clock = SimpleNamespace(
        perf_counter=lambda: state["wall"], thread_time=lambda: state["work"]
    )
    monkeypatch.setattr(stopwatch, "time", clock)
    monkeypatch.setattr(stopwatch, "_turns", lambda: state["turns"])
    watch = Stopwatch()
    state["wall"] += wall
    state["work"] += work
    state["turns"] += turns
    assert watch.seconds == seconds


def test_the_clocks_of_this_machine():
    watch = Stopwatch()
    sum(range(100_000))
    assert watch.seconds > 0
