import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from usid_lab.pyusid.io import io_utils as io


@pytest.fixture
def machine(monkeypatch):
    def machine(cores):
        monkeypatch.setattr(os, "cpu_count", lambda: cores)

    return machine


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1e-5, "0.01 msec"),
        (0.25, "250.0 msec"),
        (59, "59.0 sec"),
        (210, "3.5 mins"),
        (14497.34, "4.03 hours"),
    ],
)
def test_times_are_told_in_their_largest_unit(seconds, text):
    assert io.format_time(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0.0 bytes"), (1023, "1023.0 bytes"), (1024, "1.0 kB"), (5e12, "4.55 TB")],
)
def test_sizes_are_told_in_powers_of_1024(size, text):
    assert io.format_size(size) == text


def test_quantities_round_to_the_digits_asked_for():
    assert io.format_quantity(np.float64(1234.5678), ["m", "km"], [1, 1000], 3) == (
        "1.235 km"
    )


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        (("1", ["a"], [1]), TypeError),
        ((1, ["a", "b"], [1]), ValueError),
        ((1, [], []), ValueError),
        ((1, [5], [1]), TypeError),
        ((1, ["a"], [1], "2"), TypeError),
    ],
)
def test_quantities_that_make_no_sense(args, kind):
    with pytest.raises(kind):
        io.format_quantity(*args)


def test_text_becomes_a_number():
    units = ["MHz", "kHz"], [1e6, 1e3]
    assert io.formatted_str_to_number("4.32 MHz", *units) == 4.32e6
    assert io.formatted_str_to_number("2_kHz", *units, separator="_") == 2000
    assert io.formatted_str_to_number("2 GHz", *units) is None


@pytest.mark.parametrize("text", ["4.32MHz", "1 2 MHz", "x MHz"])
def test_text_that_is_no_number_with_a_unit(text):
    with pytest.raises(ValueError, match=r"expected|could not convert"):
        io.formatted_str_to_number(text, ["MHz"], [1e6])


def test_the_time_stamp_has_the_form_of_the_files():
    assert re.fullmatch(r"\d{4}(_\d\d){2}-\d\d(_\d\d){2}", io.get_time_stamp())


def test_a_remote_session_is_seen(monkeypatch):
    monkeypatch.delenv("SSH_CLIENT", raising=False)
    monkeypatch.delenv("SSH_TTY", raising=False)
    assert io.check_ssh() is False
    monkeypatch.setenv("SSH_TTY", "/dev/pts/0")
    assert io.check_ssh() is True


def test_the_file_is_asked_for_at_the_prompt(monkeypatch, tmp_path):
    asked = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or ' "a.h5" ')
    assert Path(io.file_dialog(["H5 (*.h5)"], "Which file")) == tmp_path / "a.h5"
    assert asked == ["Which file [H5 (*.h5)]: "]


def test_available_memory_is_less_than_there_is():
    found = io.get_available_memory()
    assert isinstance(found, int)
    assert found > 0
    if sys.platform == "linux":
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        assert found <= total


@pytest.mark.parametrize(
    ("cores", "args", "wanted"),
    [
        # All but one of few cores, all but two of many, and at least one.
        (4, (14035,), 3),
        (8, (14035,), 6),
        (1, (14035,), 1),
        (4, (14035, 3), 3),
        (4, (14035, 99), 4),
        # Few quick jobs are not worth several cores; long ones are.
        (4, (13, 3), 1),
        (4, (13, 3, True), 3),
        (16, (200,), 5),
        (16, (14035, None, False, 10), 6),
    ],
)
def test_cores_that_are_recommended(cores, args, wanted, machine):
    machine(cores)
    assert io.recommend_cpu_cores(*args) == wanted


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"num_jobs": 0}, ValueError),
        ({"num_jobs": 2.5}, TypeError),
        ({"num_jobs": 5, "requested_cores": 0}, ValueError),
        ({"num_jobs": 5, "requested_cores": "2"}, TypeError),
        ({"num_jobs": 5, "min_free_cores": 4}, ValueError),
        ({"num_jobs": 5, "min_free_cores": -1}, ValueError),
    ],
)
def test_cores_that_cannot_be(options, kind, machine):
    machine(4)
    with pytest.raises(kind):
        io.recommend_cpu_cores(**options)


@pytest.mark.parametrize("kind", [int, float, np.float32, np.int64, np.uint32])
def test_numpy_numbers_are_written_like_others(kind):
    assert io.format_size(kind(3_000_000)) == "2.86 MB"
    assert io.format_time(kind(3_000_000)) == "833.33 hours"
