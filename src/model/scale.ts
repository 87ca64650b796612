/** The scale of a dim: how its values are written, and found again. */

import type { IDim } from './dataset';
import {
  formatScaled,
  maxAbs,
  parseQuantity,
  prefixFor,
  quantityText,
  stepOf,
  type IPrefix
} from './units';

interface IScale {
  prefix: IPrefix;
  step: number | undefined;
}

const scales = new WeakMap<IDim, IScale>();

export function scaleOf(dim: IDim): IScale {
  const known = scales.get(dim);
  if (known) {
    return known;
  }
  const { data } = dim.values;
  const prefix = prefixFor(dim.units, maxAbs(data));
  const scale = { prefix, step: stepOf(data) };
  scales.set(dim, scale);
  return scale;
}

/** The value at an index without its units; a label where values are labels. */
export function valueAt(dim: IDim, index: number): string {
  const label = dim.labels?.[index];
  if (label !== undefined) {
    return label;
  }
  const { prefix, step } = scaleOf(dim);
  return formatScaled(dim.values.data[index] ?? NaN, prefix, step).text;
}

/** The units in which `valueAt` is; empty for labels. */
export function unitsOf(dim: IDim): string {
  return dim.labels ? '' : scaleOf(dim).prefix.units;
}

/** "7.5 V" */
export function valueText(dim: IDim, index: number): string {
  return quantityText({ text: valueAt(dim, index), units: unitsOf(dim) });
}

/**
 * The index whose value is nearest to what was typed; null if it is no value.
 * Where values repeat, on branches of a loop, the nearest to `from` is meant.
 */
export function indexTyped(
  dim: IDim,
  typed: string,
  from: number
): number | null {
  const label = dim.labels?.findIndex(text => text === typed.trim()) ?? -1;
  if (label >= 0) {
    return label;
  }
  const value = parseQuantity(typed, dim.units, scaleOf(dim).prefix);
  return value === null ? null : nearestIndex(dim, value, from);
}

function nearestIndex(dim: IDim, value: number, from: number): number {
  const tolerance = 1e-6 * (scaleOf(dim).step ?? 0);
  let best = from;
  let distance = Infinity;
  for (let i = 0; i < dim.size; i++) {
    const away = Math.abs((dim.values.data[i] ?? NaN) - value);
    const closer = away < distance - tolerance;
    const sameButNearer =
      away <= distance + tolerance &&
      Math.abs(i - from) < Math.abs(best - from);
    if (closer || sameButNearer) {
      best = i;
      distance = away;
    }
  }
  return best;
}
