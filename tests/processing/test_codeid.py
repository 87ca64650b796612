"""Functions are known by what they do."""

import functools
import os
import subprocess
import sys
import types

import numpy as np
import pytest

from usid_lab.processing.codeid import code_of

TOLD = """
import numpy as np
from usid_lab.processing.codeid import code_of
table, names = np.arange({size}), {{"b", "a", "c"}}

def helper(x):
    return x * {factor}

def function(block, {default}):
    # {comment}
    return helper(block) + table.sum() + (len(block) in {{"p", "q", "r"}})

class Found:
    scale = {factor}

    def function(self, block):
        return helper(block)

print(code_of(function), code_of(Found))
"""


def told(**changes):
    """Digests of a function and of a class, by a process of its own."""
    given = {"size": 3, "factor": 2, "default": "width=1", "comment": "", **changes}
    code = TOLD.format(**given)
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return ran.stdout.split()


def test_the_same_code_is_the_same_in_every_process():
    assert told() == told(comment="something else")


def test_whatever_it_depends_on_makes_it_another():
    same = told()
    assert told(size=4)[0] != same[0]
    assert told(default="width=2")[0] != same[0]
    assert told(factor=3)[0] != same[0]
    assert told(factor=3)[1] != same[1]


def test_what_it_closed_over_counts():
    def made(value):
        return lambda block: block + value

    assert code_of(made(1)) == code_of(made(1))
    assert code_of(made(1)) != code_of(made(2))
    assert code_of(made(np.ones(3))) != code_of(made(np.zeros(3)))


def test_a_variable_without_a_value_does_no_harm():
    def function(block):
        return later(block)

    before = code_of(function)

    def later(block):
        return block

    assert code_of(function) != before


def test_modules_and_objects_that_cannot_be_written_down_do_no_harm():
    thing, module = types.SimpleNamespace(a=1), np

    def function(block):
        return module.mean(block) + thing.a

    assert len(code_of(function)) == 16


shape = 1


def test_a_global_of_the_name_of_an_attribute_does_not_count(monkeypatch):
    def function(block):
        return block.shape[0]

    before = code_of(function)
    monkeypatch.setitem(globals(), "shape", 2)
    assert code_of(function) == before


def test_a_function_that_calls_itself_ends():
    def again(block):
        return again(block)

    assert len(code_of(again)) == 16


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def function(self, block):
        return block * self.factor


@pytest.mark.parametrize(
    "made",
    [
        lambda factor: Scaled(factor).function,
        lambda factor: functools.partial(Scaled(factor).function, 1),
        lambda factor: lambda block: Scaled(block).function(factor),
        lambda factor: [Scaled(factor), {"a": {Scaled: Scaled(factor)}}],
    ],
)
def test_objects_count_by_what_they_hold(made):
    assert code_of(made(1)) == code_of(made(1))
    assert code_of(made(1)) != code_of(made(2))


def test_what_a_class_is_made_of_counts():
    def kind(value):
        class Base:
            def function(self, block):
                return block * value

        class Made(Base):
            pass

        return Made

    assert code_of(kind(1)) == code_of(kind(1))
    assert code_of(kind(1)) != code_of(kind(2))


OBJECTS = """
import functools
from usid_lab.processing.codeid import code_of

class Slotted:
    __slots__ = ("names",)

    def function(self, block):
        return block

thing = Slotted()
thing.names = {"a", "b", "c", "d"}
print(code_of(thing.function), code_of(functools.partial(thing.function, 1)))
"""


def test_objects_of_a_script_are_the_same_in_every_process():
    found = {
        subprocess.check_output(
            [sys.executable, "-c", OBJECTS],
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    }
    assert len(found) == 1
