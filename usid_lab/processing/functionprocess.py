"""A process made of a function, without a class."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from usid_lab.dataset import USIDataset
from usid_lab.errors import ArgumentError, ArgumentTypeError
from usid_lab.processing.codeid import code_of
from usid_lab.processing.definition import Process
from usid_lab.processing.outputs import Declared
from usid_lab.storage.text import plain


class FunctionProcess(Process):
    """A process whose function was given; made by :func:`process`.

    Parameters
    ----------
    sources : sequence of USIDataset
        What it reads.
    func : callable
        Given the blocks, and the parameters by name.
    cores, max_mem_mb, parameters
        As for :class:`Process`.
    """

    def __init__(
        self,
        sources: Sequence[USIDataset],
        func: Callable[..., object],
        *,
        cores: int | None,
        max_mem_mb: float | None,
        parameters: Mapping[str, object],
    ) -> None:
        super().__init__(*sources, cores=cores, max_mem_mb=max_mem_mb)
        self._parameters = dict(parameters)  # of any name
        self.func = func
        """The function."""

    def function(self, *blocks: object) -> object:
        """Call the function that was given."""
        return self.func(*blocks, **self._parameters)

    @property
    def identity(self) -> str:
        """Version, and a digest of the code of the function."""
        return f"{self.version}+{code_of(self.func)}"


def process(
    d: USIDataset | Sequence[USIDataset],
    func: Callable[..., object],
    *,
    name: str | None = None,
    outputs: Mapping[str, Declared],
    sees: Sequence[str] | None = None,
    per_position: bool = False,
    parameters: Mapping[str, object] | None = None,
    version: str = "1",
    batch: int | None = None,
    cores: int | None = None,
    max_mem_mb: float | None = None,
) -> Process:
    r"""Make a process of a function.

    Parameters
    ----------
    d : USIDataset, or sequence of them
        What is processed; several have the same positions.
    func : callable
        Given a block (items, \*seen dims) of each dataset, and the parameters by name;
        returns an array, a tuple of them, or a mapping by name of the output.
    name : str, optional
        Name of the tool; by default that of the function. A lambda has none.
    outputs : mapping of str to Output or dict
        What it finds: ``{"Peak": {"quantity": "Current", "units": "nA"}}``.
    sees : sequence of str, optional
        Dimensions that it sees; by default all spectroscopic ones.
    per_position : bool, optional
        It is given one item at a time, without the first axis.
    parameters : mapping of str to object, optional
        They identify the run.
    version : str, optional
        The code of the function identifies the run too; this is for what the code
        does not show, such as another release of a library.
    batch, cores, max_mem_mb
        As for :class:`Process`.

    Returns
    -------
    Process
        Ready to be tested, started or computed.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> import usid_lab as ul
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = ul.create(folder.name + "/a.h5", np.arange(12.0).reshape(2, 2, 3),
    ...               quantity="Current", units="nA",
    ...               position={"Y": ([0, 1], "m"), "X": ([0, 1], "m")},
    ...               spectroscopic={"Bias": ([0, 1, 2], "V")})
    >>> d = ul.open(folder.name + "/a.h5").main_datasets[0]
    >>> outputs = {"Peak": {"quantity": "Current", "units": "nA"}}
    >>> peak = ul.process(d, lambda b: b.max(axis=1), name="Peak", outputs=outputs)
    >>> float(peak.test({"Y": 1, "X": 0})["Peak"])
    8.0
    >>> peak.compute().results[0].read().squeeze().tolist()
    [[2.0, 5.0], [8.0, 11.0]]
    >>> folder.cleanup()
    """
    given: object = func
    if not callable(given):
        text = "ul.process is given a dataset and a function."
        raise ArgumentTypeError(text, f"got {plain(repr(func))}")
    one: object = d
    sources: list[Any] = list(one) if isinstance(one, Sequence) else [one]
    made = FunctionProcess(
        sources,
        func,
        cores=cores,
        max_mem_mb=max_mem_mb,
        parameters=parameters or {},
    )
    made.name = _name_of(func) if name is None else name
    made.version, made.outputs = version, outputs
    made.sees, made.per_position, made.batch = sees, per_position, batch
    return made


def _name_of(func: Callable[..., object]) -> str:
    name: str = getattr(func, "__name__", "")
    if name.isidentifier():
        return name
    text = "This function has no name. Give the process one: name='Peak', say."
    raise ArgumentError(text, f"got {plain(repr(func))}")
