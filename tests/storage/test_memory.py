import os
from pathlib import Path

import pytest

from usid_lab.storage import memory


@pytest.fixture(autouse=True)
def fresh():
    memory.most_bytes.cache_clear()
    yield
    memory.most_bytes.cache_clear()


def machine(monkeypatch, **sizes):
    """Make a machine that knows these of its sizes, and no /proc/meminfo."""

    def sysconf(name):
        if name not in sizes:
            raise ValueError(name)
        return sizes[name]

    def unreadable(*_):
        raise FileNotFoundError("no /proc")

    monkeypatch.setattr(os, "sysconf", sysconf, raising=False)
    monkeypatch.setattr(Path, "read_text", unreadable)


def test_an_array_takes_a_share_of_the_memory(monkeypatch):
    machine(monkeypatch, SC_PAGE_SIZE=4096, SC_PHYS_PAGES=1 << 20)
    assert memory.most_bytes() == 3 << 30


def test_16_gb_where_the_system_does_not_say(monkeypatch):
    machine(monkeypatch)
    assert memory.most_bytes() == 12 << 30
    assert memory.available_bytes() == 12 << 30


def test_windows_has_no_sysconf(monkeypatch):
    machine(monkeypatch)
    monkeypatch.delattr(os, "sysconf")
    assert memory.most_bytes() == memory.available_bytes() == 12 << 30


def test_free_pages_where_there_is_no_meminfo(monkeypatch):
    machine(monkeypatch, SC_PAGE_SIZE=4096, SC_AVPHYS_PAGES=1000)
    assert memory.available_bytes() == 4096 * 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MemTotal: 9 kB\nMemAvailable:    2048 kB\n", 2048 * 1024),
        ("MemTotal: 9 kB\n", 4096 * 1000),
        ("MemAvailable: many kB\n", 4096 * 1000),
    ],
)
def test_what_linux_could_free_counts(monkeypatch, text, expected):
    machine(monkeypatch, SC_PAGE_SIZE=4096, SC_AVPHYS_PAGES=1000)
    monkeypatch.setattr(Path, "read_text", lambda *_: text)
    assert memory.available_bytes() == expected
