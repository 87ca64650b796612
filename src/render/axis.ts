/** Axes of panels: from places along an axis to round numbers with units. */

import type { IDim } from '../model/dataset';
import type { IPrefix } from '../model/units';
import { axisLabel, formatNumber, maxAbs, prefixFor } from '../model/units';
import { niceTicks, tickTexts } from './ticks';

export interface ITick {
  /** Place along the axis: a fractional index, or a value for `valueAxis`. */
  at: number;
  text: string;
}

export interface IAxis {
  /** "X (µm)": name and units with the axis's one prefix. */
  label: string;
  /** At most about `count` ticks between two places. */
  ticks(from: number, to: number, count: number): ITick[];
}

/** Value at a fractional index; straight lines between and beyond. */
export function valueAt(values: ArrayLike<number>, index: number): number {
  const last = values.length - 1;
  if (last < 1) {
    return values[0] ?? NaN;
  }
  const i = Math.min(Math.max(Math.floor(index), 0), last - 1);
  const start = values[i] as number;
  return start + ((values[i + 1] as number) - start) * (index - i);
}

/** Fractional index of a value on a monotonic axis: inverse of `valueAt`. */
export function indexAt(values: ArrayLike<number>, value: number): number {
  const last = values.length - 1;
  if (last < 1) {
    return 0;
  }
  const i = intervalOf(values, value, isRising(values));
  const start = values[i] as number;
  const step = (values[i + 1] as number) - start;
  return step === 0 ? i : i + (value - start) / step;
}

export function isRising(values: ArrayLike<number>): boolean {
  const last = values.length - 1;
  return (values[last] as number) >= (values[0] as number);
}

function intervalOf(
  values: ArrayLike<number>,
  value: number,
  rising: boolean
): number {
  let low = 0;
  let high = values.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const start = values[middle] as number;
    if (rising ? start <= value : start >= value) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/** The prefix of a dim: one for its whole length, whatever the zoom. */
export function dimPrefix(dim: IDim): IPrefix {
  return prefixFor(dim.units, maxAbs(dim.values.data));
}

/** Places are fractional indices of a dim; ticks sit at round values. */
export function dimAxis(dim: IDim): IAxis {
  const prefix = dimPrefix(dim);
  const numeric = dim.monotonic && !dim.labels && dim.size > 1;
  const label = axisLabel(dim.name, dim.labels ? '' : prefix.units);
  const ticks = numeric ? valueTicks(dim, prefix) : indexTicks(dim, prefix);
  return { label, ticks };
}

function valueTicks(dim: IDim, prefix: IPrefix): IAxis['ticks'] {
  const values = dim.values.data;
  return (from, to, count) => {
    const ends = [from, to].map(at => valueAt(values, at) * prefix.factor);
    const round = niceTicks(Math.min(...ends), Math.max(...ends), count);
    const texts = tickTexts(round);
    return round.map((tick, k) => ({
      at: indexAt(values, tick / prefix.factor),
      text: texts[k] as string
    }));
  };
}

/** Values that turn or are words: ticks at round indices, with their text. */
function indexTicks(dim: IDim, prefix: IPrefix): IAxis['ticks'] {
  return (from, to, count) => {
    const low = Math.max(Math.ceil(Math.min(from, to)), 0);
    const high = Math.min(Math.floor(Math.max(from, to)), dim.size - 1);
    const places = roundIndices(low, high, count);
    return places.map(at => ({ at, text: indexText(dim, prefix, at) }));
  };
}

function indexText(dim: IDim, prefix: IPrefix, index: number): string {
  const value = (dim.values.data[index] as number) * prefix.factor;
  return dim.labels?.[index] ?? formatNumber(value).replace('-', '\u2212');
}

function roundIndices(low: number, high: number, count: number): number[] {
  if (high <= low) {
    return high === low ? [low] : [];
  }
  const ticks = niceTicks(low, high, count);
  return ticks.filter(tick => Math.abs(tick - Math.round(tick)) < 1e-9);
}

/** Places are values in `units` themselves. */
export function valueAxis(name: string, units: string, largest: number): IAxis {
  const prefix = prefixFor(units, largest);
  return {
    label: axisLabel(name, prefix.units),
    ticks: (from, to, count) => scaledTicks(from, to, count, prefix)
  };
}

/** Ticks of plain values that are shown with a prefix. */
export function scaledTicks(
  from: number,
  to: number,
  count: number,
  prefix: IPrefix
): ITick[] {
  const ends = [from * prefix.factor, to * prefix.factor];
  const round = niceTicks(Math.min(...ends), Math.max(...ends), count);
  const texts = tickTexts(round);
  return round.map((tick, k) => ({
    at: tick / prefix.factor,
    text: texts[k] as string
  }));
}

/** A label as long as its room allows; the units stay, the name gives way. */
export function fittedLabel(
  label: string,
  room: number,
  width: (text: string) => number
): string {
  const units = label.lastIndexOf(' (');
  const tail = units < 0 ? '' : label.slice(units);
  let end = label.length - tail.length;
  let text = label;
  while (end > 0 && width(text) > room) {
    end -= 1;
    text = `${label.slice(0, end).trimEnd()}…${tail}`;
  }
  return text;
}
