"""What makes a run this one, and the note of it beside its shards."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from usid_lab.errors import ArgumentError, LayoutError
from usid_lab.processing.ledger.canonical import Json, canonical, digest_of
from usid_lab.processing.ledger.durable import held_by
from usid_lab.processing.outputs import Resolved
from usid_lab.processing.source import Source
from usid_lab.storage.groups import checked_name, results_name
from usid_lab.storage.recipe import check_numbers
from usid_lab.storage.status import COMPLETED
from usid_lab.storage.text import plain

FORMAT = "usid_lab run"
FORMAT_VERSION = 1
_OURS = ("Parameter_", "Position_", "Spectroscopic_")


@dataclass(frozen=True, eq=False)
class RunRecord:
    """One run of a tool over datasets.

    Attributes
    ----------
    tool, version : str
        What computes.
    parameters : dict
        JSON; arrays are there by a digest.
    sources : tuple of Source
        The datasets, each with its identity.
    outputs : tuple of Resolved
        What is found at each place.
    count : int
        Places.
    batch : int
        Places of one call of the function.
    """

    tool: str
    version: str
    parameters: dict[str, Json]
    sources: tuple[Source, ...]
    outputs: tuple[Resolved, ...] = field(repr=False)
    count: int
    batch: int

    @classmethod
    def of(
        cls,
        tool: str,
        version: str,
        parameters: Mapping[str, object],
        sources: Sequence[Source],
        outputs: Sequence[Resolved],
        count: int,
        batch: int,
    ) -> "RunRecord":
        """Write a run down.

        Parameters
        ----------
        tool, version : str
            What computes.
        parameters : mapping of str to object
            As its user gave them.
        sources : sequence of Source
            Each with an identity.
        outputs : sequence of Resolved
            What is found at each place.
        count, batch : int
            Places of all, and of one call of the function.

        Returns
        -------
        RunRecord

        Raises
        ------
        LayoutError
            A source cannot be told from others.
        ArgumentError, WriteError
            A name, or a type, that could not be written in the end.
        ArgumentTypeError
            A parameter cannot be written down.
        """
        _check_writable(tool, outputs)
        for source in sources:
            if source.identity is None:
                text = f"'{plain(source.path)}' cannot be told from other datasets, so "
                raise LayoutError(f"{text}no results of it can be kept.")
        told = canonical(parameters)
        sides = tuple(sources), tuple(outputs)
        return cls(tool, version, told, *sides, count, batch)

    @cached_property
    def run_id(self) -> str:
        """Digest of all that decides what is found."""
        return digest_of({**self._what(), "sources": list(map(known_by, self.sources))})

    @cached_property
    def question(self) -> str:
        """Digest of what is asked, whatever the datasets hold."""
        asked = {key: self._what()[key] for key in ("tool", "version", "parameters")}
        return digest_of({**asked, "paths": [source.path for source in self.sources]})

    def _what(self) -> dict[str, object]:
        return {
            "format": FORMAT_VERSION,
            "tool": self.tool,
            "version": self.version,
            "parameters": self.parameters,
            "outputs": [output.to_json() for output in self.outputs],
            "count": self.count,
            "batch": self.batch,
        }

    def to_json(self) -> dict[str, object]:
        """Return the note of the run."""
        sources = [
            {"file": str(source.file), "identity": known_by(source)}
            for source in self.sources
        ]
        ids = {"run_id": self.run_id, "question": self.question}
        return {"kind": FORMAT, **ids, **self._what(), "sources": sources}

    def to_bytes(self) -> bytes:
        """Return the note as it is written."""
        return json.dumps(self.to_json(), indent=1).encode()


def _check_writable(tool: str, outputs: Sequence[Resolved]) -> None:
    """Refuse now what the file could not take when all is computed."""
    results_name("Source", tool)
    for output in outputs:
        check_numbers(output.dtype)
        name = checked_name(output.name, "dataset")
        if name == COMPLETED or name.startswith(_OURS):
            text = f"An output cannot be called '{plain(name)}': that name is taken."
            raise ArgumentError(text, "for tables, marks and long parameters")


def known_by(source: Source) -> str:
    """Return the key of the identity of a source."""
    return source.identity.key if source.identity is not None else ""


@dataclass(frozen=True, slots=True)
class Note:
    """What is read of the note of some run.

    Attributes
    ----------
    run_id, question : str
        As of :class:`RunRecord`.
    tool : str
        What computes.
    count : int
        Places.
    sources : tuple of str
        Keys of the identities of the datasets.
    file : str
        The first data file, where it was when the run began; '' if nobody knows.
    """

    run_id: str
    question: str
    tool: str
    count: int
    sources: tuple[str, ...]
    file: str = ""

    @classmethod
    def read(cls, path: Path) -> "Note | None":
        """Read a note; None where there is none, or none that can be understood.

        Parameters
        ----------
        path : Path
            Its file. Anybody may have written it.
        """
        try:
            told = json.loads(held_by(path))
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(told, dict) or told.get("kind") != FORMAT:
            return None
        texts = told.get("run_id"), told.get("question"), told.get("tool")
        count, sources = told.get("count"), told.get("sources")
        if told.get("format") != FORMAT_VERSION or not isinstance(count, int):
            return None
        if not isinstance(sources, list) or not all(map(_is_source, sources)):
            return None
        if not all(isinstance(text, str) for text in texts):
            return None
        run_id, question, tool = map(str, texts)
        keys = tuple(str(one["identity"]) for one in sources)
        file = str(sources[0].get("file", "")) if sources else ""
        return cls(run_id, question, tool, count, keys, file)


def _is_source(told: object) -> bool:
    return isinstance(told, dict) and isinstance(told.get("identity"), str)
