/** What is needed of values to choose their limits; NaN never counts. */

export type Limits = [number, number];

/** Smallest and largest finite value; null if there is none. */
export function extent(values: ArrayLike<number>): Limits | null {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < low && value > -Infinity) {
      low = value;
    }
    if (value > high && value < Infinity) {
      high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

/** Whether there is any finite value; most maps answer at once. */
export function hasNumbers(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value - value === 0) {
      return true;
    }
  }
  return false;
}

/** Smallest limits around both. */
export function union(a: Limits | null, b: Limits | null): Limits | null {
  return a && b ? [Math.min(a[0], b[0]), Math.max(a[1], b[1])] : (a ?? b);
}

/** Finite values in order, at most about `most` of them, evenly taken. */
export function sortedSample(
  values: ArrayLike<number>,
  most = 65536
): Float64Array {
  const stride = Math.max(1, Math.ceil(values.length / most));
  const sample = new Float64Array(Math.ceil(values.length / stride));
  let count = 0;
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i] as number;
    if (value - value === 0) {
      sample[count++] = value;
    }
  }
  return sample.subarray(0, count).sort();
}

/** Percentile (0-100) of sorted values, linear between neighbours. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const last = sorted.length - 1;
  const place = (Math.min(Math.max(percent, 0), 100) / 100) * last;
  const i = Math.min(Math.max(Math.floor(place), 0), Math.max(last - 1, 0));
  const low = sorted[i] ?? NaN;
  const high = sorted[i + 1] ?? low;
  return low + (high - low) * (place - i);
}

/** Limits between two percentiles of sorted values; null without values. */
export function percentileLimits(
  sorted: ArrayLike<number>,
  low: number,
  high: number
): Limits | null {
  if (sorted.length === 0) {
    return null;
  }
  return apart(percentile(sorted, low), percentile(sorted, high));
}

/** Limits in order and never equal, or every value would look clipped. */
export function apart(a: number, b: number): Limits {
  const [low, high] = a <= b ? [a, b] : [b, a];
  if (high > low) {
    return [low, high];
  }
  const margin = Math.abs(low) * 1e-3 || 0.5;
  return [low - margin, high + margin];
}

export interface IHistogram {
  counts: Uint32Array;
  /** Values outside of the range, not in `counts`. */
  under: number;
  over: number;
  /** All finite values that were looked at. */
  total: number;
}

/** Counts in equal bins over [low, high]; of many values an even sample. */
export function histogram(
  values: ArrayLike<number>,
  low: number,
  high: number,
  bins: number,
  most = 65536
): IHistogram {
  const counts = new Uint32Array(bins);
  const stride = Math.max(1, Math.ceil(values.length / most));
  const scale = high > low ? bins / (high - low) : 0;
  const result = { counts, under: 0, over: 0, total: 0 };
  for (let i = 0; i < values.length; i += stride) {
    countValue(result, values[i] as number, low, high, scale);
  }
  return result;
}

function countValue(
  into: IHistogram,
  value: number,
  low: number,
  high: number,
  scale: number
): void {
  if (value - value !== 0) {
    return;
  }
  into.total++;
  if (value < low) {
    into.under++;
  } else if (value > high) {
    into.over++;
  } else {
    const last = into.counts.length - 1;
    const bin = Math.min(((value - low) * scale) | 0, last);
    into.counts[bin] = (into.counts[bin] as number) + 1;
  }
}
