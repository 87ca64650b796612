from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import (
    array_dtypes,
    complex_number_dtypes,
    floating_dtypes,
    integer_dtypes,
)
from known_runs import names_in

from usid_lab.errors import ArgumentError, DamagedDataError
from usid_lab.model.dimension import Dimension
from usid_lab.processing.block import Block
from usid_lab.processing.ledger.shards import ASIDE, Shards
from usid_lab.processing.outputs import Resolved
from usid_lab.processing.span import Span

RUN = "0123456789abcdef" * 2
quick = settings(max_examples=60, suppress_health_check=list(HealthCheck))

numbers = integer_dtypes() | floating_dtypes(endianness="=") | complex_number_dtypes()
types = numbers | array_dtypes(numbers, min_size=1, max_size=4)


@st.composite
def stores(draw):
    """Outputs of any kind, and blocks of them."""
    count = draw(st.integers(1, 40))
    outputs = []
    for number in range(draw(st.integers(1, 3))):
        sizes = draw(st.lists(st.integers(1, 3), max_size=2))
        dims = tuple(Dimension(f"D{n}", "", size) for n, size in enumerate(sizes))
        dtype = draw(types)
        outputs.append(Resolved(f"Output {number} µ", "q", "u", dtype, dims))
    cuts = draw(st.sets(st.integers(1, max(1, count - 1)), max_size=5))
    edges = sorted({0, count, *cuts})
    return count, tuple(outputs), list(map(Span, edges[:-1], edges[1:]))


def bytes_of(array):
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def block_of(outputs, span, seed=0):
    rng = np.random.default_rng(seed + span.start)
    arrays = {}
    for output in outputs:
        array = output.empty(len(span))
        raw = bytes_of(array)
        raw[:] = rng.integers(0, 255, raw.shape, np.uint8)
        arrays[output.name] = array
    return Block(span, arrays, 0.0)


@quick
@given(stores())
def test_all_that_was_put_is_read_again_bit_by_bit(tmp_path_factory, store):
    count, outputs, spans = store
    shards = Shards(tmp_path_factory.mktemp("run"), RUN, outputs, count)
    blocks = [block_of(outputs, span) for span in spans]
    for block in reversed(blocks):
        shards.put(block)
    assert shards.check() == shards.spans() == spans
    for block in blocks:
        for output in outputs:
            found = shards.read(output, block.span)
            assert found.dtype == output.dtype
            np.testing.assert_array_equal(
                bytes_of(found), bytes_of(block.arrays[output.name])
            )


@quick
@given(stores(), st.data())
def test_no_damage_goes_unnoticed(tmp_path_factory, store, data):
    count, outputs, _ = store
    span = Span(0, count)
    shards = Shards(tmp_path_factory.mktemp("run"), RUN, outputs, count)
    block = block_of(outputs, span)
    shards.put(block)
    (path,) = shards.folder.iterdir()
    whole = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["bit", "cut", "longer", "zeros"]))
    if kind == "bit":
        whole[place] ^= 1 << data.draw(st.integers(0, 7))
    elif kind == "cut":
        del whole[place:]
    elif kind == "longer":
        whole += bytes(place + 1)
    else:
        whole[place:] = bytes(len(whole) - place)
    path.write_bytes(whole)
    if kind in ("cut", "longer"):
        assert shards.check() == []
        assert [p.suffix for p in shards.folder.iterdir()] == [ASIDE]
        return
    for output in outputs:
        with suppress(DamagedDataError):
            found = shards.read(output, span)
            expected = block.arrays[output.name]
            np.testing.assert_array_equal(bytes_of(found), bytes_of(expected))


@pytest.fixture
def plain(tmp_path):
    """A store with one output of one number."""
    output = Resolved("A", "q", "u", np.dtype("f8"))
    return Shards(tmp_path, RUN, (output,), 20)


@pytest.mark.parametrize("place", [0, 9, 13, 17, 30, -1])
def test_a_damaged_shard_is_set_aside_and_counts_as_not_done(plain, place):
    plain.put(block_of(plain.outputs, Span(0, 10)))
    (path,) = plain.folder.iterdir()
    held = bytearray(path.read_bytes())
    held[place] ^= 4
    path.write_bytes(held)
    assert plain.spans() == [Span(0, 10)]
    with pytest.raises(DamagedDataError, match="computed again") as caught:
        plain.read(plain.outputs[0], Span(0, 10))
    assert str(path) in caught.value.reason
    assert plain.spans() == []
    plain.put(block_of(plain.outputs, Span(0, 10)))
    assert plain.spans() == [Span(0, 10)]


def test_a_shard_of_another_run_is_not_taken(plain):
    other = Shards(plain.folder, "f" * 32, plain.outputs, 20)
    other.put(block_of(plain.outputs, Span(0, 10)))
    with pytest.raises(DamagedDataError):
        plain.read(plain.outputs[0], Span(0, 10))


def test_a_shard_of_other_places_is_not_taken(plain):
    plain.put(block_of(plain.outputs, Span(0, 10)))
    (path,) = plain.folder.iterdir()
    path.rename(plain.folder / "000000000010-000000000020.shard")
    with pytest.raises(DamagedDataError):
        plain.read(plain.outputs[0], Span(10, 20))


def test_a_shard_that_cannot_be_read_is_not_lost(plain):
    (plain.folder / "000000000000-000000000010.shard").mkdir()
    with pytest.raises(DamagedDataError, match="cannot be read"):
        plain.read(plain.outputs[0], Span(0, 10))


NAMES = [
    "000000000000-000000000021.shard",  # beyond the last place
    "000000000005-000000000005.shard",
    "000000000009-000000000005.shard",
    "0-5.shard",
    "000000000000-000000000005.shard.part",
    "\u0660" * 12 + "-000000000005.shard",
    "run.json",
]


@pytest.mark.parametrize("name", NAMES)
def test_other_files_are_no_shards(plain, name):
    (plain.folder / name).touch()
    assert plain.spans() == []


def test_a_folder_that_is_gone_holds_nothing(plain):
    plain.folder.rmdir()
    assert plain.spans() == []


@pytest.mark.parametrize(
    "arrays",
    [{}, {"A": np.zeros(9)}, {"A": np.zeros((10, 1))}, {"A": np.zeros(10, "f4")}],
)
def test_only_what_was_declared_is_kept(plain, arrays):
    with pytest.raises(ArgumentError, match="not what was declared"):
        plain.put(Block(Span(0, 10), arrays, 0.0))
    assert names_in(plain.folder) == []
