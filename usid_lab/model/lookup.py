"""At which indices a dimension has given values."""

import numbers
import operator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from usid_lab.errors import LabelError, SelectionError

Label = float | slice | ArrayLike
Found = int | slice | NDArray[np.int64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SINGLE = 2.0**-23  # of a value: what rounding to single precision moves it
_FILLING = {"pad": "pad", "ffill": "pad", "backfill": "backfill", "bfill": "backfill"}
METHODS = ("nearest", *_FILLING)


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """Finds indices of one dimension by value, as xarray does.

    Attributes
    ----------
    name : str
        Of the dimension; for messages.
    values : ndarray of float64, shape (size,)
        The value at each index.
    """

    name: str
    values: Floats

    def find(self, label: Label, method: str | None, tolerance: float | None) -> Found:
        """Find the indices of a value, of several, or of all between two.

        Parameters
        ----------
        label : float, slice of float or 1-D array_like of float
            Both ends of a slice belong to it; its step counts indices.
        method : {None, "nearest", "pad", "ffill", "backfill", "bfill"}
            Which index is meant where no value is exactly the one asked for: the
            nearest, the one before, or the one after.
        tolerance : float, optional
            How far that value may be away.

        Returns
        -------
        int, slice or ndarray of int64
            For ``isel``.
        """
        if isinstance(label, slice):
            if method is not None:
                text = f"A slice of '{self.name}' is exact: it takes no method."
                raise SelectionError(text, f"got {label!r} with method {method!r}")
            return self._between(label)
        wanted = self._labels(label)
        if method is None:
            found = self._exact(self._as_held(wanted.ravel()))
        else:
            found = self._close(wanted.ravel(), method, tolerance)
        return found if wanted.ndim else int(found[0])

    def _labels(self, label: Label) -> Floats:
        try:
            array = np.asarray(label)
        except ValueError as error:
            raise self._refused(label) from error
        if array.ndim > 1 or (array.size and array.dtype.kind not in "iuf"):
            raise self._refused(label)
        return array.astype(np.float64)

    def _refused(self, label: object) -> SelectionError:
        text = f"Dimension '{self.name}' takes a value, a slice or a list of values."
        return SelectionError(text, f"got {label!r}")

    def _as_held(self, wanted: Floats) -> Floats:
        """Round to single precision where that is how the values are held.

        Files mostly are so, and 1e-6 is meant where they say 9.99999997e-07.
        """
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            if (self.values.astype(np.float32) != self.values).any():
                return wanted
            single = wanted.astype(np.float32).astype(np.float64)
            near = np.abs(single - wanted) <= _SINGLE * np.abs(wanted)
        return np.where(near & np.isin(single, self.values), single, wanted)

    def _exact(self, wanted: Floats) -> Ints:
        # NaN is sorted to the end and found there like any other value.
        order = np.argsort(self.values, kind="stable")
        first = np.searchsorted(self.values, wanted, "left", sorter=order)
        last = np.searchsorted(self.values, wanted, "right", sorter=order)
        missing = wanted[last == first]
        if missing.size:
            raise self._missing(float(missing[0]))
        for value, start, stop in zip(wanted, first, last, strict=True):
            if stop - start > 1:
                where = ", ".join(map(str, order[start:stop][:5]))
                text = f"'{self.name}' is {value:.15g} {stop - start} times"
                raise SelectionError(f"{text} (at {where}); select by index.")
        return order[first].astype(np.int64)

    def _missing(self, value: float, tolerance: float | None = None) -> LabelError:
        text = f"Dimension '{self.name}' has no value {value:.15g}"
        if tolerance is not None:
            return LabelError(f"{text} within {tolerance:g}.", self._extent())
        return LabelError(f"{text}; method='nearest' takes one nearby.", self._extent())

    def _extent(self) -> str:
        known = self.values[np.isfinite(self.values)]
        if not known.size:
            return "it has no finite values"
        return f"its values lie between {known.min():.15g} and {known.max():.15g}"

    def _close(self, wanted: Floats, method: str, tolerance: float | None) -> Ints:
        if wanted.size and not self.values.size:
            raise self._missing(float(wanted[0]), tolerance)
        sign = self._direction(unique=True)
        rising, sought = sign * self.values, sign * wanted
        before = np.searchsorted(rising, sought, "right") - 1
        after = np.searchsorted(rising, sought, "left")
        filling = {"pad": before, "backfill": after}
        if method in _FILLING:
            found = filling[_FILLING[method]]
        else:
            found = _nearer(rising, sought, before, after, prefer_before=sign < 0)
        inside = (found >= 0) & (found < len(rising)) & ~np.isnan(wanted)
        held = rising[np.where(inside, found, 0)]
        exact = held == sought
        with np.errstate(invalid="ignore"):
            far = np.abs(held - sought) > (np.inf if tolerance is None else tolerance)
        missing = wanted[~inside | (far & ~exact)]
        if missing.size:
            raise self._missing(float(missing[0]), tolerance)
        return found.astype(np.int64)

    def _between(self, label: slice) -> slice:
        step = self._step(label.step)
        if label.start is None and label.stop is None:
            return slice(None, None, step)
        # Counted backwards, the slice begins at its upper end.
        ends = (label.start, label.stop)[:: 1 if step > 0 else -1]
        low, high = (self._end(end) for end in ends)
        sign = self._direction(unique=False)
        rising = sign * self.values
        first, last = 0, len(rising)
        if low is not None:
            first = int(np.searchsorted(rising, sign * low, "left"))
        if high is not None:
            last = int(np.searchsorted(rising, sign * high, "right"))
        if last <= first:
            return slice(0, 0)
        if step > 0:
            return slice(first, last, step)
        return slice(last - 1, first - 1 if first else None, step)

    def _step(self, step: object) -> int:
        try:
            count = 1 if step is None else operator.index(step)  # type: ignore[arg-type]
        except TypeError:
            count = 0
        if count == 0:
            text = f"The step of a slice of '{self.name}' is a whole number but 0."
            raise SelectionError(text, f"got {step!r}")
        return count

    def _end(self, end: object) -> float | None:
        if end is None:
            return None
        real = isinstance(end, numbers.Real) and not isinstance(end, bool)
        if not real or end != end:
            text = f"A slice of '{self.name}' goes from one value to another."
            raise SelectionError(text, f"got {end!r}")
        whole = np.array([float(end)])  # type: ignore[arg-type]
        return float(self._as_held(whole)[0])

    def _direction(self, *, unique: bool) -> int:
        """Give 1 for rising values, -1 for falling ones."""
        steps = np.diff(self.values)
        for sign in (1, -1):
            if (sign * steps > 0).all() or (not unique and (sign * steps >= 0).all()):
                return sign
        repeats = unique and ((steps >= 0).all() or (steps <= 0).all())
        why = "repeat" if repeats else "neither rise nor fall throughout"
        text = f"The values of '{self.name}' {why}; select by index or exact value."
        raise SelectionError(text)


def _nearer(
    rising: Floats, sought: Floats, before: Ints, after: Ints, *, prefer_before: bool
) -> Ints:
    """Of two neighbours the nearer one; of equals that of larger value."""
    last = len(rising) - 1
    with np.errstate(invalid="ignore"):
        back = sought - rising[np.maximum(before, 0)]
        forth = rising[np.minimum(after, last)] - sought
    chosen = back <= forth if prefer_before else back < forth
    nearest: Ints = np.where((chosen | (after > last)) & (before >= 0), before, after)
    return nearest
