"""A thread that works beside, and is left alone."""

import threading

from waiting import wait_for

from usid_lab.processing.executors.aside import Aside


def test_nothing_is_begun_once_it_is_abandoned():
    begun, second = threading.Event(), threading.Event()
    aside = Aside()

    def for_ever():
        begun.set()
        while True:
            sum(range(100))

    first = aside.submit(for_ever)
    aside.submit(second.set)
    assert begun.wait(60)
    aside.abandon()
    wait_for(first.done)
    wait_for(lambda: "usid-lab-serial" not in {t.name for t in threading.enumerate()})
    assert not second.is_set()
