/** Limits of the colours as people move them: domains, steps, texts. */

import type { IPrefix } from '../../model/units';
import { formatNumber } from '../../model/units';
import type { IContrast } from '../../model/view';
import type { Limits } from '../../render/statistics';
import {
  apart,
  extent,
  percentileLimits,
  sortedSample
} from '../../render/statistics';
import type { IController } from '../controller';

/** Which end of the limits. */
export type End = 0 | 1;

/** Room beyond the limits on a colour bar, as a part of their span. */
const MARGIN = 0.14;
const CLOSEST = 1e-3;

/** Values around the limits, so that both can be moved outwards. */
export function domainAround([low, high]: Limits, margin = MARGIN): Limits {
  const room = (high - low) * margin;
  return [low - room, high + room];
}

/**
 * The limits that a contrast asks for: percentiles of the whole dataset's
 * sample, so that they suit every slice, or the extremes of this map; null
 * for limits set by hand, and where there is no number.
 */
export function limitsFor(
  { mode, low, high }: IContrast,
  sample: ArrayLike<number>,
  values: ArrayLike<number>
): Limits | null {
  if (mode === 'manual') {
    return null;
  }
  if (mode === 'percentile') {
    const sorted = sample.length > 0 ? sample : sortedSample(values);
    return percentileLimits(sorted, low, high);
  }
  const ends = extent(values) ?? extent(sample);
  return ends && apart(ends[0], ends[1]);
}

export function fractionIn([low, high]: Limits, value: number): number {
  return (value - low) / (high - low);
}

export function valueIn([low, high]: Limits, fraction: number): number {
  return low + (high - low) * fraction;
}

/** Limits with one end moved; the ends never meet. */
export function movedLimits(limits: Limits, end: End, value: number): Limits {
  const [low, high] = limits;
  const gap = (high - low) * CLOSEST;
  return end === 0
    ? [Math.min(value, high - gap), high]
    : [low, Math.max(value, low + gap)];
}

/** Steps of the keys: a hundredth of the span, a tenth with Shift. */
export function keyedLimits(
  limits: Limits,
  end: End,
  { key, shiftKey }: KeyboardEvent
): Limits | null {
  const sign = SIGNS[key];
  if (sign === undefined) {
    return null;
  }
  const step = (limits[1] - limits[0]) * (shiftKey ? 0.1 : 0.01);
  return movedLimits(limits, end, limits[end] + sign * step);
}

const SIGNS: Readonly<Record<string, number>> = {
  ArrowUp: 1,
  ArrowRight: 1,
  ArrowDown: -1,
  ArrowLeft: -1
};

/** Set limits by hand; many in one movement are one step to undo. */
export function setLimits(controller: IController, limits: Limits): void {
  const { value: view } = controller.view;
  if (view) {
    const contrast = { ...view.contrast, mode: 'manual' as const, limits };
    controller.update({ contrast }, { transient: true });
  }
}

/** A limit to about three digits of the span, in the prefix of the map. */
export function limitText(
  value: number,
  [low, high]: Limits,
  { factor }: IPrefix
): string {
  const step = 10 ** (Math.floor(Math.log10((high - low) * factor)) - 2);
  const rounded = Math.round((value * factor) / step) * step;
  return formatNumber(rounded, step).replace('-', '\u2212');
}
