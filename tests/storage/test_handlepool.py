import os
import threading
import time

import h5py
import pytest

from usid_lab.errors import FileError, MissingFileError
from usid_lab.storage.handlepool import HandlePool


@pytest.fixture
def pool():
    pool = HandlePool(idle=0.05)
    yield pool
    pool.close()


def wait_until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


def test_readers_share_one_handle(pool, image):
    with pool.lease(image) as first, pool.lease(image) as second:
        assert first is second
        assert first.mode == "r"


def test_an_idle_handle_is_closed(pool, image):
    with pool.lease(image) as file:
        pass
    assert pool.is_open(image)
    wait_until(lambda: not pool.is_open(image))
    assert not file
    with h5py.File(image, "r+"):
        pass


def test_a_handle_in_use_is_not_closed(pool, image):
    with pool.lease(image) as file:
        with pool.lease(image):
            pass
        pool.release(image)
        pool.close()
        assert file


def test_a_file_that_was_replaced_is_opened_anew(pool, image, write):
    other = write([[2.0]], {"X": ([0.0], "m")}, {"V": ([0.0], "V")}, name="other.h5")
    with pool.lease(image) as old:
        other.replace(image)
        with pool.lease(image) as new:
            assert new["Measurement_000/Channel_000/Raw_Data"].shape == (1, 1)
        assert old["Measurement_000/Channel_000/Raw_Data"].shape == (12, 5)
    assert not old


def test_an_idle_handle_of_a_changed_file_is_not_used(pool, image):
    with pool.lease(image) as old:
        pass
    os.utime(image, ns=(1, 1))
    with pool.lease(image) as new:
        assert new is not old
    assert not old


@pytest.mark.skipif(os.name != "posix", reason="times of change cannot be told")
def test_times_that_were_set_back_hide_no_change(pool, image):
    with pool.lease(image) as first:
        pass
    before = image.stat()
    content = bytearray(image.read_bytes())
    content[-1] ^= 1
    with image.open("r+b") as stream:
        stream.write(content)
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert image.stat().st_mtime_ns == before.st_mtime_ns
    with pool.lease(image) as second:
        assert second is not first
    assert not first


def test_a_file_that_went_away(pool, image):
    with pool.lease(image):
        pass
    image.unlink()
    with pytest.raises(MissingFileError), pool.lease(image):
        pass


def test_an_error_in_the_block_gives_the_handle_back(pool, image):
    with pytest.raises(ZeroDivisionError), pool.lease(image):
        _ = 1 / 0
    wait_until(lambda: not pool.is_open(image))


def test_many_threads_read_at_once(pool, image):
    seen, failures = [], []

    def read():
        try:
            for _ in range(50):
                with pool.lease(image) as file:
                    seen.append(file["Measurement_000/Channel_000/Raw_Data"][0, 0])
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(seen) == 400


def test_nothing_is_lent_at_the_end(image):
    pool = HandlePool()
    with pool.lease(image):
        pool.end(seconds=0)
    with pytest.raises(FileError, match="ending"), pool.lease(image):
        pass
    assert not pool.is_open(image)


def test_the_end_waits_for_other_threads(image):
    pool = HandlePool()
    reading, done = threading.Event(), threading.Event()

    def read():
        with pool.lease(image):
            reading.set()
            done.wait(60)

    thread = threading.Thread(target=read)
    thread.start()
    reading.wait(60)
    threading.Timer(0.05, done.set).start()
    pool.end()
    assert done.is_set()
    thread.join()
    assert not pool.is_open(image)


def test_a_file_is_closed_for_a_commit_and_nobody_opens_it(pool, image):
    with pool.pin(image):
        assert pool.is_open(image)
        with pool.vacant(image):
            assert not pool.is_open(image)
            done = threading.Event()

            def read():
                with pool.lease(image):
                    done.set()

            reader = threading.Thread(target=read)
            reader.start()
            assert not done.wait(0.1)
        reader.join(60)
        assert done.is_set()
        pool.release(image)
        assert pool.is_open(image)
    pool.release(image)
    assert not pool.is_open(image)


def test_a_commit_waits_for_those_who_read(pool, image):
    begun, end = threading.Event(), threading.Event()

    def read():
        with pool.lease(image):
            begun.set()
            end.wait(60)

    reader = threading.Thread(target=read)
    reader.start()
    begun.wait(60)
    with pool.vacant(image, 0.05):
        assert pool.is_open(image)
    threading.Timer(0.1, end.set).start()
    with pool.vacant(image, 10):
        assert not pool.is_open(image)
    reader.join(60)
