"""Models compiled by numba: cost, gradient and normal matrix of one fit."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

OSCILLATOR, LORENTZIAN, GAUSSIAN = range(3)

# Sums may be reordered, so that they use the processor's wide registers; NaN and
# infinity keep their meaning: failed fits are told by them.
compiled = numba.njit(
    cache=True,
    nogil=True,
    error_model="numpy",
    fastmath={"reassoc", "contract", "nsz", "arcp"},
)


@compiled
def _oscillator_sums(
    p: Floats, x: Floats, real: Floats, imaginary: Floats
) -> tuple[float, ...]:
    """Sum what cost, gradient and matrix are made of, in one pass."""
    q, w, a, b = p
    cost = se = sf = ue = uf = ss = st = 0.0
    sm = smm = wmm = sx = sy = ux = uy = 0.0
    for i in range(x.size):
        u = x[i]
        v, y = u * u - q, w * u
        k = 1.0 / (v * v + y * y)
        v *= k
        y *= k
        dr = real[i] - (a * v - b * y)
        di = imaginary[i] - (a * y + b * v)
        cost += dr * dr + di * di
        s = v * dr + y * di
        t = v * di - y * dr
        e = v * s + y * t
        f = v * t - y * s
        se += e
        sf += f
        ue += u * e
        uf += u * f
        ss += s
        st += t
        sm += k
        smm += k * k
        wmm += k * k * u * u
        sx += k * v
        sy += k * y
        ux += k * v * u
        uy += k * y * u
    return cost, se, sf, ue, uf, ss, st, sm, smm, wmm, sx, sy, ux, uy


@compiled
def _oscillator(
    p: Floats, x: Floats, real: Floats, imaginary: Floats, g: Floats, m: Floats
) -> float:
    """Fill gradient and matrix (lower triangle), return the cost."""
    sums = _oscillator_sums(p, x, real, imaginary)
    cost, se, sf, ue, uf, ss, st, sm, smm, wmm, sx, sy, ux, uy = sums
    a, b = p[2], p[3]
    g[0] = a * se + b * sf
    g[1] = a * uf - b * ue
    g[2] = ss
    g[3] = st
    m[0, 0] = (a * a + b * b) * smm
    m[1, 0] = 0.0
    m[1, 1] = (a * a + b * b) * wmm
    m[2, 0] = a * sx - b * sy
    m[3, 0] = a * sy + b * sx
    m[2, 1] = -(a * uy + b * ux)
    m[3, 1] = a * ux - b * uy
    m[2, 2] = sm
    m[3, 2] = 0.0
    m[3, 3] = sm
    return cost


@compiled
def _peak(kind: int, p: Floats, x: Floats, d: Floats, g: Floats, m: Floats) -> float:
    """Fill gradient and matrix of a peak on an offset, return the cost."""
    a, centre, width, offset = p
    cost = g0 = g1 = g2 = g3 = 0.0
    m00 = m10 = m20 = m30 = m11 = m21 = m31 = m22 = m32 = 0.0
    for i in range(x.size):
        far = (x[i] - centre) / width
        if kind == LORENTZIAN:
            c0 = 1.0 / (1.0 + far * far)
            slope = 2.0 * a / width * c0 * c0
        else:
            c0 = math.exp(-0.5 * far * far)
            slope = a / width * c0
        c1 = slope * far
        c2 = c1 * far
        r = d[i] - (a * c0 + offset)
        cost += r * r
        g0 += c0 * r
        g1 += c1 * r
        g2 += c2 * r
        g3 += r
        m00 += c0 * c0
        m10 += c1 * c0
        m20 += c2 * c0
        m30 += c0
        m11 += c1 * c1
        m21 += c2 * c1
        m31 += c1
        m22 += c2 * c2
        m32 += c2
    g[0], g[1], g[2], g[3] = g0, g1, g2, g3
    m[0, 0], m[1, 0], m[2, 0], m[3, 0] = m00, m10, m20, m30
    m[1, 1], m[2, 1], m[3, 1] = m11, m21, m31
    m[2, 2], m[3, 2], m[3, 3] = m22, m32, float(x.size)
    return cost


@compiled
def evaluate(
    kind: int, p: Floats, x: Floats, d: Floats, e: Floats, g: Floats, m: Floats
) -> float:
    """Evaluate a model at parameters p.

    Parameters
    ----------
    kind : int
        Which model.
    p : ndarray of float64, shape (count,)
    x : ndarray of float64, shape (points,)
    d, e : ndarray of float64, shape (points,)
        The values; e is the imaginary part, which only the oscillator has.
    g : ndarray of float64, shape (count,)
        Filled with the gradient.
    m : ndarray of float64, shape (count, count)
        Its lower triangle is filled.

    Returns
    -------
    float
        The sum of squared residuals.
    """
    if kind == OSCILLATOR:
        return float(_oscillator(p, x, d, e, g, m))
    return float(_peak(kind, p, x, d, g, m))
