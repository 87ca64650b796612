"""Everything that the viewer must know of a dataset before it shows values."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from usid_lab.dataset import PlainArray, USIDataset
from usid_lab.errors import NotMainError, UsidError, ViewError
from usid_lab.model.view import Contrast
from usid_lab.reading.damage import Damage
from usid_lab.widgets.badges import badges_of
from usid_lab.widgets.channels import channel_set, first_mode
from usid_lab.widgets.components import fitted, sampled
from usid_lab.widgets.damaged import noted
from usid_lab.widgets.dims import pixel_aspect
from usid_lab.widgets.firstview import centred, first_view
from usid_lab.widgets.forms import Channel, Component, Description, Frame
from usid_lab.widgets.hurry import in_time
from usid_lab.widgets.maps import map_axes
from usid_lab.widgets.overviews import Raw, drawn_raw, read_raw
from usid_lab.widgets.roles import Roles, first_roles
from usid_lab.widgets.sampling import MOST_PIXELS as MOST_IMAGED
from usid_lab.widgets.sampling import MOST_SAMPLED, Sample, take_sample
from usid_lab.widgets.sights import planned
from usid_lab.widgets.subject import UNWATCHED, Subject, Watch, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    import numpy.typing as npt

    from usid_lab.file import USIDFile
    from usid_lab.model.contents import Node
    from usid_lab.model.view import ViewState
    from usid_lab.reading.process.client import ReaderProcess


@dataclass(frozen=True, slots=True)
class Described:
    """A dataset ready to be shown.

    Attributes
    ----------
    subject : Subject
        What frames are read of.
    description : Description
        What the browser is told.
    map : Frame, optional
        The map of the first view, where one was read.
    """

    subject: Subject
    description: Description
    map: Frame | None

    def fits(self, view: ViewState) -> bool:
        """Whether a view is one of this dataset."""
        fits = view.fits(self.subject.sizes)
        return fits and self.subject.part(view.component) is not None


T = TypeVar("T")


def describe(
    file: USIDFile,
    source: USIDataset | PlainArray,
    raw: Iterable[Node] = (),
    watch: Watch = UNWATCHED,
    process: ReaderProcess | None = None,
) -> Described:
    """Look at a dataset: a small sample of its values, and its first map.

    Where that takes long it is given up: its panel shows how it comes.

    Parameters
    ----------
    file : USIDFile
    source : USIDataset or PlainArray
    raw : iterable of Node
        Raw Mains of the file, for its channel set.
    watch : Watch
    process : ReaderProcess, optional
        What is to read.

    Returns
    -------
    Described
    """
    subject = subject_of(source, process)
    _check(subject)
    roles = first_roles(subject.dims, subject.points.dim if subject.points else None)
    seen = replace(watch, damage=Damage())
    image = _if_readable(lambda: _whole_image(subject, roles, seen))
    sample = None
    if image is None:
        share = replace(watch.share(0, 0.3), damage=Damage())  # NaN do not count
        sample = _if_readable(lambda: take_sample(subject, roles, share))
    if sample is not None:
        parts, components = sampled(subject.parts, sample.values, MOST_SAMPLED)
    else:
        pixels = None if image is None else image.values
        parts, components = sampled(subject.parts, pixels, MOST_IMAGED)
    subject = replace(subject, parts=parts)
    view = first_view(subject, roles, components[0], sample)
    shown = _shown(subject, view, image, seen.share(0.3, 0.7))
    # A plain image's limits come from all of its pixels already.
    slice_ = None if image is not None else _slice(subject, view, sample, shown)
    if slice_ is not None:
        components = fitted(parts, components, slice_)
    view = replace(view, contrast=Contrast(limits=components[0].limits))
    frame = None
    if shown is not None:
        view, frame = _opened(subject, view, shown)
        frame = noted(frame, seen.damage, source)
    channels = _channels(file, source, raw)
    view = replace(view, channels=first_mode(subject, view, channels))
    description = _description(file, subject, components, channels, view)
    return Described(subject, description, frame)


def _check(subject: Subject) -> None:
    if not subject.parts:
        raise ViewError(
            f"'{subject.source.name}' holds no numbers that could be shown.",
            f"{subject.source.path} has the type {subject.source.dtype}.",
        )
    if not all(subject.sizes.values()):
        raise ViewError(
            f"'{subject.source.name}' is empty.",
            f"{subject.source.path} has the shape {subject.source.shape}.",
        )


def _whole_image(subject: Subject, roles: Roles, watch: Watch) -> Raw | None:
    """All pixels of a plain image: its limits come from them, and its map.

    Of a huge one as many as are sent first.
    """
    axes = {roles.x, roles.y} if roles.x != roles.curve else set()
    if subject.points is not None:
        axes = {subject.points.dim}
    others = math.prod(d.size for d in subject.dims if d.name not in axes)
    if others > 1 or not axes:
        return None
    chosen: dict[str, int | slice] = {d: 0 for d in subject.sizes if d not in axes}
    plan = None
    if len(axes) == 2 and math.prod(subject.sizes.values()) > MOST_IMAGED:
        y, x = roles.y or "", roles.x or ""
        plan = planned(subject.sizes[x], subject.sizes[y])
        chosen |= plan.middles((y, x)) if plan is not None else {}
    pixels = in_time(lambda some: subject.read(chosen, some), watch)
    return None if pixels is None else Raw(pixels, plan)


def _shown(
    subject: Subject,
    view: ViewState,
    image: Raw | None,
    watch: Watch,
) -> Raw | None:
    """Raw values of the first map; None where there is none, or no reading it."""
    if image is not None or not map_axes(subject, view):
        return image and image.thinned(subject, view)
    part = subject.parts[0]
    return _if_readable(lambda: read_raw(subject, part, view, watch))


def _slice(
    subject: Subject, view: ViewState, sample: Sample | None, shown: Raw | None
) -> npt.NDArray[np.generic] | None:
    """Values of the slice that is shown first; as many as are known of it."""
    if shown is not None:
        return shown.values
    if sample is None or not map_axes(subject, view):
        return None
    return sample.near(view.index)


def _opened(subject: Subject, view: ViewState, shown: Raw) -> tuple[ViewState, Frame]:
    """Return the first map, and the view with a valid cursor."""
    frame = drawn_raw(subject, subject.parts[0], view, shown)
    if frame.map is None:
        return view, frame
    view = centred(subject, view, frame.map)
    return view if shown.plan is None else shown.plan.cursor(view), frame


def _if_readable(read: Callable[[], T]) -> T | None:
    """Return what is read; a panel says by itself why it stays empty."""
    try:
        return read()
    except UsidError:
        return None


def _channels(
    file: USIDFile, source: USIDataset | PlainArray, raw: Iterable[Node]
) -> tuple[Channel, ...]:
    return channel_set(file, source, raw) if isinstance(source, USIDataset) else ()


def _description(
    file: USIDFile,
    subject: Subject,
    components: tuple[Component, ...],
    channels: tuple[Channel, ...],
    view: ViewState,
) -> Description:
    source = subject.source
    main = isinstance(source, USIDataset)
    return Description(
        path=source.path,
        name=source.name,
        kind="main" if main else "array",
        quantity=source.quantity,
        units=source.units,
        dtype=_dtype_text(source.dtype),
        layout=str(source.layout.kind),
        dims=subject.dims,
        components=components,
        channels=channels,
        badges=badges_of(source.layout, subject.dims, components),
        faults=_faults(file, source),
        y_up=main and source.y_up,
        aspect=_aspect(subject, view),
        points=subject.points,
        view=view,
    )


def _dtype_text(dtype: np.dtype[np.generic]) -> str:
    if dtype.names is None:
        return dtype.name
    return f"compound of {len(dtype.names)}"


def _faults(file: USIDFile, source: USIDataset | PlainArray) -> tuple[str, ...]:
    """Say what is odd about a Main dataset, or what keeps an array from being one."""
    reason = file.node(source.path).reason
    if not reason or isinstance(source, USIDataset):
        return (reason,) if reason else ()
    try:
        file.dataset(source.path)
    except NotMainError as error:
        return tuple(f.text for f in error.faults if f.severity == "error")
    except UsidError as error:
        return (error.message,)
    return ()


def _aspect(subject: Subject, view: ViewState) -> float | None:
    if view.x is None or view.y is None:
        return None
    return pixel_aspect(subject.dim(view.x), subject.dim(view.y))
