"""A computation over every position of a Main dataset, to be made by subclassing."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from usid_lab.pyusid.arguments import of_type
from usid_lab.pyusid.io.attributes import get_attributes
from usid_lab.pyusid.io.io_utils import format_time
from usid_lab.pyusid.io.results import check_for_old
from usid_lab.pyusid.processing.earlier import Earlier, chosen_of
from usid_lab.pyusid.processing.limits import (
    cores_to_use,
    megabytes_to_use,
    positions_at_once,
)
from usid_lab.pyusid.processing.mapping import Work, mapped
from usid_lab.pyusid.processing.marks import RunMarks
from usid_lab.pyusid.processing.pace import Pace, batch_end
from usid_lab.pyusid.processing.screen import say
from usid_lab.pyusid.processing.source import writable_main
from usid_lab.storage.status import COMPLETED, LAST, status_of

__all__ = ["Process"]

_TOLD = 60.0  # s that must be left for a line about it
_CONSIDER = (
    "Consider calling test() to check results before calling compute() which computes "
    "on the entire dataset and writes back to the HDF5 file"
)
_ABORT = (
    "You maybe able to abort this computation at any time and resume at a later time!\n"
    "\tIf you are operating in a python console, press Ctrl+C or Cmd+C to abort\n"
    '\tIf you are in a Jupyter notebook, click on "Kernel">>"Interrupt"'
)


class Process:
    """A computation over every position, with results beside the data.

    A subclass says what is computed (`_map_function`), where results go
    (`_create_results_datasets`) and how they get there (`_write_results_chunk`). With
    `_get_existing_datasets` it can go on with what was interrupted, also in another
    session, if it sets `process_name` and `parms_dict` and then
    ``self.duplicate_h5_groups, self.partial_h5_groups = self._check_for_duplicates()``.

    Results are written in place, into the file that was opened ``r+``, as documented:
    a program that is killed meanwhile can leave that file damaged, so keep a copy of
    raw data. :class:`usid_lab.Process` never writes into a file while it computes.
    What is computed is marked after its values are on the disk: in the dataset
    ``completed_positions`` of the results group; only in its attribute ``last_pixel``
    where `_create_results_datasets` writes one. Marks of earlier runs, of pyUSID too,
    are believed as far as values stand behind them.

    Unless `_unit_computation` is overridden, results are written every ten seconds or
    so, not only when memory is full.

    Parameters
    ----------
    h5_main : h5py.Dataset
        A Main dataset, in a file that is open for writing.
    cores : int, optional
        Cores to compute on; all but one or two by default.
    max_mem_mb : int, optional
        Memory that the values which are read at once may take on all cores, in MB.
    verbose : bool, optional
        Also print what is read and how long it takes.
    process_name : str, optional
        Name of the process. Later versions of pyUSID take this and what follows; 0.0.4
        has subclasses set the attribute.
    parms_dict : dict, optional
        Parameters, by which results of an earlier run are found, at once if
        `process_name` is given.
    mem_multiplier : float, optional
        Memory for a position with its results, in that of the position alone.
    h5_target_group : h5py.Group, optional
        Where results are looked for; beside `h5_main` by default.

    Attributes
    ----------
    h5_main : USIDataset
        The source.
    data : ndarray, shape (positions, steps)
        What was read last; None when there is nothing left.
    h5_results_grp : h5py.Group
        The results; None before there are any.
    duplicate_h5_groups, partial_h5_groups : list of h5py.Group
        Results of earlier runs with the same parameters, finished or not.

    Raises
    ------
    ArgumentTypeError
        If the file is open for reading only, or an argument of the wrong type (a
        TypeError).
    NotMainError
        If it is no Main dataset (a ValueError).
    """

    _status_dset_name = COMPLETED

    def __init__(
        self,
        h5_main: h5py.Dataset,
        cores: int | None = None,
        max_mem_mb: int | None = 4 * 1024,
        verbose: bool = False,
        *,
        process_name: str | None = None,
        parms_dict: Mapping[str, Any] | None = None,
        mem_multiplier: float = 1.0,
        h5_target_group: h5py.Group | None = None,
    ) -> None:
        self.h5_main = writable_main(h5_main)
        self.verbose = bool(verbose)
        self.process_name, self.parms_dict = process_name, parms_dict
        self.duplicate_h5_groups: list[h5py.Group] = []
        self.partial_h5_groups: list[h5py.Group] = []
        self.h5_results_grp: h5py.Group | None = None
        self.data: Any = None
        self._results: Any = None
        self._start_pos, self._end_pos = 0, int(self.h5_main.shape[0])
        self._h5_target_group = h5_target_group
        self._mem_multiplier = mem_multiplier
        self._marks: RunMarks | None = None
        self._chosen = False
        self._set_memory_and_cores(cores=cores, mem=max_mem_mb)
        self._pace = Pace(self._cores)
        say(_CONSIDER)
        if process_name is not None:
            found = self._check_for_duplicates()
            self.duplicate_h5_groups, self.partial_h5_groups = found

    def test(self, **kwargs: Any) -> Any:
        """Compute a little of the data, to look at it; for subclasses to define.

        Parameters
        ----------
        **kwargs
            Whatever the subclass takes, such as the number of a position.

        Returns
        -------
        object
            What the subclass returns.
        """
        raise NotImplementedError(self._lacks("test"))

    def compute(self, override: bool = False, *args: Any, **kwargs: Any) -> h5py.Group:
        """Compute all positions, or those that an earlier run left.

        Parameters
        ----------
        override : bool, optional
            Compute anew, also where results with the same parameters exist. Without it
            finished ones are returned, and unfinished ones completed.
        *args, **kwargs
            For `_map_function`, after the row.

        Returns
        -------
        h5py.Group
            The results. After an interruption (Ctrl-C) what was written last stays,
            and calling this again goes on from there.

        Raises
        ------
        WriteError
            If what is computed cannot be marked.
        WorkerError
            If a worker process was ended from outside, as it is where memory is short.
        """
        if self.duplicate_h5_groups and not (override or self._chosen):
            self.h5_results_grp = self.duplicate_h5_groups[-1]
            name = self.h5_results_grp.name
            say(f"Returned previously computed results at {name}")
            return self.h5_results_grp
        marks = self._begin(override)
        say(_ABORT)
        self._compute_rest(marks, args, kwargs)
        say("Completed computation on chunk. Writing to file.")
        return self.h5_results_grp

    def use_partial_computation(
        self, h5_partial_group: h5py.Group | None = None
    ) -> None:
        """Choose the results that :meth:`compute` completes.

        Parameters
        ----------
        h5_partial_group : h5py.Group, optional
            One of `partial_h5_groups`; the last of them by default. Its attributes
            become `parms_dict`.

        Raises
        ------
        ArgumentError
            If there is none, or the group is not one of them (a ValueError).
        """
        found, name = self.partial_h5_groups, self.process_name
        group = chosen_of(found, h5_partial_group, name)
        self.parms_dict = get_attributes(group)
        self.parms_dict.pop(LAST, None)
        status = status_of(group, self.h5_main.shape[0], self._status_dset_name)
        self._start_pos = int(np.argmin(status.done))
        self.h5_results_grp, self._chosen = group, True

    def check_for_duplicates(self) -> tuple[list[h5py.Group], list[h5py.Group]]:
        """Find results with the same parameters: see `_check_for_duplicates`.

        Returns
        -------
        duplicate_h5_groups, partial_h5_groups : list of h5py.Group
            Finished and unfinished ones.
        """
        return self._check_for_duplicates()

    # What subclasses override.

    @staticmethod
    def _map_function(*args: Any, **kwargs: Any) -> Any:
        """Compute a row; anything that later steps understand is returned."""
        text = "A process needs a _map_function that computes a row."
        raise NotImplementedError(text)

    def _create_results_datasets(self) -> None:
        """Make the results group and its datasets; set `h5_results_grp`."""
        raise NotImplementedError(self._lacks("_create_results_datasets"))

    def _write_results_chunk(self) -> None:
        """Write `_results` for the positions from `_start_pos` to `_end_pos`.

        A subclass that writes ``last_pixel`` itself, as pyUSID 0.0.4 has it, flushes
        the file before. Marks and `_start_pos` are seen to after it.
        """
        raise NotImplementedError(self._lacks("_write_results_chunk"))

    def _get_existing_datasets(self) -> None:
        """Find the datasets of the results group `h5_results_grp` again."""
        text = f"{self._lacks('_get_existing_datasets')} It cannot go on with results."
        raise NotImplementedError(f"{text} Compute anew: compute(override=True).")

    def _unit_computation(self, *args: Any, **kwargs: Any) -> None:
        """Compute `_results` of `data`: by default, `_map_function` of each row."""
        work = Work(self._map_function, args, kwargs)
        self._results = mapped(work, self.data, self._cores, self._start_pos)

    def _read_data_chunk(self) -> None:
        """Read the next positions that are not computed into `data`; None at the end.

        Sets `_start_pos` and `_end_pos`, between which they are.
        """
        count = int(self.h5_main.shape[0])
        start, stop = self._following(count)
        if start >= count:
            self.data = None
            return
        self._start_pos, self._end_pos = start, self._bounded(start, stop)
        self.data = self.h5_main[start : self._end_pos, :]
        self._tell(f"Reading pixels {start} to {self._end_pos} of {count}")

    def _set_memory_and_cores(
        self, cores: int | None = 1, mem: int | None = 1024
    ) -> None:
        """Set `_cores`, `_max_mem_mb`, and `_max_pos_per_read`, which memory holds."""
        self._cores = cores_to_use(cores)
        self._max_mem_mb = megabytes_to_use(mem)
        each = self._max_mem_mb / self._cores
        found = positions_at_once(self.h5_main, each, self._mem_multiplier)
        self._max_pos_per_read = found
        self._tell(f"Allowed to read {found} pixels per chunk")
        memory = f"{self._max_mem_mb:.0f} MB of memory"
        self._tell(f"Allowed to use up to {self._cores} cores and {memory}")

    def _get_pixels_in_current_batch(self) -> NDArray[np.intp]:
        """Give the positions of `data`, in order."""
        return np.arange(self._start_pos, self._end_pos)

    def _check_for_duplicates(self) -> tuple[list[h5py.Group], list[h5py.Group]]:
        """Find finished and unfinished results with `parms_dict` of `process_name`.

        Groups that do not say what is computed are left out.
        """
        name = of_type(self.process_name, str, "process_name")
        target = self._h5_target_group
        groups = check_for_old(
            self.h5_main, name, self.parms_dict, h5_parent_goup=target
        )
        count = int(self.h5_main.shape[0])
        earlier = Earlier.among(groups, count, self._status_dset_name)
        earlier.tell(name)
        return earlier.finished, earlier.partial

    # How it goes.

    def _begin(self, override: bool) -> RunMarks:
        """Make the results, or find them again; give what is computed of them."""
        if override and not self._chosen:
            self.h5_results_grp = None
        elif self.h5_results_grp is None and self.partial_h5_groups:
            self.use_partial_computation()
        self._chosen, self._start_pos = False, 0
        if self.h5_results_grp is None:
            self._marks = self._created()
        else:
            self._marks = self._resumed(self.h5_results_grp)
        return self._marks

    def _created(self) -> RunMarks:
        self._tell("Creating datagroup and datasets")
        self._marks = None
        try:
            self._create_results_datasets()
            group = of_type(self.h5_results_grp, h5py.Group, "h5_results_grp")
            return RunMarks.begin(group, self.h5_main.shape[0], self._status_dset_name)
        except BaseException:
            self.h5_results_grp = None  # half of it is nothing to go on with
            raise

    def _resumed(self, group: h5py.Group) -> RunMarks:
        say(f"Resuming computation in group: {group.name}")
        if self._marks is None or self._marks.group != group:
            self._get_existing_datasets()
        count = int(self.h5_main.shape[0])
        return RunMarks.resume(group, count, self._status_dset_name)

    def _compute_rest(
        self, marks: RunMarks, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        told = self._maps_rows() and not marks.done.all()
        if told:
            cores = f"{self._cores} cores"
            say(f"Starting computing on {cores} (requested {cores})")
        self._read_data_chunk()
        while self.data is not None:
            self._compute_batch(marks, args, kwargs)
            self._read_data_chunk()
        if told:
            say("Finished parallel computation")

    def _compute_batch(
        self, marks: RunMarks, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        start, stop = self._start_pos, self._end_pos
        began = perf_counter()
        self._unit_computation(*args, **kwargs)
        self._pace.took(stop - start, perf_counter() - began)
        self._start_pos, self._end_pos = start, stop
        self._write_results_chunk()
        marks.mark(start, stop)
        self._start_pos = stop
        self._tell_time(int(np.count_nonzero(~marks.done)))

    def _maps_rows(self) -> bool:
        """Whether rows are computed one by one, so that any number can be at once."""
        own = type(self)._unit_computation  # noqa: SLF001
        return own is Process._unit_computation

    def _following(self, count: int) -> tuple[int, int]:
        if self._marks is None:
            return self._start_pos, count
        return self._marks.following(self._start_pos)

    def _bounded(self, start: int, stop: int) -> int:
        most = max(1, int(self._max_pos_per_read))
        most = min(most, self._pace.positions) if self._maps_rows() else most
        return batch_end(self.h5_main, start, stop, most)

    def _tell_time(self, left: int) -> None:
        seconds = left * self._pace.seconds
        if self.verbose or seconds > _TOLD:
            say(f"Time remaining: {format_time(seconds)}")

    def _tell(self, text: str) -> None:
        if self.verbose:
            say(text)

    def _lacks(self, hook: str) -> str:
        return f"The process {type(self).__name__} does not define {hook}()."
