"""Assertions and hypothesis strategies for people who write processes.

Assertions need nothing but usid_lab; :mod:`usid_lab.testing.strategies` needs the
package hypothesis, and is imported by its full name.

>>> from usid_lab.testing import assert_arrays_equal
>>> assert_arrays_equal([1, 2], [1, 2])
"""

from usid_lab.testing.assertions import (
    assert_arrays_equal,
    assert_datasets_equal,
    untouched,
)
from usid_lab.testing.maindata import MainData, serpentine
from usid_lab.testing.processes import check_process

__all__ = [
    "MainData",
    "assert_arrays_equal",
    "assert_datasets_equal",
    "check_process",
    "serpentine",
    "untouched",
]
