"""A run, from its start to its results: in the background, with a way to end it."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from usid_lab import _bridges
from usid_lab.dataset import USIDataset
from usid_lab.errors import DamagedDataError, UsidError
from usid_lab.processing.block import Block, Failure
from usid_lab.processing.cutting import Cutter
from usid_lab.processing.executors.executor import Outcomes
from usid_lab.processing.extract import Extract, Map, map_in_file, map_of
from usid_lab.processing.job import Job
from usid_lab.processing.ledger.failures import told
from usid_lab.processing.ledger.finding import finished
from usid_lab.processing.ledger.folder import Ledger
from usid_lab.processing.ledger.recording import record_results
from usid_lab.processing.progress import Progress, State
from usid_lab.processing.unfolding import known_only
from usid_lab.reading.stopping import Stopped
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    from usid_lab.processing.outputs import Resolved

Array = NDArray[np.generic]
Observer = Callable[[Progress], object]

_log = logging.getLogger(__name__)
_LOOK = 0.1  # seconds between two looks for Ctrl-C, where the system cannot wait for it
_PATIENCE = 5.0  # seconds in which a cancelled run ends


class Run:
    """Computes in a thread of its own; made by :meth:`Process.start`.

    Parameters
    ----------
    job : Job
        What is to be done.
    """

    def __init__(self, job: Job) -> None:
        self.name = job.name
        """Name of the process."""
        self.sources: Sequence[USIDataset] = job.sources
        """What it reads."""
        self.outputs: Sequence[Resolved] = job.plan.outputs
        """What it finds at each place."""
        self.error: BaseException | None = None
        """Why it failed; None unless it did."""
        self.awaited = False
        """Whether somebody waits for it in the thread that called."""
        self._job = job
        self._ledger: Ledger | None = None
        self._results: list[USIDataset] = []
        self._progress = Progress(0, job.plan.count)
        self._observers: list[Observer] = []
        self._reading = threading.Lock()
        self._stopped = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._work, name="usid-lab-run", daemon=True
        )

    def begin(self) -> Self:
        """Begin in the background."""
        self._thread.start()
        return self

    @property
    def progress(self) -> Progress:
        """How far it is: a snapshot, never changed again."""
        return self._progress

    @property
    def state(self) -> State:
        """``waiting | running | committing | done | cancelled | failed``."""
        return self._progress.state

    @property
    def results(self) -> list[USIDataset]:
        """What it found, in the order of the outputs; empty before it is done."""
        return list(self._results)

    def cancel(self) -> None:
        """End it soon: what runs is given up, what was kept stays.

        Starting the same process again goes on from there. Results that are just
        entering the file are taken back, unless they are in it by then.
        """
        self._stopped.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is over, one way or another.

        Parameters
        ----------
        timeout : float, optional
            Seconds at most.

        Returns
        -------
        bool
            Whether it is over.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while not self._ended.is_set():
            left = _LOOK if end is None else min(_LOOK, end - time.monotonic())
            if left <= 0:
                return False
            self._ended.wait(left)
        return True

    def join(self) -> Self:
        """Wait until it is over; Ctrl-C cancels it.

        Returns
        -------
        Run

        Raises
        ------
        UsidError
            As it failed.
        KeyboardInterrupt
            After it was cancelled by one; what was computed is kept.
        """
        self.awaited = True
        self._notify()  # who shows it shows another way to end it then
        try:
            self.wait()
        except KeyboardInterrupt:
            self.cancel()
            self.wait(_PATIENCE)
            raise
        finally:
            self.awaited = False
        if self.error is not None:
            raise self.error
        return self

    def observe(self, callback: Observer) -> Callable[[], None]:
        """Have somebody told of its progress.

        Parameters
        ----------
        callback : callable
            Called with a :class:`Progress`, from the thread of the run.

        Returns
        -------
        callable
            Ends it.
        """
        self._observers = [*self._observers, callback]

        def unobserve() -> None:
            self._observers = [one for one in self._observers if one is not callback]

        return unobserve

    def partial(self, name: str) -> Array:
        """Give what is known of an output by now.

        Parameters
        ----------
        name : str
            Of the output.

        Returns
        -------
        ndarray
            Its N-D form: positions first, slowest first. NaN where nothing is known
            yet, and in gaps; integers become float64.
        """
        plan = self._job.plan
        output = plan.output(name)
        if self._results:
            number = [one.name for one in plan.outputs].index(name)
            shape = [dimension.size for dimension in plan.dimensions(name)]
            return self._results[number].read().reshape(shape)
        return plan.unfolded(name, self._known(output, Extract()))

    def map(self, name: str) -> Map:
        """Give a map of what is known of an output by now.

        It takes the memory of a map, whatever the size of the output.

        Parameters
        ----------
        name : str
            Of the output.

        Returns
        -------
        Map
            The positions, at the middle of all other dimensions. NaN where nothing is
            known yet, and in gaps; integers become float64.
        """
        plan = self._job.plan
        output = plan.output(name)
        if self._results:
            number = [one.name for one in plan.outputs].index(name)
            return map_in_file(plan, output, self._results[number])
        return map_of(plan, output, self._known(output, Extract.middle(plan, output)))

    def _known(self, output: "Resolved", extract: Extract) -> Array:
        """Give what is known of a part of an output, place by place."""
        with self._reading:
            if self._ledger is not None:
                return known_only(*self._ledger.partial(output.name, extract))
        count = extract.count(self._job.plan.count)
        values = np.zeros((count, *extract.shape(output.shape)), output.dtype)
        return known_only(values, np.zeros(count, bool))

    def __repr__(self) -> str:
        now = self._progress
        return f"<Run of {self.name}: {now.state}, {now.done} of {now.total} places>"

    def _ipython_display_(self) -> None:
        if not _bridges.show_run(self):
            raise NotImplementedError  # its text is shown

    def _work(self) -> None:
        try:
            self._go()
        except BaseException as error:
            self.error = error
            _log.debug("a run failed", exc_info=True)
            text = error.message if isinstance(error, UsidError) else repr(error)
            self._tell("failed", plain(text))
        finally:
            self._ended.set()

    def _go(self) -> None:
        job = self._job
        for one in job.plan.items:
            one.source.check()  # the process may have been made long ago
        found = None if job.override else finished(job.record, job.path)
        if found:
            self._results = found
            text = f"an identical run was found{told(found)}"
            self._tell("done", text, done=job.plan.count)
            return
        with self._opened() as ledger:
            if not self._is_made(ledger):
                text = "cancelled: what was computed is kept, start again to go on"
                self._tell("cancelled", text)
                return
        where = plain(self._results[0].file_path.name)
        self._tell("done", f"the results are in '{where}'{told(self._results)}")

    def _is_made(self, ledger: Ledger) -> bool:
        """Compute and record; False if it was cancelled."""
        if not self._compute(ledger):
            return False
        try:
            return self._record(ledger)
        except DamagedDataError:  # only that is computed again
            return self._compute(ledger) and self._record(ledger)

    def _record(self, ledger: Ledger) -> bool:
        """Write the results; False if it was cancelled."""
        job = self._job
        about = job.plan, job.facts, job.path, self._is_stopped
        self._tell("committing", "writing the results")
        try:
            self._results = record_results(ledger, *about)
        except Stopped:
            return False
        return True

    @contextmanager
    def _opened(self) -> Iterator[Ledger]:
        ledger = Ledger.begin(self._job.record, override=self._job.override)
        self._ledger = ledger
        try:
            yield ledger
        finally:
            with self._reading:
                ledger.close()

    def _compute(self, ledger: Ledger) -> bool:
        """Compute what is left; False if it was cancelled."""
        left = ledger.left()
        count = self._job.plan.count
        before = count - sum(map(len, left))
        message = f"going on: {before} of {count} places were done" if before else ""
        self._tell("running", message, done=before)
        if not left:
            return True
        with ExitStack() as stack:
            executor = stack.enter_context(closing(self._job.executor()))
            cutter = Cutter(
                self._job.plan, left, executor.workers, executor.seconds, self._job.most
            )
            put = ledger.shards.put
            each = executor.each(self._job.task, cutter, self._is_stopped, put)
            stack.callback(each.close)
            self._follow(each, cutter, ledger, before)
        return not ledger.left()

    def _follow(
        self, each: Outcomes, cutter: Cutter, ledger: Ledger, before: int
    ) -> None:
        begun, done = time.monotonic(), before
        for found in each:
            if isinstance(found, Failure):
                raise found.error
            if isinstance(found, Block):
                ledger.put(found)
            cutter.learn(len(found.span), found.seconds)
            done += len(found.span)
            rate = (done - before) / max(1e-9, time.monotonic() - begun)
            self._tell("running", self._progress.message, done=done, rate=rate)

    def _is_stopped(self) -> bool:
        # At the end of the program nobody is left who could want the results.
        return self._stopped.is_set() or not threading.main_thread().is_alive()

    def _tell(
        self,
        state: State,
        message: str,
        *,
        done: int | None = None,
        rate: float | None = None,
    ) -> None:
        now = self._progress
        done = now.done if done is None else done
        rate = now.rate if rate is None else rate
        remaining = (now.total - done) / rate if rate else None
        self._progress = Progress(done, now.total, rate, remaining, state, message)
        self._notify()

    def _notify(self) -> None:
        for observer in self._observers:
            try:
                observer(self._progress)
            except Exception:
                _log.exception("an observer of a run failed")
