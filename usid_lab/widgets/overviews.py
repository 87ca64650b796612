"""Maps that have more pixels than the screen: a part of them, or fewer pixels.

While the hand moves, a pixel of the picture is the one in the middle of the block
for which it stands; when the eye rests, it is the mean of all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from usid_lab.widgets.blockmeans import BlockMeans
from usid_lab.widgets.forms import Frame
from usid_lab.widgets.hurry import Hurry, in_time
from usid_lab.widgets.maps import (
    band_of,
    drawn,
    map_axes,
    mean_over_band,
    read_map,
    read_slice,
    selection_of,
    to_single,
    upright,
)
from usid_lab.widgets.mapsource import MapSource, in_order, read_for
from usid_lab.widgets.sights import Plan, Sight, Span, planned
from usid_lab.widgets.streaming import so_far
from usid_lab.widgets.subject import UNWATCHED, Subject, Watch
from usid_lab.widgets.titles import map_title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from usid_lab.model.view import ViewState
    from usid_lab.widgets.parts import Part


def plan_of(subject: Subject, view: ViewState, sight: Sight | None) -> Plan | None:
    """Choose what to send of the map of a view; None for all of it.

    Parameters
    ----------
    subject : Subject
    view : ViewState
    sight : Sight, optional

    Returns
    -------
    Plan or None
        None also for scattered points.
    """
    if view.x is None or view.y is None:
        return None
    return planned(subject.sizes[view.x], subject.sizes[view.y], sight)


def map_frame(
    subject: Subject,
    part: Part,
    view: ViewState,
    watch: Watch = UNWATCHED,
    sight: Sight | None = None,
) -> Frame:
    """Return the map of a view, with as many pixels as can be seen.

    Parameters
    ----------
    subject : Subject
    part : Part
        The component.
    view : ViewState
        It fits the subject and has a map.
    watch : Watch
    sight : Sight, optional

    Returns
    -------
    Frame
        With `reduced` where it is not the whole map, pixel by pixel.
    """
    source = MapSource(subject, part, view)
    plan = plan_of(subject, view, sight)
    if (sight is not None and sight.fine) or not source.is_scattered:
        return _planned_frame(source, plan, watch)
    return _hurry(source, plan, moving=sight is not None and sight.moving).read(
        lambda factor, some: _planned_frame(source, source.coarser(plan, factor), some),
        watch,
    )


def _hurry(source: MapSource, plan: Plan | None, *, moving: bool) -> Hurry:
    def count(factor: int) -> int:
        return source.count(source.coarser(plan, factor))

    return Hurry(source.haste, min(source.sides), count, moving)


def _planned_frame(source: MapSource, plan: Plan | None, watch: Watch) -> Frame:
    subject, part, view = source.subject, source.part, source.view
    if plan is None:
        return read_map(subject, part, view, watch)
    averaged = plan.fine and not plan.is_exact and not part.categorical
    sparse = plan.is_exact or averaged or part.categorical

    def frame(
        picture: npt.NDArray[np.floating], valid: int | None, shown: Plan = plan
    ) -> Frame:
        return Frame(
            map=upright(subject, picture, map_axes(subject, view)),
            title=map_title(subject, part, view),
            valid=valid if sparse else None,
            reduced=shown.told(_words(plan, part, averaged=averaged)),
        )

    if averaged:
        return frame(*_averaged(source, plan, watch, frame))
    return frame(*_sampled(source, plan, watch, frame))


def _words(plan: Plan, part: Part, *, averaged: bool) -> str:
    if plan.is_exact:
        return ""
    block = f"{plan.columns.factor} x {plan.rows.factor} pixels"
    return f"{part.mean_word} of {block}" if averaged else f"1 of {block}"


def pixel_value(
    subject: Subject, part: Part, view: ViewState, watch: Watch = UNWATCHED
) -> float:
    """Return the value of a map at the cursor, as the file has it.

    Parameters
    ----------
    subject : Subject
    part : Part
        The component.
    view : ViewState
        It fits the subject and has a map.
    watch : Watch

    Returns
    -------
    float
        NaN where there is none.
    """
    axes = map_axes(subject, view)
    # A pixel is a slice: what is averaged keeps its axes.
    at = {name: slice(view.index[name], view.index[name] + 1) for name in axes}
    chosen = selection_of(subject, view, part, axes) | at
    band = band_of(view, part, axes)
    if band is None:
        return float(part.of(subject.read(chosen, watch)).reshape(-1)[0])
    chosen[view.curve or ""] = slice(band[0], band[1] + 1)
    mean, _ = mean_over_band(subject, view, part, subject.read(chosen, watch))
    return float(mean.reshape(-1)[0])


@dataclass(frozen=True, slots=True)
class Raw:
    """Values of a map as the file has them; the middle ones of blocks with a plan.

    Attributes
    ----------
    values : ndarray, shape (y, x), (x, y) or (points,)
        In the dataset's order of dims.
    plan : Plan, optional
        None for all pixels.
    """

    values: npt.NDArray[np.generic]
    plan: Plan | None = None

    def thinned(self, subject: Subject, view: ViewState) -> Raw:
        """Return no more of it than is sent before the screen is known."""
        plan = plan_of(subject, view, None)
        if plan is None or self.plan is not None:
            return self
        slow, fast = in_order(subject, map_axes(subject, view), plan)
        return Raw(self.values[slow.middles, fast.middles], plan)


def read_raw(
    subject: Subject, part: Part, view: ViewState, watch: Watch = UNWATCHED
) -> Raw | None:
    """Read the map of a view as far as it is sent before the screen is known.

    Parameters
    ----------
    subject : Subject
    part : Part
    view : ViewState
    watch : Watch

    Returns
    -------
    Raw or None
        None where that takes long, and fewer pixels would take as long.
    """
    source = MapSource(subject, part, view)
    plan = plan_of(subject, view, None)
    if not source.is_scattered:
        return in_time(lambda some: _planned_raw(source, plan, some), watch)
    return _hurry(source, plan, moving=False).read(
        lambda factor, some: _planned_raw(source, source.coarser(plan, factor), some),
        watch,
    )


def _planned_raw(source: MapSource, plan: Plan | None, watch: Watch) -> Raw:
    if plan is None:
        return Raw(read_slice(source.subject, source.part, source.view, watch))
    slow, fast = (span.middles for span in source.spans(plan))
    return Raw(source.raw(slow, fast, watch), plan)


def drawn_raw(subject: Subject, part: Part, view: ViewState, raw: Raw) -> Frame:
    """Return the picture that raw values make.

    Parameters
    ----------
    subject : Subject
    part : Part
    view : ViewState
    raw : Raw

    Returns
    -------
    Frame
    """
    frame = drawn(subject, part, view, raw.values)
    if raw.plan is None:
        return frame
    words = _words(raw.plan, part, averaged=False)
    return replace(frame, reduced=raw.plan.told(words))


def _sampled(
    source: MapSource,
    plan: Plan,
    watch: Watch,
    frame: Callable[[npt.NDArray[np.floating], int | None], Frame],
) -> tuple[npt.NDArray[np.floating], int | None]:
    """Return the pixel in the middle of each block; show what has come of them."""
    slow, fast = source.spans(plan)
    parts: list[npt.NDArray[np.floating]] = []
    valid = 0

    def preview() -> Frame:
        known = cast("npt.NDArray[np.floating]", so_far(parts, slow.count))
        return frame(known, valid)

    strips = list(_strips(source, slow, fast))
    if len(strips) == 1:
        some = source.read(
            slow.middles, fast.middles, watch, lambda known: frame(known, None)
        )
        return some[0], some[1] if source.is_mean else None
    for first, last in strips:
        share = watch.share(first / slow.count, (last - first) / slow.count)
        middles = range(slow.stop)[slow.middles][first:last]
        rows = slice(middles.start, middles.stop, middles.step)
        values, count = source.read(rows, fast.middles, share)
        parts.append(to_single(values))
        valid += count
        if last < slow.count:
            watch.preview(preview)
    return np.concatenate(parts), valid if source.is_mean else None


def _strips(source: MapSource, slow: Span, fast: Span) -> Iterator[tuple[int, int]]:
    """Cut the rows of blocks of a picture into stretches that are read at once."""
    dense_slow, dense_fast = source.densest
    width = fast.count * read_for(fast, dense_fast)
    step = max(1, source.most // (width * read_for(slow, dense_slow)))
    step = min(step, source.most_rows(fast))
    for first in range(0, slow.count, step):
        yield first, min(first + step, slow.count)


def _averaged(
    source: MapSource,
    plan: Plan,
    watch: Watch,
    frame: Callable[[npt.NDArray[np.floating], int | None, Plan], Frame],
) -> tuple[npt.NDArray[np.floating], int | None]:
    """Return the mean of each block; NaN are left out. Show those that are complete."""
    means = BlockMeans(*source.spans(plan), source.part.period)
    width = source.spans(plan)[1].stop

    def preview(stop: int, valid: int, shown: Plan) -> Callable[[], Frame]:
        return lambda: frame(means.so_far(stop), valid, shown)

    valid = 0
    for slow, fast, done, part in _tiles(source, plan):
        at = slice(slow.start, slow.stop), slice(fast.start, fast.stop)
        values, count = source.read(*at, watch.share(done, part))
        means.add(values, slow, fast)
        valid += count
        shown = source.until(plan, slow.stop)
        if fast.stop == width and shown.pixels:
            watch.preview(preview(slow.stop, valid, shown))
    return means.result(), valid if source.is_mean else None


def _tiles(
    source: MapSource, plan: Plan
) -> Iterator[tuple[range, range, float, float]]:
    """Cut what a picture stands for into parts that are read at once.

    They end where chunks end, so that none is unpacked twice.
    """
    slow, fast = source.spans(plan)
    width = min(fast.stop - fast.start, source.most)
    height = max(1, min(source.most // width, source.most_rows(fast)))
    chunk = source.chunk()
    if chunk <= 2 * height:
        height = max(1, height // chunk) * chunk
    total = (slow.stop - slow.start) * (fast.stop - fast.start)
    done = 0
    for rows in _runs(slow, height):
        for columns in _runs(fast, width):
            size = len(rows) * len(columns)
            yield rows, columns, done / total, size / total
            done += size


def _runs(span: Span, length: int) -> Iterator[range]:
    """Stretches of a span that end at multiples of `length`."""
    start = span.start
    while start < span.stop:
        stop = min((start // length + 1) * length, span.stop)
        yield range(start, stop)
        start = stop
