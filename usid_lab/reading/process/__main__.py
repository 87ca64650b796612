"""What a reader process runs: this file, with three arguments.

CHANNEL and ARENA are handles of the connection to the kernel and of the shared memory,
PATHS where the kernel finds its packages.
"""

import os
import signal
import sys
from contextlib import suppress


def main(channel: str, arena: str, paths: str) -> None:
    """Serve the kernel that started this process, until it is gone.

    Parameters
    ----------
    channel, arena, paths : str
        As above.
    """
    # An interrupt is meant for the kernel; it must not come between the imports.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.path[:] = paths.split(os.pathsep)

    from usid_lab.reading import slabcache
    from usid_lab.reading.process import arena as arenas
    from usid_lab.reading.process.channel import Channel, ChannelClosed, taken_over
    from usid_lab.reading.process.limits import limit_memory, take_memory
    from usid_lab.reading.process.server import Server

    limit_memory()
    slabcache.shared.budget = slabcache.VIEWER_BYTES
    take_memory()
    shared = arenas.attach(arena)
    shared.take()
    with suppress(ChannelClosed):
        Server(Channel(taken_over(channel)), shared).run()
    # Nothing was written and nobody waits: there is no order to end in.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
