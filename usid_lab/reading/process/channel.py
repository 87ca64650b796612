"""One end of the connection between a kernel and its reader process.

A pair of sockets without a name: nobody else can connect, and each end learns at once
that the other is gone. Messages are bytes, each after its length.
"""

import socket
import struct
import sys
import time

_LENGTH = struct.Struct("!Q")
_BUFFER = 1 << 16
_PATIENCE = 20.0  # seconds until the other end takes a message
MOST = 1 << 20  # bytes of a message from the reader process


class ChannelClosed(Exception):  # noqa: N818
    """The other end is gone, or takes no messages any more."""


class BreachError(Exception):
    """The other end broke the protocol."""


class Channel:
    """Sends and receives messages; one thread at a time.

    Parameters
    ----------
    end : socket.socket
        Connected.
    most : int, optional
        Bytes of the largest message that is taken; any where it is None.
    """

    def __init__(self, end: socket.socket, most: int | None = None) -> None:
        self._socket = end
        self._most = most
        self._received = bytearray()
        if end.family in (socket.AF_INET, socket.AF_INET6):
            # Windows makes pairs of these; short messages must not be held back.
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, message: bytes) -> None:
        """Send a message.

        Parameters
        ----------
        message : bytes

        Raises
        ------
        ChannelClosed
            Nobody takes it.
        """
        try:
            self._socket.settimeout(_PATIENCE)
            self._socket.sendall(_LENGTH.pack(len(message)) + message)
        except OSError as error:  # a timeout is one too
            raise ChannelClosed(str(error)) from error

    def receive(self, timeout: float) -> bytes | None:
        """Return the next message; None where none is complete in time.

        Parameters
        ----------
        timeout : float
            Seconds; 0 to look only.

        Raises
        ------
        ChannelClosed
            There will be none.
        BreachError
            It is too long.
        """
        until = time.monotonic() + timeout
        while (message := self._whole()) is None:
            if not self._more(timeout):
                return None
            timeout = max(0.0, until - time.monotonic())
        return message

    def is_due(self) -> bool:
        """Whether there is something to receive, if only the end; takes no message.

        A part of a message counts, too: the rest of it is on its way.
        """
        try:
            return bool(self._received) or self._more(0)
        except ChannelClosed:
            return True

    def close(self) -> None:
        """Close this end; the other one learns it."""
        self._socket.close()

    def _more(self, timeout: float) -> bool:
        try:
            self._socket.settimeout(timeout)
            data = self._socket.recv(_BUFFER)
        except (BlockingIOError, TimeoutError):
            return False
        except OSError as error:
            raise ChannelClosed(str(error)) from error
        if not data:
            raise ChannelClosed("end of the stream")
        self._received += data
        return True

    def _whole(self) -> bytes | None:
        received, head = self._received, _LENGTH.size
        if len(received) < head:
            return None
        (length,) = _LENGTH.unpack_from(received)
        if self._most is not None and length > self._most:
            raise BreachError(f"a message of {length} bytes")
        if len(received) < head + length:
            return None
        message = bytes(memoryview(received)[head : head + length])
        del received[: head + length]
        return message


if sys.platform == "win32":

    def shipped(end: socket.socket, process: int) -> bytes:
        """Return what a child reads from its stdin to take an end over."""
        return end.share(process)

    def taken_over(handle: str) -> socket.socket:
        """Return the end that this process was given."""
        del handle
        return socket.fromshare(sys.stdin.buffer.read())

else:

    def shipped(end: socket.socket, process: int) -> bytes:
        """Return what a child reads: nothing, for it inherits its end."""
        del end, process
        return b""

    def taken_over(handle: str) -> socket.socket:
        """Return the end that this process was given."""
        return socket.socket(fileno=int(handle))
