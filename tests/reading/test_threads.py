"""Work that threads share is done once, and ends with its first error."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from usid_lab.reading.threads import Team, team


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("most", [None, 1, 2, 100])
@pytest.mark.parametrize("count", [0, 1, 3, 100])
def test_everything_is_done_once(size, most, count):
    done = []
    Team(size).share(range(count), done.append, most)
    assert sorted(done) == list(range(count))


def test_several_work_at_a_time():
    meeting = threading.Barrier(3, timeout=60)
    Team(3).share(range(3), lambda _: meeting.wait())
    assert meeting.n_waiting == 0


def test_no_more_than_allowed_work_at_a_time():
    lock, now, peak = threading.Lock(), [], []

    def work(item):
        with lock:
            now.append(item)
            peak.append(len(now))
        with lock:
            now.remove(item)

    Team(8).share(range(500), work, 2)
    assert max(peak) <= 2


@pytest.mark.parametrize("size", [1, 4])
def test_the_first_error_ends_it(size):
    done = []

    def work(item):
        done.append(item)
        if item == 3:
            raise KeyError(item)

    with pytest.raises(KeyError):
        Team(size).share(range(100_000), work)
    assert len(done) < 100_000


def test_work_that_shares_work():
    inner, outer = Team(2), Team(2)
    done = []

    def work(item):
        inner.share(range(10), lambda other: done.append((item, other)))

    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda _: outer.share(range(10), work), range(4)):
            pass
    assert len(done) == 400


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_has_threads_of_its_own():
    meeting = threading.Barrier(2, timeout=60)
    work = Team(2) if team._size < 2 else team
    work.share(range(2), lambda _: meeting.wait())
    child = os.fork()
    if not child:
        done = []
        team.share(range(100), done.append)
        os._exit(0 if sorted(done) == list(range(100)) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
