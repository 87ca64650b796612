"""Where 200,000 chunks lie is found out without keeping anybody waiting."""

import time

import h5py
import numpy as np
import pytest

import usid_lab as ul
from usid_lab.reading import Stopped
from usid_lab.reading.planning.pieces import Box
from usid_lab.reading.planning.runs import Run
from usid_lab.reading.routes import chunkindex
from usid_lab.reading.routes.chunked import ChunkedSource
from usid_lab.reading.routes.chunkindex import ChunkIndex, Disturbed
from usid_lab.reading.routes.expectation import Expectation
from usid_lab.reading.routes.sources import expect, is_in_any_order, places, source_of
from usid_lab.reading.stopping import Serving

SHAPE, CHUNK = (500, 800), (1, 2)
COLUMN = Box((Run(0, 1, 1, 500), Run(7, 1, 1, 1)), (0, 0))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """200,000 chunks without filters, all there; a number in every hundredth row."""
    path = tmp_path_factory.mktemp("many") / "many.h5"
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk(CHUNK)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple(SHAPE)
    with h5py.File(path, "w") as file:
        h5py.h5d.create(file.id, b"x", h5py.h5t.STD_U16LE, space, plist)
        file["x"][::100] = np.arange(800)
        file.create_dataset("small", data=np.arange(6.0), chunks=(3,))
    return path


@pytest.fixture(scope="module")
def deflated(tmp_path_factory):
    """40,000 deflated chunks, of which half were never written."""
    path = tmp_path_factory.mktemp("deflated") / "deflated.h5"
    with h5py.File(path, "w") as file:
        filters = {"compression": 1, "fillvalue": 5}
        made = file.create_dataset("x", (200, 400), "u2", chunks=CHUNK, **filters)
        made[:100] = 3
    return path


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Start without indexes of other tests; keep none for them."""
    monkeypatch.setattr(chunkindex, "_known", type(chunkindex._known)())


class Asked:
    """Notes when it was asked whether to stop; says so after some questions.

    Times are those of this thread: the machine may do something else now and then, and
    nothing here waits.
    """

    def __init__(self, most=1 << 30):
        self.times, self.most = [time.thread_time()], most

    def __call__(self):
        self.times.append(time.thread_time())
        return len(self.times) > self.most

    def longest(self):
        """Seconds that it was not asked; the third, for other threads take part."""
        return sorted(np.diff([*self.times, time.thread_time()]))[-3:][0]


def test_it_is_asked_within_50_ms_and_the_index_is_the_same(many):
    asked = Asked()
    with h5py.File(many) as file:
        found = ChunkIndex.of(file["x"], asked)
        longest = asked.longest()
        true = ChunkIndex.of(file["x"])
    assert len(asked.times) > 5
    assert longest < 0.05
    np.testing.assert_array_equal(found.offsets, true.offsets)
    assert len(np.unique(found.offsets)) == 200_000
    assert (found.sizes == 4).all()


def test_who_is_overtaken_ends_it_at_once(many):
    asked = Asked(3)
    with h5py.File(many) as file:
        with pytest.raises(Disturbed):
            ChunkIndex.of(file["x"], asked)
        # Nothing of HDF5 is left in the middle of it.
        np.testing.assert_array_equal(file["x"][100], np.arange(800))
    assert len(asked.times) == 4


def test_an_error_of_who_is_asked_goes_past_hdf5(many):
    def fails():
        raise ZeroDivisionError("mine")

    with h5py.File(many) as file, pytest.raises(ZeroDivisionError, match="mine"):
        ChunkIndex.of(file["x"], fails)


def test_nobody_is_served_while_hdf5_waits(many):
    def serves():
        raise AssertionError

    with h5py.File(many) as file:
        dues = iter([False, True])
        with pytest.raises(Disturbed):
            ChunkIndex.of(file["x"], Serving(serves, lambda: next(dues)))


@pytest.mark.parametrize("name", ["many", "deflated"])
def test_a_read_is_asked_within_50_ms(name, request):
    found = ul.open(request.getfixturevalue(name))["/x"]
    truth = {"many": every_hundredth, "deflated": halves_written}[name]()
    reader = begun(found)
    longest = []
    for selection in ({}, {found.dims[1]: 7}, {found.dims[0]: 100}):
        pick = tuple(selection.get(dim, slice(None)) for dim in found.dims)
        asked = Asked()
        values = reader.read(selection, asked)
        longest.append(asked.longest())
        np.testing.assert_array_equal(values, truth[pick])
    assert reader.places() is not None
    assert max(longest) < 0.05


def begun(dataset):
    """Return a reader that has loaded its modules and opened its file."""
    reader = dataset.reader()
    reader.read(dict.fromkeys(dataset.dims, 0))
    assert reader.places() is None
    return reader


def every_hundredth():
    values = np.zeros(SHAPE, "u2")
    values[::100] = np.arange(800)
    return values


def halves_written():
    values = np.full((200, 400), 5, "u2")
    values[:100] = 3
    return values


@pytest.mark.parametrize("after", [0.02, 0.05, 0.1, 0.2])
def test_a_read_that_is_overtaken_stops_within_50_ms(many, after):
    # The median of some: other programs empty the caches of the processor now and then.
    late = []
    for _ in range(5):
        reader, asked = begun(ul.open(many)["/x"]), Asked()
        due = time.thread_time() + after
        with pytest.raises(Stopped):
            reader.read(
                {}, lambda due=due, one=asked: one() or time.thread_time() > due
            )
        late.append(time.thread_time() - due)
    assert sorted(late)[2] < 0.05


def test_a_hand_that_keeps_moving_reads_through_hdf5(many):
    """Each attempt waits for twice as many chunks; what is read is right."""
    with h5py.File(many) as file:
        source = source_of(file["x"])
        asked = Asked(1)
        attempts = []
        for _ in range(40):
            before = len(asked.times)
            expect(source, COLUMN, asked)
            attempts.append(len(asked.times) > before)
            values = np.empty((500, 1), "u2")
            source.read(COLUMN, values)
            assert values[::100, 0].tolist() == [7] * 5
            assert places(source) is None
        at = np.flatnonzero(attempts)
        assert np.diff(at).tolist() == [7, 13]
        # Once nobody disturbs it, they are known.
        assert source.get_ready(Asked())
        assert places(source) is not None


def test_a_reduction_serves_others_and_then_goes_on(many):
    served = []
    dues = iter([True, True])
    stop = Serving(lambda: served.append(1), lambda: next(dues, False))
    with h5py.File(many) as file:
        source = source_of(file["x"])
        assert isinstance(source, ChunkedSource)
        is_in_any_order(source, stop)
        assert len(served) == 2
        assert places(source) is not None


def test_a_reduction_that_is_stopped_gives_up(many):
    with h5py.File(many) as file:
        source = source_of(file["x"])
        assert not is_in_any_order(source, lambda: True)
        assert places(source) is None


def test_an_index_pays_after_a_share_of_the_chunks():
    expectation = Expectation(2000, 8)
    assert [expectation.is_due(100) for _ in range(3)] == [False, False, True]
    expectation.put_off()
    assert [expectation.is_due(100) for _ in range(5)] == [False] * 4 + [True]
