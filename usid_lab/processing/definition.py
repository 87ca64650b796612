"""A function over all positions of a dataset: what authors write, and users start."""

from __future__ import annotations

import copy
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from usid_lab.dataset import USIDataset
from usid_lab.errors import ArgumentError, ArgumentTypeError
from usid_lab.processing.codeid import code_of
from usid_lab.processing.estimate import Estimate, estimated
from usid_lab.processing.given import (
    batch_of,
    cores_of,
    identifying,
    memory_of,
    names_of,
    target_of,
)
from usid_lab.processing.job import Job
from usid_lab.processing.ledger.facts import Facts
from usid_lab.processing.ledger.record import RunRecord
from usid_lab.processing.memory import Shares, most_elsewhere, shares
from usid_lab.processing.outputs import Declared, declared
from usid_lab.processing.placing import place_of
from usid_lab.processing.plan import Plan, make_plan
from usid_lab.processing.run import Run
from usid_lab.processing.showing import shown
from usid_lab.processing.span import Span
from usid_lab.processing.staff import executor_of
from usid_lab.processing.task import Task
from usid_lab.storage.text import plain

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from usid_lab.model.dimension import Dimension
    from usid_lab.processing.progress import Progress

_BY_VALUE = "__main__"


class Process:
    """A pure function of blocks of a dataset, and what it finds.

    Subclasses say what it is: `outputs`, and :meth:`function`. It is computed for all
    positions by :meth:`compute`, or in the background by :meth:`start`; what was
    computed is kept while it runs, so that an interrupted run goes on later, and a
    finished one is found again.

    Parameters
    ----------
    *sources : USIDataset
        At least one; several have the same positions.
    cores : int, optional
        Workers at most; by default one for each core of this machine.
    max_mem_mb : float, optional
        Memory that this process and its workers may take, in MB; by default half of
        what is free, beside what this process has.
    **parameters : object
        What else decides the result: numbers, text, lists, arrays. They identify the
        run, and are written beside the results.

    Attributes
    ----------
    name : str
        Name of the tool; by default that of the class.
    version : str
        Another one for another algorithm: results of the old one are not taken for
        those of the new one.
    sees : tuple of str or None
        Dimensions that the function sees, in the order in which it wants them; by
        default all spectroscopic ones.
    outputs : mapping of str to Output or dict, or a method that returns one
        What is found for each item, by name.
    per_position : bool
        The function is given one item at a time, without the first axis.
    batch : int or None
        Places of one call, where the function gains by another number than the one
        that fits into caches.

    Examples
    --------
    >>> class Peak(Process):
    ...     version = "1"
    ...     outputs = {"Peak": {"quantity": "Current", "units": "nA"}}
    ...
    ...     def function(self, block):
    ...         return block.max(axis=1) * self.parameters["scale"]
    """

    name: str = ""
    version: str = "1"
    sees: Sequence[str] | None = None
    outputs: Mapping[str, Declared] | Callable[[], Mapping[str, Declared]]
    per_position: bool = False
    batch: int | None = None

    def __init__(
        self,
        *sources: USIDataset,
        cores: int | None = None,
        max_mem_mb: float | None = None,
        **parameters: object,
    ) -> None:
        for source in sources:
            given: object = source
            if not isinstance(given, USIDataset):
                text = "A process is given datasets: ul.open(path).main_datasets[0]."
                raise ArgumentTypeError(text, f"got {plain(repr(source))}")
        if not sources:
            raise ArgumentError("A process needs a dataset.")
        self.sources: tuple[USIDataset, ...] = sources
        """The datasets; workers do not have them."""
        self.cores = cores_of(cores)
        """Workers at most."""
        self.max_mem_mb = memory_of(max_mem_mb)
        """Memory that may be taken, in MB; None for half of what is free."""
        self._parameters = dict(parameters)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What decides the result, beside the sources; read-only."""
        return MappingProxyType(self._parameters)

    def function(self, *blocks: Any) -> object:  # noqa: ARG002
        r"""Compute one block; authors write this.

        It must be pure: what it returns for an item follows from that item and the
        parameters alone. It has no datasets, for it runs in other processes.

        Parameters
        ----------
        *blocks : ndarray, shape (items, \*seen dims)
            One for each source; only the seen dims where it is `per_position`.

        Returns
        -------
        array_like, tuple or mapping
            For each output an array (items, \*its dims).
        """
        text = f"The process '{self.title}' has no function."
        raise ArgumentError(text, "define function(self, block) in its class")

    @property
    def title(self) -> str:
        """Name of the tool."""
        return self.name or type(self).__name__

    @property
    def seen(self) -> tuple[Dimension, ...]:
        """Dimensions of an item of the first source, with their values; workers too."""
        return self._seen

    @cached_property
    def _seen(self) -> tuple[Dimension, ...]:
        return self.plan.items[0].dims

    @cached_property
    def plan(self) -> Plan:
        """What is computed place by place, and where in the results it stands."""
        outputs = getattr(self, "outputs", {})
        given = outputs() if callable(outputs) else outputs
        batch = 1 if self.per_position else batch_of(self.batch)
        return make_plan(self.sources, names_of(self.sees), declared(given), batch)

    @property
    def identity(self) -> str:
        """Version, and a digest of the code where it belongs to no module."""
        if type(self).__module__ != _BY_VALUE:
            return self.version
        return f"{self.version}+{code_of(type(self))}"

    def __repr__(self) -> str:
        if not self.sources:
            return f"<Process {plain(self.title)}, as a worker has it>"
        names = ", ".join(f"{one.name} in {one.file_path.name}" for one in self.sources)
        return f"<Process {plain(self.title)} of {plain(names)}>"

    def __getstate__(self) -> dict[str, object]:
        """Leave the datasets behind: workers read what they need themselves."""
        dims = self._seen
        kept = {k: v for k, v in self.__dict__.items() if k not in ("sources", "plan")}
        return {**kept, "sources": (), "_seen": dims}

    def test(
        self, position: int | Mapping[str, int] = 0
    ) -> dict[str, NDArray[np.generic]]:
        """Compute one place, here and now.

        Parameters
        ----------
        position : int or mapping of str to int, optional
            Its number, or the index of each dimension that the function does not see
            (of the positions only, where it sees steps).

        Returns
        -------
        dict of str to ndarray
            What is found there, by name of the output.
        """
        place = place_of(self.plan, position)
        task = self.task()
        found = task.call(task.read(Span(place, place + 1)), Span(place, place + 1))
        return {name: values[0] for name, values in found.items()}

    def estimate(self) -> Estimate:
        """Say how long it will take, and how much memory.

        Returns
        -------
        Estimate
            From the first places, which are computed for it: up to half a second.
        """
        return estimated(self.task(), self._shares())

    def start(
        self,
        *,
        executor: object = None,
        override: bool = False,
        path: str | os.PathLike[str] | None = None,
    ) -> Run:
        """Compute in the background.

        Parameters
        ----------
        executor : {"serial", "pool", "dask"} or distributed.Client, optional
            Who computes; by default this process, and workers where they are faster.
        override : bool, optional
            Compute anew, also what was computed already.
        path : str or path-like, optional
            The file that takes the results; by default that of the first source, or
            one beside it where that cannot be written.

        Returns
        -------
        Run
            At once. It has the progress, the partial results, and a way to cancel.
        """
        if executor is None or isinstance(executor, str):
            divided = self._shares()
        else:
            divided = None
        target = None if path is None else target_of(path)
        task = self.task(divided)
        facts = Facts(self.parameters)
        most = most_elsewhere(self.plan) if divided is None else divided.most
        make = executor_of(executor, divided)
        about = self.title, self.sources, self.plan, task, self.record()
        return Run(Job(*about, make, most, override, target, facts)).begin()

    def compute(
        self,
        *,
        executor: object = None,
        override: bool = False,
        path: str | os.PathLike[str] | None = None,
        observer: Callable[[Progress], object] | None = None,
    ) -> Run:
        """Compute, and wait for it; Ctrl-C (or "interrupt the kernel") cancels.

        Parameters
        ----------
        executor, override, path
            As for :meth:`start`.
        observer : callable, optional
            Called with a :class:`Progress` now and then, from another thread.

        Returns
        -------
        Run
            It is over: `results` has the datasets. Of an identical run that was
            finished before, they are found and not computed.

        Raises
        ------
        UsidError
            What it failed with: the function raised (the position and the parameters
            are named), a worker was ended, a source changed, the disk is full. What
            was computed is kept: compute again to go on.
        """
        run = self.start(executor=executor, override=override, path=path)
        if observer is not None:
            run.observe(observer)
        with shown(run):
            return run.join()

    def _shares(self) -> Shares:
        return shares(self.plan, self.cores, self.max_mem_mb)

    def task(self, divided: Shares | None = None) -> Task:
        """Make what workers are given.

        Parameters
        ----------
        divided : Shares, optional
            How much memory there is.

        Returns
        -------
        Task
        """
        bare = copy.copy(self)
        task = Task(self.plan, bare.function, self.title, self.parameters)
        task.alone = self.per_position
        if divided is not None:
            task.window = divided.window
        return task

    def record(self) -> RunRecord:
        """Say by what the run is known."""
        plan = self.plan
        sources = [one.source for one in plan.items]
        asked = identifying(self._parameters, self.sees, alone=self.per_position)
        about = self.title, self.identity, asked, sources, plan.outputs
        return RunRecord.of(*about, plan.count, plan.batch)
