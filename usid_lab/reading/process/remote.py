"""A reader of one dataset whose work is done in the reader process."""

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from usid_lab.errors import DamagedDataError
from usid_lab.model.selection import Indexer, Pick, picked_shape, picks
from usid_lab.reading.brief import Brief
from usid_lab.reading.budget import Budget
from usid_lab.reading.damage import Damage
from usid_lab.reading.fetching import check_same
from usid_lab.reading.process import orders
from usid_lab.reading.process.assembly import Assembly
from usid_lab.reading.process.blocks import selection_of
from usid_lab.reading.process.channel import BreachError
from usid_lab.reading.process.client import ReaderProcess
from usid_lab.reading.process.leaves import dtype_of
from usid_lab.reading.process.link import Link, Pending
from usid_lab.reading.process.near import Near
from usid_lab.reading.process.placed import Placed
from usid_lab.reading.process.replies import Bad, Done, Failed, Form, Part, Reply
from usid_lab.reading.process.replies import Progress as Told
from usid_lab.reading.process.steps import Group, Steps
from usid_lab.reading.process.telling import MOST, Numbers, Places
from usid_lab.reading.reader import Array, Reader, check_budget
from usid_lab.reading.reducing.parting import in_parts, parts_of
from usid_lab.reading.reducing.wanted import Reduction
from usid_lab.reading.sidecars.states import is_settled
from usid_lab.reading.stopping import Partial, Preview, Progress, Stop, Stopped
from usid_lab.storage.numbers import array_bytes, native
from usid_lab.storage.stamps import quick_stamp

_LEARNING = frozenset(1 << n for n in range(2, 30))  # numbers of reads


@dataclass(frozen=True, slots=True)
class Watch:
    """Who watches a request, as of :meth:`RemoteReader.read`."""

    stop: Stop | None = None
    progress: Progress | None = None
    damage: Damage | None = None
    preview: Preview = field(default_factory=lambda: Preview(None))

    def tell(self, fraction: float) -> None:
        """Tell how much is done."""
        if self.progress is not None:
            self.progress(fraction)

    def heard(self, reply: Reply) -> None:
        """Take a reply that is no result: raise what failed, pass on what was done."""
        if isinstance(reply, Failed):
            raise reply.raised()
        if not isinstance(reply, Told):
            raise BreachError(f"{type(reply).__name__} in answer to a request")
        self.tell(reply.fraction)


