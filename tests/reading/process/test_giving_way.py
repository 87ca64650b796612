"""What the reader process finds out in idle moments gives way to whoever asks."""

from unittest.mock import Mock

import h5py
import pytest

import usid_lab as ul
from usid_lab.reading.process import orders, replies, server
from usid_lab.reading.process.channel import ChannelClosed
from usid_lab.reading.routes import chunkindex


class Kernel:
    """Sends orders: the first, and one each time after it was looked for it twice."""

    def __init__(self, first, *others):
        self.sent, self.left = [first], list(others)
        self.looks, self.told = 0, []

    def is_due(self):
        self.looks += 1
        if self.looks % 3 == 0 and self.left:
            self.sent.append(self.left.pop(0))
        return bool(self.sent)

    def receive(self, timeout):
        if self.sent:
            return orders.packed(self.sent.pop(0))
        if timeout:  # nothing is left to do
            raise ChannelClosed
        return None

    def send(self, message):
        self.told.append((self.looks, replies.checked(message)))


@pytest.fixture
def many(tmp_path):
    """20,000 chunks."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((1, 2))
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple((100, 400))
    with h5py.File(tmp_path / "many.h5", "w") as file:
        h5py.h5d.create(file.id, b"x", h5py.h5t.STD_U16LE, space, plist)
    return ul.open(tmp_path / "many.h5").array("/x").brief()


def test_an_order_is_done_while_places_are_looked_for(many, monkeypatch):
    monkeypatch.setattr(chunkindex, "_LOOK", 0.0)
    kernel = Kernel(orders.Open(1, many, False), orders.Ask(1, 1), orders.Ask(2, 1))
    # It would end this process after a minute.
    monkeypatch.setattr(server, "Lifeline", Mock)
    served = server.Server(kernel, None)
    with pytest.raises(ChannelClosed):
        served.run()
    done = [(looks, told.id) for looks, told in kernel.told[1:]]
    # Each was done as soon as it was there, and then all was looked for anew.
    assert done == [(3, 1), (6, 2)]
    assert kernel.looks > 100
    assert served._datasets[1][1].places() is not None
