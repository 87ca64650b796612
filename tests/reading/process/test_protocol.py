"""Whatever a reader process says that breaks the protocol is refused."""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import wait_for

import usid_lab as ul
from usid_lab import errors
from usid_lab.errors import DamagedDataError
from usid_lab.reading.planning.arranging import gap_dtype
from usid_lab.reading.process import arena, replies, spawning
from usid_lab.reading.process.assembly import Assembly
from usid_lab.reading.process.channel import BreachError
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.reading.process.remote import RemoteReader

GOOD = [
    replies.Hello(1),
    replies.Part(3, 17, gaps=False, last=True, sketch=False),
    replies.Done(4, value=False),
    replies.Stopped(5),
    replies.Progress(6, 0.5),
    replies.Bad(6, [[[0, 2], [1, 4], "no such code"]]),
    replies.Failed(7, "FileError", "It is gone.", "no such file"),
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize("reply", GOOD)
def test_replies_arrive_as_they_were_sent(reply):
    assert replies.checked(replies.packed(reply)) == reply


@given(st.binary(max_size=200))
def test_bytes_are_a_reply_or_a_breach(message):
    with suppress(BreachError):
        assert replies.checked(message) in GOOD


@given(st.sampled_from(GOOD), st.data())
def test_one_wrong_field_is_a_breach(reply, data):
    fields = json.loads(replies.packed(reply))
    name = data.draw(st.sampled_from(sorted(fields)))
    right = type(fields[name])
    wrong = data.draw(json_values.filter(lambda value: type(value) is not right))
    with pytest.raises(BreachError):
        replies.checked(json.dumps(fields | {name: wrong}).encode())


@pytest.mark.parametrize(
    ("reply", "change"),
    [
        (GOOD[1], {"count": arena.PART + 1}),
        (GOOD[1], {"count": -1}),
        (GOOD[1], {"id": 1 << 60}),
        (GOOD[1], {"more": 1}),
        (GOOD[4], {"fraction": 1.5}),
        (GOOD[6], {"error": "SystemExit"}),
        (GOOD[6], {"error": "NotMainError"}),
        (GOOD[5], {"chunks": [[[0], [1], "x"]] * 257}),
        (GOOD[5], {"chunks": [[[0], [1]]]}),
        (GOOD[5], {"chunks": [[[0], [-1], "x"]]}),
        (GOOD[6], {"message": "x" * 5000}),
    ],
)
def test_what_is_out_of_range_is_a_breach(reply, change):
    fields = json.loads(replies.packed(reply))
    with pytest.raises(BreachError):
        replies.checked(json.dumps(fields | change).encode())


def test_a_field_that_is_missing_is_a_breach():
    with pytest.raises(BreachError):
        replies.checked(b'{"kind": "Done", "id": 1}')


@pytest.mark.parametrize(
    "chunk", [[[0], [4], ""], [[0, 0], [5, 5], ""], [[2, 2], [2, 4], ""]]
)
def test_a_bad_chunk_outside_its_array_is_a_breach(chunk):
    with pytest.raises(BreachError):
        replies.Bad(1, [chunk]).found((4, 5))


@pytest.mark.parametrize("text", ["\x1b[2J", "\udcff", "a\u202eb"])
def test_texts_are_made_harmless(text):
    error = replies.Failed(1, "FileError", text, text).raised()
    assert isinstance(error, errors.FileError)
    assert error.message.isprintable()
    assert error.message.encode()


def test_every_error_of_reading_can_be_told():
    for kind in replies.KINDS.values():
        told = replies.Failed.told(1, kind("Words.", "a reason"))
        back = replies.checked(replies.packed(told)).raised()
        assert (type(back), back.message, back.reason) == (kind, "Words.", "a reason")
    other = replies.Failed.told(1, errors.NotMainError("Not a Main."))
    assert type(other.raised()) is errors.UsidError


class Slot:
    """Memory that holds what was put into it last."""

    def __init__(self, dtype):
        self.dtype, self.next = dtype, 0

    def __call__(self, number, nbytes):
        assert nbytes <= arena.PART
        count = nbytes // self.dtype.itemsize
        values = np.arange(self.next, self.next + count).astype(self.dtype)
        self.next += count
        return values.view("u1")


@given(
    st.integers(0, 40),
    st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.booleans()), max_size=6),
)
def test_parts_make_a_whole_or_a_breach(size, parts):
    result = Assembly((size,), np.dtype("i4"))
    seen = 0
    for count, gaps, last in parts:
        fits = seen + count <= size and last == (seen + count == size)
        fits = fits and (count or last) and not result.is_whole
        slot = Slot(gap_dtype(np.dtype("i4")) if gaps else np.dtype("i4"))
        slot.next = seen
        if not fits:
            with pytest.raises(BreachError):
                result.take(replies.Part(1, count, gaps, last, sketch=False), slot)
            return
        result.take(replies.Part(1, count, gaps, last, sketch=False), slot)
        seen += count
    if result.is_whole:
        np.testing.assert_array_equal(result.result(), np.arange(size))


