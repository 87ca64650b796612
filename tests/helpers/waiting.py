"""Waiting for what other processes do."""

import time


def wait_for(is_so, seconds=60.0, every=0.005):
    """Wait until something is so; fails where it does not become so."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(every)
