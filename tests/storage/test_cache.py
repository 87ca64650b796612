import numpy as np
import pytest

from usid_lab.model.axis import plain_axis
from usid_lab.model.dimension import Dimension
from usid_lab.storage.cache import AxisCache


def axis(size=10):
    return plain_axis(Dimension("X", "m", np.arange(float(size))))


def never():
    pytest.fail("derived again")


def test_an_axis_is_derived_once():
    cache = AxisCache()
    first = cache.get("a", axis)
    assert cache.get("a", never) is first


def test_the_oldest_go_first_and_use_counts():
    cache = AxisCache(max_bytes=250)
    for key in "abc":
        cache.get(key, axis)
    cache.get("a", never)
    cache.get("d", axis)
    assert len(cache) == 3
    cache.get("a", never)
    made = []
    cache.get("b", lambda: made.append(1) or axis())
    assert made


def test_what_is_larger_than_the_budget_is_not_kept():
    cache = AxisCache(max_bytes=250)
    cache.get("a", axis)
    assert cache.get("large", lambda: axis(1000)).length == 1000
    assert len(cache) == 0
    cache.get("b", axis)
    assert len(cache) == 1


def test_another_thread_may_have_been_quicker():
    cache = AxisCache(max_bytes=100)

    def derive():
        cache.get("a", axis)
        return axis()

    cache.get("a", derive)
    assert len(cache) == 1  # counted once
