"""Sums of rows are those of numpy, part by part, and see every bit."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usid_lab.reading.sidecars.rawbytes import row_sums

WORDS = st.sampled_from([1, 2, 4])


def drawn(rows, nbytes):
    return np.random.default_rng(rows * nbytes).integers(0, 256, (rows, nbytes), "u1")


@given(rows=st.integers(1, 4), nbytes=st.integers(1, 70), word=WORDS)
def test_they_are_those_of_whole_numbers(rows, nbytes, word):
    found = drawn(rows, nbytes)
    for row, total in zip(found, row_sums(found, word), strict=True):
        padded = row.tobytes() + bytes(-nbytes % word)
        parts = [padded[n : n + word] for n in range(0, len(padded), word)]
        assert int(total) == sum(int.from_bytes(p, sys.byteorder) for p in parts)


@given(cut=st.integers(0, 8), nbytes=st.integers(1, 70), word=WORDS)
def test_those_of_parts_add_up(cut, nbytes, word):
    found = drawn(3, nbytes)
    at = min(cut * word, nbytes)
    halves = (found[:, :at].copy(), found[:, at:].copy())
    total = sum((row_sums(h, word) for h in halves if h.size), np.zeros(3, "u8"))
    np.testing.assert_array_equal(total, row_sums(found, word))


@given(bit=st.integers(0, 8 * 33 - 1), word=WORDS)
def test_a_flipped_bit_changes_them(bit, word):
    found = drawn(1, 33)
    before = row_sums(found, word)
    found[0, bit // 8] ^= 1 << bit % 8
    assert row_sums(found, word) != before


@pytest.mark.parametrize("value", [1.0, 0.5, 2.0, -1.0, -0.0])
@pytest.mark.parametrize("kind", ["f4", "f8", "f2"])
def test_a_lost_page_of_equal_values_changes_them(value, kind):
    """Not so where sums overflow, or bits are only compared."""
    found = np.full((1, 8192), value, kind)
    before = row_sums(found, 4)
    found.view("u1")[0, 4096:8192] = 0
    assert row_sums(found, 4) != before
