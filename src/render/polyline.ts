/** Curves whose abscissa turns back: drawn point by point in index order. */

/** Indices worth drawing: each at least `gap` pixels from the one before. */
export function thinned(
  px: ArrayLike<number>,
  py: ArrayLike<number>,
  gap: number
): number[] {
  const kept: number[] = [];
  const last = px.length - 1;
  let x = NaN;
  let y = NaN;
  for (let i = 0; i <= last; i++) {
    const far = Math.hypot((px[i] as number) - x, (py[i] as number) - y);
    if (!(far < gap) || i === last) {
      kept.push(i);
      x = px[i] as number;
      y = py[i] as number;
    }
  }
  return kept;
}

export interface IMinMax {
  x: number[];
  y: (number | null)[];
}

/**
 * The lowest and highest value of each of `buckets` stretches, in their order:
 * the outline of a long curve survives, peaks one sample wide included.
 * Stretches without numbers become a gap.
 */
export function outline(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  buckets: number
): IMinMax {
  const result: IMinMax = { x: [], y: [] };
  const size = y.length / buckets;
  for (let b = 0; b < buckets; b++) {
    const from = Math.floor(b * size);
    const to = Math.floor((b + 1) * size);
    pushExtremes(result, x, y, from, to);
  }
  return result;
}

function pushExtremes(
  into: IMinMax,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  from: number,
  to: number
): void {
  let low = -1;
  let high = -1;
  for (let i = from; i < to; i++) {
    const value = y[i] as number;
    if (value === value) {
      low = low < 0 || value < (y[low] as number) ? i : low;
      high = high < 0 || value > (y[high] as number) ? i : high;
    }
  }
  if (low < 0) {
    pushPoint(into, x[from] as number, null);
    return;
  }
  for (const i of low === high ? [low] : [low, high].sort((a, b) => a - b)) {
    pushPoint(into, x[i] as number, y[i] as number);
  }
}

function pushPoint(into: IMinMax, x: number, y: number | null): void {
  into.x.push(x);
  into.y.push(y);
}

/** Where a loop runs, for an arrow: a point, and a direction in radians. */
export function arrowAt(
  px: ArrayLike<number>,
  py: ArrayLike<number>,
  fraction: number
): { x: number; y: number; angle: number } | null {
  const i = Math.round(fraction * (px.length - 1));
  const from = Math.max(i - 1, 0);
  const to = Math.min(i + 1, px.length - 1);
  const dx = (px[to] as number) - (px[from] as number);
  const dy = (py[to] as number) - (py[from] as number);
  const angle = Math.atan2(dy, dx);
  const x = px[i] as number;
  const y = py[i] as number;
  return Number.isFinite(x + y + angle) && (dx || dy) ? { x, y, angle } : null;
}
