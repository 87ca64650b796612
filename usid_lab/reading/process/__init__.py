"""The reader process: reads for viewers, where no file can take the kernel along.

The kernel's half is :mod:`client` (one process, started and ended) and :mod:`remote`
(a reader of one dataset); the other half is :mod:`server`. Between them go orders and
replies (:mod:`orders`, :mod:`replies`) through a pair of sockets (:mod:`channel`), and
values through shared memory (:mod:`arena`).
"""
