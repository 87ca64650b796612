"""What a view shows, as new Main datasets: the numbers behind the pixels."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from usid_lab.interop.derived import Derived, placed
from usid_lab.reading.reducing.tiles import BLOCK_BYTES, portions
from usid_lab.storage.text import plain
from usid_lab.widgets.maps import band_of, map_axes, mean_over_band
from usid_lab.widgets.subject import UNWATCHED
from usid_lab.widgets.titles import map_title, shown_index, value_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from usid_lab.interop.derived import Block
    from usid_lab.interop.derivedsides import Side
    from usid_lab.model.selection import Pick
    from usid_lab.model.view import ViewState
    from usid_lab.widgets.forms import Dim
    from usid_lab.widgets.parts import Part
    from usid_lab.widgets.subject import Subject, Watch


@dataclass(frozen=True, slots=True)
class Savable:
    """One picture of a view.

    Attributes
    ----------
    subject : Subject
        The dataset that is shown.
    part : Part
        The component that is shown.
    view : ViewState
    what : {"Map", "Curve"}
        Which panel.
    """

    subject: Subject
    part: Part
    view: ViewState
    what: str

    @property
    def free(self) -> list[str]:
        """Dims that are drawn: those that become positions, then spectra."""
        view, drawn = self.view, map_axes(self.subject, self.view)
        wanted = drawn if self.what == "Map" else (view.curve, view.overlay)
        dims = [dim for dim in self.subject.dims if dim.name in wanted]
        return [dim.name for dim in sorted(dims, key=self._is_across)]

    def _is_across(self, dim: Dim) -> bool:
        """Whether a dim becomes spectroscopic; of an array it is the curve's."""
        if dim.side == "array":
            return dim.name == self.view.curve
        return dim.side == "spectroscopic"

    @property
    def band(self) -> tuple[int, int] | None:
        """First and last index of the band of which a map is the mean."""
        if self.what != "Map":
            return None
        return band_of(self.view, self.part, map_axes(self.subject, self.view))

    @property
    def sizes(self) -> list[int]:
        """Sizes of the dims that are drawn."""
        return [self.subject.sizes[name] for name in self.free]

    @property
    def nbytes(self) -> int:
        """Bytes of its values."""
        return math.prod(self.sizes) * self.dtype.itemsize

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of its values: the file's where they are the file's."""
        stored = self.subject.source.dtype.newbyteorder("=")
        if self.band is not None:
            return np.dtype(np.float64)
        if self.part.kind == "value":
            return stored
        return self.part.of(np.empty(0, stored)).dtype

    @property
    def text(self) -> str:
        """Say which picture this is."""
        view, part = self.view, self.part
        if self.what == "Map":
            words = [part.label, map_title(self.subject, part, view)]
        else:
            words = [part.label, self._cursor()]
        return plain(" ".join(word for word in words if word))

    def _cursor(self) -> str:
        """Where the curve is."""
        sides = ("position", "array")
        dims = [d for d in self.subject.dims if d.side in sides and d.size > 1]
        told = [
            f"{dim.name} {value_text(dim, self.view.index[dim.name])}"
            for dim in dims
            if dim.name not in self.free
        ]
        return f"at {', '.join(told)}" if told else ""

    def derived(self, watch: Watch = UNWATCHED) -> Derived:
        """Return what is to be written.

        Parameters
        ----------
        watch : Watch
            Hears how far it is, and ends it.

        Returns
        -------
        Derived
        """
        part = self.part
        dropped = () if self.band is None else (self.view.curve or "",)
        return Derived(
            tool=self.what,
            name=self.what,
            quantity=part.label,
            units=part.units,
            dtype=self.dtype,
            chosen=tuple(self._pick(dim.name) for dim in self.subject.dims),
            dropped=frozenset(dropped),
            blocks=lambda sides: self._blocks(sides, watch),
            parameters=self._provenance(),
            across=frozenset(d.name for d in self.subject.dims if self._is_across(d)),
        )

    def _pick(self, name: str) -> Pick:
        if name in self.free:
            return range(self.subject.sizes[name])
        if name != self.view.curve or self.what != "Map":
            return self.view.index[name]
        if self.band is not None:
            return range(self.band[0], self.band[1] + 1)
        return shown_index(self.view, self.part)

    def _provenance(self) -> dict[str, object]:
        told: dict[str, object] = {
            "view_state": json.dumps(self.view.to_json()),
            "component": self.part.name,
            "title": self.text,
        }
        if self.band is not None:
            told["reduction"] = self.part.mean_word
            told["reduced_dimensions"] = [self.view.curve]
        return told

    def _blocks(self, sides: Sequence[Side], watch: Watch) -> Iterator[Block]:
        rows = sum(not self._is_across(self.subject.dim(name)) for name in self.free)
        total, done = max(1, math.prod(self.sizes)), 0
        for slab in portions(self.sizes, self._most()):
            count = math.prod(span.stop - span.start for span in slab)
            share = watch.share(done / total, count / total)
            values = self._values(slab, share)
            yield placed(values, slab, self.sizes, rows, sides)
            done += count

    def _most(self) -> int:
        """Values of a block: those that are averaged for them count too."""
        wide = 1 if self.band is None else self.band[1] + 1 - self.band[0]
        return max(1, BLOCK_BYTES // (wide * self.subject.source.dtype.itemsize))

    def _values(self, slab: Sequence[slice], watch: Watch) -> npt.NDArray[np.generic]:
        chosen: dict[str, int | slice | npt.NDArray[np.int64]] = {}
        spans = dict(zip(self.free, slab, strict=True))
        for dim in self.subject.dims:
            pick = self._pick(dim.name)
            if dim.name in spans:
                chosen[dim.name] = spans[dim.name]
            else:
                chosen[dim.name] = pick if isinstance(pick, int) else _span(pick)
        found = self._shown(self.subject.read(chosen, watch))
        axes = [dim.name for dim in self.subject.dims if dim.name in self.free]
        return found.transpose([axes.index(name) for name in self.free])

    def _shown(self, raw: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Values of the picture; axes in canonical order."""
        if self.band is not None:
            return mean_over_band(self.subject, self.view, self.part, raw)[0]
        return raw if self.part.kind == "value" else self.part.of(raw)


def _span(pick: object) -> slice:
    if not isinstance(pick, range):
        raise TypeError(f"{pick!r} is no range")
    return slice(pick.start, pick.stop)


def savables(subject: Subject, view: ViewState) -> list[Savable]:
    """Return the pictures of a view that can be saved.

    Parameters
    ----------
    subject : Subject
        A dataset that the view shows.
    view : ViewState
        It fits the subject, but for the component.

    Returns
    -------
    list of Savable
    """
    part = subject.part(view.component) or subject.parts[0]
    wanted = ["Map"] if map_axes(subject, view) else []
    if view.curve is not None:
        wanted.append("Curve")
    return [Savable(subject, part, view, what) for what in wanted]
