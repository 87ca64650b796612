"""The components of a dataset as the browser gets them: with limits and sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from usid_lab.widgets.cyclic import one_turn
from usid_lab.widgets.forms import Component, Floats, Limits
from usid_lab.widgets.parts import Part, with_period
from usid_lab.widgets.sampling import ordered, percentile_limits, thinned

MOST_FITTED = 2**16


def sampled(
    parts: tuple[Part, ...], values: npt.NDArray[np.generic] | None, most: int
) -> tuple[tuple[Part, ...], tuple[Component, ...]]:
    """Look at a sample: which parts are phases, and between which limits they lie.

    Parameters
    ----------
    parts : tuple of Part
    values : ndarray, optional
        Sample of the dataset's values, any shape; None where none could be had.
    most : int
        How many values of it count at most.

    Returns
    -------
    parts : tuple of Part
        With their periods.
    components : tuple of Component
    """
    pairs = [_sampled(part, values, most) for part in parts]
    return tuple(part for part, _ in pairs), tuple(found for _, found in pairs)


def fitted(
    parts: tuple[Part, ...],
    components: tuple[Component, ...],
    shown: npt.NDArray[np.generic],
) -> tuple[Component, ...]:
    """Fit the first limits to the slice that is shown first.

    A spectrum's dynamic range drowns the contrast of any one map: the limits of all
    energies paint the central disc of a diffraction pattern in one colour.

    Parameters
    ----------
    parts : tuple of Part
    components : tuple of Component
        The same, with limits from a sample; phases and labels keep those.
    shown : ndarray, any shape
        Raw values of the slice.

    Returns
    -------
    tuple of Component
    """
    return tuple(
        component
        if part.period is not None or part.categorical
        else _fitted(component, part, shown)
        for part, component in zip(parts, components, strict=True)
    )


def _fitted(
    component: Component, part: Part, shown: npt.NDArray[np.generic]
) -> Component:
    limits = percentile_limits(ordered(part.of(shown), MOST_FITTED))
    return replace(component, limits=limits or component.limits)


def _sampled(
    part: Part, values: npt.NDArray[np.generic] | None, most: int
) -> tuple[Part, Component]:
    taken = np.empty(0) if values is None else ordered(part.of(values), most)
    part = with_period(part, taken)
    component = Component(
        name=part.name,
        label=part.label,
        units=part.units,
        period=part.period,
        categorical=part.categorical,
        limits=_limits(part, taken),
        sample=thinned(taken),
    )
    return part, component


def _limits(part: Part, taken: Floats) -> Limits | None:
    if part.period is not None and taken.size:
        return one_turn(taken, part.period)
    return percentile_limits(taken)