class RemoteReader:
    """Reads selections of one dataset, as :class:`usid_lab.reading.Reader` does.

    What it keeps in memory is kept in the reader process. Until that is up, reads are
    done here; and so is what :class:`Near` has sooner.

    Parameters
    ----------
    process : ReaderProcess
        Reads.
    brief : Brief
        What is read.
    """

    def __init__(self, process: ReaderProcess, brief: Brief) -> None:
        self._process = process
        self._brief = brief
        self._number = process.number()
        self._dims, self._shape = brief.layout.dims, brief.layout.shape
        self._near = Near(brief)
        self._local: Reader | None = None
        self._was_kept = False
        self._placed: Placed | None = None
        self._steps = Steps(brief.layout, brief.dtype)
        self._reads = 0
        weakref.finalize(self, process.forget, self._number).atexit = False

    @property
    def nbytes(self) -> int:
        """Bytes of all stored values."""
        return array_bytes(self._brief.layout.stored_shape, native(self._brief.dtype))

    @property
    def is_resident(self) -> bool:
        """Whether the values are in memory, and still those of the file."""
        if not self._was_kept:
            return False  # nothing is asked, or told, for no reason
        with self._process.serving(self._number, self._brief) as link:
            if link is None:
                return self._here().is_resident
            self._local = None
            ask = link.begin(lambda number: orders.Ask(number, self._number))
            return _done(link, ask, Watch())

    def read(
        self,
        selection: Mapping[str, Indexer],
        stop: Stop | None = None,
        progress: Progress | None = None,
        damage: Damage | None = None,
        partial: Partial | None = None,
    ) -> Array:
        """Read a selection.

        Parameters
        ----------
        selection : mapping of str to int, slice or 1-D int array
            As for :meth:`usid_lab.reading.Reader.read`.
        stop : callable, optional
            Asked before, and again and again while the process reads; true ends the
            read. It may read with this reader, or others of the process, itself.
        progress : callable, optional
            Told the fraction that is read.
        damage : Damage, optional
            Takes note of chunks that cannot be decoded; the rest is read.
        partial : callable, optional
            Given the array so far, as by :class:`Reader`.

        Returns
        -------
        ndarray
            A copy, the caller's own.

        Raises
        ------
        Stopped
            If `stop` returned true.
        """
        near = self._near.reader(selection)
        if near is not None:
            return near.read(selection, stop, progress, damage, partial)
        chosen = picks(selection, self._dims, self._shape)
        check_budget(picked_shape(chosen), native(self._brief.dtype))
        if stop is not None and stop():
            raise Stopped
        found = self._known(selection, chosen)
        if found is not None:
            Watch(stop, progress).tell(1.0)
            return found
        with self._process.serving(self._number, self._brief, stop) as link:
            if link is None:
                here = self._here()
                return here.read(selection, stop, progress, damage, partial)
            self._local = None
            watch = Watch(stop, progress, damage, Preview(partial))
            values = self._grouped(link, chosen, watch)
            if values is None:
                values = self._received(link, chosen, watch)
            self._learn(link)
            return values

    def reduce(
        self,
        asked: Reduction,
        stop: Stop | None = None,
        progress: Progress | None = None,
        partial: Partial | None = None,
    ) -> Array:
        """Reduce a selection, in the process.

        Parameters
        ----------
        asked : Reduction
            What is wanted, checked.
        stop, progress, partial : callable, optional
            As for :meth:`usid_lab.reading.Reader.reduce`.

        Returns
        -------
        ndarray
            A copy, the caller's own.

        Raises
        ------
        Stopped
            If `stop` returned true.
        """
        with self._process.serving(self._number, self._brief, stop) as link:
            if link is None:
                return self._here().reduce(asked, stop, progress, partial)
            self._local = None
            return self._in_parts(link, asked, stop, progress, partial)

    def prefetch(
        self, selection: Mapping[str, Indexer], stop: Stop | None = None
    ) -> None:
        """Decode ahead what is read next, where the process is up.

        Parameters
        ----------
        selection : mapping of str to int, slice or 1-D int array
        stop : callable, optional
            As for :meth:`read`.
        """
        chosen = self._steps.ahead(picks(selection, self._dims, self._shape))
        picked = selection_of(self._dims, chosen)
        with self._process.serving(self._number, self._brief, stop) as link:
            if link is not None:
                fetch = link.begin(
                    lambda number: orders.Prefetch(number, self._number, picked)
                )
                _done(link, fetch, Watch(stop))

    def make_resident(
        self, stop: Stop | None = None, progress: Progress | None = None
    ) -> bool:
        """Load the dataset into the memory of the process, if it takes at most 96 MB.

        Parameters
        ----------
        stop, progress : callable, optional
            As for :meth:`read`.

        Returns
        -------
        bool
            Whether later reads come from memory.
        """
        self._process.comes_up(stop)
        self._was_kept = True
        with self._process.serving(self._number, self._brief, stop) as link:
            if link is None:
                return self._here().make_resident(stop, progress)
            self._local = None
            keep = link.begin(lambda number: orders.Keep(number, self._number))
            return _done(link, keep, Watch(stop, progress))

    def get_ready(self, stop: Stop | None = None) -> bool:
        """Wait for the process, and let it find out what reads will need.

        Parameters
        ----------
        stop : callable, optional
            As for :meth:`read`.

        Returns
        -------
        bool
            Whether there is one.
        """
        self._process.comes_up(stop)
        with self._process.serving(self._number, self._brief, stop) as link:
            if link is not None:
                self._ask_places(link, stop)
            return link is not None

    def _known(
        self, selection: Mapping[str, Indexer], chosen: Sequence[Pick]
    ) -> Array | None:
        """Return what the kernel has, or finds, of the file as it was described."""
        found = None if self._placed is None else self._placed.read(selection)
        if found is not None:
            return found
        if quick_stamp(self._brief.file) != self._brief.stamp:
            self._steps.forget()
            return None
        return self._steps.found(chosen)

    def _grouped(
        self, link: Link, chosen: Sequence[Pick], watch: Watch
    ) -> Array | None:
        """Read a selection with its neighbours, if it is a step from the last one."""
        group = self._steps.group(chosen) if self._may_keep else None
        index = chosen[-1] if chosen else None
        if group is None or not isinstance(index, int):
            return None
        try:
            values = self._received(link, group.chosen, _narrowed(watch, group, index))
        except DamagedDataError:
            self._steps.give_up()
            return None  # it is read alone, and what is bad of it noted
        if self._may_keep:
            self._steps.keep(group, values)
        return group.part(values, index)

    @property
    def _may_keep(self) -> bool:
        """Whether the file, as it is now, would show that it was changed."""
        brief = self._brief
        return (
            brief.is_chunked
            and brief.permission is None
            and quick_stamp(brief.file) == brief.stamp
            and is_settled(brief.stamp)
        )

    def _here(self) -> Reader:
        """Return a reader in the kernel."""
        if self._local is None:
            self._local = self._brief.reader()
        return self._local

    def _in_parts(
        self,
        link: Link,
        asked: Reduction,
        stop: Stop | None,
        progress: Progress | None,
        partial: Partial | None,
    ) -> Array:
        """Have a wide result made in parts: the process holds none of it whole."""
        brief = self._brief

        def one(part: Reduction, told: Progress | None, shown: Partial | None) -> Array:
            if stop is not None and stop():
                raise Stopped
            return self._reduced(link, part, Watch(stop, told, None, Preview(shown)))

        gathered = None if brief.budget is None else Budget(brief.budget).gathered
        about = brief.layout, brief.dtype, brief.chunks, gathered
        stamp = quick_stamp(brief.file)
        found = in_parts(parts_of(asked, *about), one, progress, partial)
        check_same(brief.file, stamp)
        return found

    def _reduced(self, link: Link, asked: Reduction, watch: Watch) -> Array:
        """Take pictures of the result, and then the result."""
        brief, shown = self._brief, watch.preview.is_wanted
        shape = asked.sizes(brief.layout)
        result = Assembly(shape, np.dtype(np.float64))
        pending = link.begin_read(
            lambda number, slot: orders.Reduce(
                number, self._number, slot, asked, shown
            ),
            watch.stop,
        )
        with link.ending(pending):
            while True:
                reply = link.wait(pending, watch.stop)
                if isinstance(reply, Form):
                    kind = dtype_of(asked.form(brief.dtype), reply.kinds)
                    result = Assembly(shape, kind, result.parts)
                elif isinstance(reply, Part):
                    result.take(
                        replace(reply, sketch=False), partial(link.values, pending)
                    )
                    link.taken(pending)
                    if result.is_whole and not reply.sketch:
                        return result.result()
                    if result.is_whole:
                        watch.preview.offer(result.result)
                else:
                    watch.heard(reply)

    def _learn(self, link: Link) -> None:
        """Ask now and then where chunks lie: a few of them are read here then."""
        self._reads += 1
        if self._reads in _LEARNING:
            self._ask_places(link)

    def _ask_places(self, link: Link, stop: Stop | None = None) -> None:
        if self._placed is not None or not self._brief.is_chunked:
            return
        pending = link.begin_read(
            lambda number, slot: orders.Places(number, self._number, slot), stop
        )
        with link.ending(pending):
            reply = link.wait(pending, stop)
            if isinstance(reply, Part) and 0 < reply.count <= MOST:
                found = link.values(pending, 0, 8 * reply.count).view(np.int64).copy()
                self._placed = Placed(self._brief, _checked(found, self._brief))

    def _received(
        self,
        link: Link,
        chosen: Sequence[Pick],
        watch: Watch,
    ) -> Array:
        result = Assembly(picked_shape(chosen), native(self._brief.dtype))
        picked = selection_of(self._dims, chosen)
        listing, shown = watch.damage is not None, watch.preview.is_wanted
        pending = link.begin_read(
            lambda number, slot: orders.Read(
                number, self._number, slot, picked, listing, shown
            ),
            watch.stop,
        )
        with link.ending(pending):
            while not result.is_whole:
                reply = link.wait(pending, watch.stop)
                if isinstance(reply, Part):
                    result.take(reply, partial(link.values, pending))
                    link.taken(pending)
                    if result.can_be_shown:
                        watch.preview.offer(result.so_far)
                elif isinstance(reply, Bad) and watch.damage is not None:
                    watch.damage.add(reply.found(self._brief.layout.stored_shape))
                else:
                    watch.heard(reply)
        watch.tell(1.0)
        return result.result()


def _narrowed(watch: Watch, group: Group, index: int) -> Watch:
    """Show who watches a selection no more than that of what is read."""
    show = watch.preview
    partial = Preview(lambda values: show.offer(lambda: group.part(values, index)))
    return replace(watch, damage=None, preview=partial if show.is_wanted else show)


def _checked(numbers: Numbers, brief: Brief) -> Places:
    return Places.checked(numbers, brief.layout.stored_shape, brief.dtype.itemsize)


def _done(link: Link, pending: Pending, watch: Watch) -> bool:
    """Wait for the answer to a request without values."""
    with link.ending(pending):
        while not isinstance(reply := link.wait(pending, watch.stop), Done):
            watch.heard(reply)
        return reply.value
