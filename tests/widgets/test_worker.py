"""The one thread that reads: the newest wins, the overtaken stop."""

import threading
from dataclasses import dataclass, field

import pytest

from usid_lab.widgets.worker import AHEAD, IDLE, TURN, Worker


@dataclass(eq=False)
class Task:
    """A job that asks `stop` until it is let go, and writes down what happens."""

    name: str
    log: list
    slot: str | None = None
    waits: bool = False
    begun: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def id(self):
        return self.name

    def run(self, stop):
        self.log.append(f"{self.name} begins")
        self.begun.set()
        while self.waits and not self.let_go.wait(0.001):
            if stop():
                self.log.append(f"{self.name} stopped")
                return
        self.log.append(f"{self.name} ends")

    def overtaken(self):
        self.log.append(f"{self.name} overtaken")


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    worker.close()
    assert worker.join(30)


@pytest.fixture
def log():
    return []


def begun(worker, task):
    worker.submit(task)
    assert task.begun.wait(30)
    return task


def test_jobs_are_done_in_order_in_another_thread(worker, log):
    for name in "abc":
        worker.submit(Task(name, log))
    assert worker.join(30)
    assert log == [f"{n} {what}" for n in "abc" for what in ("begins", "ends")]


def test_a_newer_request_stops_the_older_one_of_its_slot(worker, log):
    old = begun(worker, Task("old", log, "map", waits=True))
    worker.submit(Task("new", log, "map"))
    assert worker.join(30)
    assert log == ["old begins", "old stopped", "new begins", "new ends"]
    assert not old.let_go.is_set()


def test_of_many_wishes_the_newest_is_done(worker, log):
    busy = begun(worker, Task("busy", log, TURN, waits=True))
    deep = begun(worker, Task("deep", log, "map", waits=True))
    for number in range(5):
        worker.submit(Task(f"curve {number}", log, "curve", waits=False))
    deep.let_go.set()
    busy.let_go.set()
    assert worker.join(30)
    assert "curve 4 ends" in log
    done = [entry for entry in log if entry.startswith("curve")]
    assert {entry.split()[2] for entry in done} <= {"begins", "ends", "overtaken"}
    assert len([e for e in done if e.endswith(("ends", "overtaken"))]) == 5


def test_other_slots_are_served_between_two_pieces(worker, log):
    slow = begun(worker, Task("map", log, "map", waits=True))
    begun(worker, Task("curve", log, "curve"))
    begun(worker, Task("tree", log))
    slow.let_go.set()
    assert worker.join(30)
    assert log[0] == "map begins"
    assert log[-1] == "map ends"
    assert "curve ends" in log[:-1]
    assert "tree ends" in log[:-1]


def test_jobs_in_turn_wait_for_each_other(worker, log):
    first = begun(worker, Task("first", log, TURN, waits=True))
    worker.submit(Task("second", log, TURN))
    begun(worker, Task("tree", log))
    first.let_go.set()
    assert worker.join(30)
    assert log.index("first ends") < log.index("second begins")
    assert log.index("tree ends") < log.index("first ends")


def test_what_is_done_while_nobody_waits_serves_others_too(worker, log):
    spare = begun(worker, Task("spare", log, IDLE, waits=True))
    begun(worker, Task("map", log, "map"))
    spare.let_go.set()
    assert worker.join(30)
    assert log == ["spare begins", "map begins", "map ends", "spare ends"]


def test_what_is_done_ahead_waits_until_nothing_else_is_to_do(worker, log):
    spare = begun(worker, Task("spare", log, IDLE, waits=True))
    ahead = Task("ahead", log, AHEAD)
    worker.submit(ahead)
    spare.let_go.set()
    assert worker.join(30)
    assert log == ["spare begins", "spare ends", "ahead begins", "ahead ends"]


@pytest.mark.parametrize("slot", [None, "map", TURN])
def test_whatever_is_asked_ends_what_is_done_ahead(worker, log, slot):
    begun(worker, Task("ahead", log, AHEAD, waits=True))
    worker.submit(Task("wanted", log, slot))
    assert worker.join(30)
    assert log.count("wanted ends") == 1
    assert "ahead stopped" in log
    assert "ahead ends" not in log


def test_what_is_to_be_done_ahead_is_forgotten_when_something_is_asked(worker, log):
    busy = begun(worker, Task("busy", log, "map", waits=True))
    worker.submit(Task("ahead", log, AHEAD))
    worker.submit(Task("curve", log, "curve"))
    busy.let_go.set()
    assert worker.join(30)
    assert "ahead begins" not in log
    assert "ahead overtaken" in log


def test_nothing_is_done_ahead_after_close(log):
    worker = Worker()
    worker.submit(Task("ahead", log, AHEAD))
    worker.close()
    assert worker.join(30)
    assert log == []


def test_a_job_in_turn_ends_what_is_done_while_nobody_waits(worker, log):
    begun(worker, Task("spare", log, IDLE, waits=True))
    worker.submit(Task("open", log, TURN))
    assert worker.join(30)
    assert log == ["spare begins", "spare stopped", "open begins", "open ends"]


def test_cancel_stops_what_runs_and_forgets_what_waits(worker, log):
    begun(worker, Task("map", log, "map", waits=True))
    worker.cancel("map")
    assert worker.join(30)
    assert log == ["map begins", "map stopped"]


def test_after_close_nothing_is_begun(worker, log):
    begun(worker, Task("map", log, "map", waits=True))
    worker.close()
    worker.submit(Task("curve", log, "curve"))
    assert worker.join(30)
    assert log == ["map begins", "map stopped"]


def test_the_thread_ends_when_there_is_nothing_to_do(worker, log):
    worker.submit(Task("a", log))
    assert worker.join(30)
    worker.submit(Task("b", log))
    assert worker.join(30)
    assert log[-1] == "b ends"


class Watching(Task):
    """A job that looks whether somebody waits, and serves nobody before."""

    def run(self, stop):
        self.begun.set()
        while not stop.is_due():
            pass
        self.log.append(f"{self.name} gives way")
        self.log.append(f"stop: {stop()}")


def test_a_job_may_look_whether_somebody_waits(worker, log):
    begun(worker, Watching("map", log, "map"))
    worker.submit(Task("curve", log, "curve"))
    assert worker.join(30)
    assert log == ["map gives way", "curve begins", "curve ends", "stop: False"]


def test_it_sees_that_it_was_overtaken(worker, log):
    begun(worker, Watching("old", log, "map"))
    worker.submit(Task("new", log, "map"))
    assert worker.join(30)
    assert log == ["old gives way", "stop: True", "new begins", "new ends"]


def test_a_turn_that_is_withdrawn_stops(worker, log):
    first = begun(worker, Task("first", log, slot=TURN, waits=True))
    worker.submit(Task("second", log, slot=TURN))
    worker.submit(Task("third", log, slot=TURN))
    worker.withdraw("second")
    worker.withdraw("first")
    assert worker.join(30)
    assert first.let_go.is_set() is False
    assert sorted(log[1:3]) == ["first stopped", "second overtaken"]
    assert log[3:] == ["third begins", "third ends"]


def test_what_nobody_knows_is_withdrawn_in_vain(worker, log):
    task = begun(worker, Task("a", log, slot=TURN, waits=True))
    worker.withdraw("b")
    task.let_go.set()
    assert worker.join(30)
    assert log == ["a begins", "a ends"]
