import enum
import json
import math
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.errors import ArgumentTypeError
from usid_lab.processing.ledger.canonical import canonical, digest_of

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values))
def test_equal_parameters_are_written_alike_in_any_order(parameters):
    turned = dict(reversed(list(parameters.items())))
    told = canonical(parameters)
    json.dumps(told, allow_nan=False)
    assert digest_of(told) == digest_of(canonical(turned))


@given(st.floats(), st.floats())
def test_numbers_are_written_alike_exactly_where_they_are(one, other):
    same = repr(one) == repr(other)
    alike = digest_of(canonical({"x": one})) == digest_of(canonical({"x": other}))
    assert alike == same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        ("1", 1),
        (None, "None"),
        (np.zeros(3), np.zeros((3, 1))),
        (np.zeros(3, "f4"), np.zeros(3, "f8")),
        (np.arange(3), np.arange(3)[::-1]),
        (1j, 1.0),
        ([1, [2]], [[1], 2]),
        (b"a", "a"),
        (range(3), range(4)),
        (slice(1, 2), range(1, 2)),
        (slice(np.int64(1)), slice(np.int64(2))),
        (np.longdouble(1), np.longdouble(1) + np.finfo(np.longdouble).eps),
        (np.datetime64("2020-01-01"), np.datetime64("2020-01-02")),
        (math.sin, math.cos),
        (partial(math.pow, 2), partial(math.pow, 3)),
        (partial(int, base=2), partial(int, base=3)),
        ("a b".split, "c d".split),
        (np.sin, np.cos),
        (int, float),
        (int.from_bytes, int.to_bytes),
        (lambda x: x + 1, lambda x: x + 2),
        (lambda x, a=1: x + a, lambda x, a=2: x + a),
    ],
)
def test_these_are_told_apart(one, other):
    assert digest_of(canonical({"p": one})) != digest_of(canonical({"p": other}))


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, 2), [1, 2]),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.str_("a"), "a"),
        (np.bool_(True), True),
        (Colour.RED, "red"),
        (np.arange(6).reshape(2, 3)[:, ::2], np.array([[0, 2], [3, 5]])),
        (np.array(["a", "b"], object), ["a", "b"]),
    ],
)
def test_these_are_the_same(one, other):
    assert canonical({"p": one}) == canonical({"p": other})


def test_what_a_function_closed_over_counts():
    def scaled(factor):
        return lambda x: x * factor

    digests = {digest_of(canonical({"f": scaled(n)})) for n in (1, 2, 2)}
    assert len(digests) == 2


NOTEBOOK = """
from usid_lab.processing.ledger.canonical import canonical, digest_of

class Line:
    def value(self, x):
        return {slope} * x

print(digest_of(canonical({{"model": Line}})))
"""


def test_a_class_of_a_notebook_counts_by_its_code():
    digests = {
        subprocess.check_output([sys.executable, "-c", NOTEBOOK.format(slope=slope)])
        for slope in (1, 2, 2)
    }
    assert len(digests) == 2


def test_another_process_writes_a_function_alike():
    code = (
        "from usid_lab.processing.ledger.canonical import canonical, digest_of\n"
        "f = lambda x: x in {'a', 'b', 'c', 'd'}\n"
        "print(digest_of(canonical({'f': f})))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "SYSTEMROOT": "C:\\Windows"},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


class Model:
    """Called like a function; what it carries is nobody's business."""

    def __call__(self, x):
        return x


@pytest.mark.parametrize("made", [object(), Model(), Model().__call__, {1, 2}])
def test_what_cannot_be_written_down_is_refused(made):
    with pytest.raises(ArgumentTypeError, match="parameter 'made' cannot be"):
        canonical({"made": made})