@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.booleans()), max_size=8),
)
def test_sketches_lie_behind_what_is_known_or_are_a_breach(size, parts):
    result = Assembly((size,), np.dtype("i4"))
    known, sketched, shown = 0, 0, np.full(size, np.nan)
    for count, last, sketch in parts:
        start = known + sketched if sketch else known
        fits = 0 < count <= size - start
        if not sketch:
            fits = fits and last == (start + count == size)
        slot = Slot(np.dtype("f8") if sketch else np.dtype("i4"))
        slot.next = start
        part = replies.Part(1, count, gaps=False, last=last, sketch=sketch)
        if not fits or result.is_whole:
            with pytest.raises(BreachError):
                result.take(part, slot)
            return
        result.take(part, slot)
        shown[start : start + count] = np.arange(start, start + count)
        known += 0 if sketch else count
        if sketch:
            sketched = 0 if last else sketched + count
            assert result.can_be_shown == last
        np.testing.assert_array_equal(result.so_far(), shown)


HOSTILE = """
import socket, struct, sys
end = socket.socket(fileno=int(sys.argv[1]))
def say(text):
    data = text if isinstance(text, bytes) else text.encode()
    end.sendall(struct.pack("!Q", len(data)) + data)
say('{"kind": "Hello", "protocol": 2}')
end.recv(1)
SAY
end.recv(1 << 20)
import time
time.sleep(60)
"""


@pytest.mark.parametrize(
    "says",
    [
        'say("no JSON")',
        'say(b"\\x80\\x05cos\\nsystem\\n")',
        'say("[" * 100000)',
        'say(\'{"kind": "Done", "id": 99, "value": true}\')',
        'say(\'{"kind": "Hello", "protocol": 2}\')',
        'say(\'{"kind": "Done", "id": 1, "value": true}\')',
        'say(\'{"kind": "Part", "id": 1, "count": 9, "gaps": false, "last": true, '
        '"sketch": false}\')',
        'say(\'{"kind": "Part", "id": 1, "count": 9999, "gaps": true, "last": true, '
        '"sketch": true}\')',
        'end.sendall(b"\\xff" * 64)',
        'for _ in range(40): say(\'{"kind": "Part", "id": 1, "count": 0, '
        '"gaps": true, "last": false, "sketch": false}\')',
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="inherits a descriptor")
def test_a_process_that_was_taken_over_is_ended(
    plain_file, tmp_path, monkeypatch, says
):
    program = tmp_path / "hostile.py"
    program.write_text(HOSTILE.replace("SAY", says))
    monkeypatch.setattr(spawning, "_PROGRAM", program)
    process = ReaderProcess()
    assert process.comes_up()
    pid = process.pid
    reader = RemoteReader(process, ul.open(plain_file).array("/x").brief())
    with pytest.raises(DamagedDataError, match="ended in a crash"):
        reader.read({})
    wait_for(lambda: not Path(f"/proc/{pid}").exists())
    process.close()


@pytest.mark.skipif(sys.platform != "linux", reason="seals are Linux's")
def test_the_process_cannot_cut_the_shared_memory_short():
    memory, handle = arena.make()
    with pytest.raises(PermissionError):
        os.ftruncate(int(handle), 0)
    arena.let_go(handle)
    memory.close()


def test_parts_of_the_arena_do_not_overlap():
    memory, handle = arena.make()
    arena.let_go(handle)
    for slot in range(arena.SLOTS):
        for number in range(2):
            memory.part(slot, number, arena.PART)[:] = 2 * slot + number
    kept = [
        memory.part(slot, number, arena.PART)
        for slot in range(arena.SLOTS)
        for number in range(2)
    ]
    assert [set(np.unique(part)) for part in kept] == [{i} for i in range(10)]
    del kept
    memory.close()
