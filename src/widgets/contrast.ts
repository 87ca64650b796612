/** Limits of the colours: where they come from and when they are kept. */

import type { TypedArray } from '../model/arrays';
import type { IComponent, IDatasetDescription } from '../model/dataset';
import type { IContrast, IViewState } from '../model/view';

/** More values than this are sampled evenly for percentiles. */
const MOST_SORTED = 65_536;

type Limits = [number, number];

export function componentOf(
  dataset: IDatasetDescription | null,
  view: IViewState | null
): IComponent | undefined {
  const { components = [] } = dataset ?? {};
  return components.find(({ name }) => name === view?.component);
}

/** The contrast with which a component is first shown. */
export function firstContrast(
  contrast: IContrast,
  component: IComponent | undefined
): IContrast {
  const limits = component?.limits ?? null;
  return { ...contrast, mode: 'percentile', low: 1, high: 99, limits };
}

/** Limits fitted to `values`, all of which may be NaN (then there are none). */
export function fittedLimits(
  { mode, low, high }: IContrast,
  values: TypedArray
): Limits | null {
  const sorted = finiteSample(values, mode === 'minmax').sort();
  if (sorted.length === 0) {
    return null;
  }
  return mode === 'minmax'
    ? [at(sorted, 0), at(sorted, 1)]
    : [at(sorted, low / 100), at(sorted, high / 100)];
}

/** The contrast fitted anew to what is shown; by hand becomes percentiles. */
export function refitted(
  contrast: IContrast,
  component: IComponent,
  shown: TypedArray | undefined
): IContrast {
  const fresh =
    contrast.mode === 'manual' ? firstContrast(contrast, component) : contrast;
  const fixed = component.categorical || component.period !== null;
  const limits =
    fixed || !shown ? component.limits : fittedLimits(fresh, shown);
  return { ...fresh, limits };
}

function finiteSample(values: TypedArray, all: boolean): Float64Array {
  const stride = all ? 1 : Math.max(1, Math.ceil(values.length / MOST_SORTED));
  const kept = new Float64Array(Math.ceil(values.length / stride));
  let count = 0;
  for (let i = 0; i < values.length; i += stride) {
    const value = values[i] ?? NaN;
    if (Number.isFinite(value)) {
      kept[count++] = value;
    }
  }
  return kept.subarray(0, count);
}

function at(sorted: Float64Array, fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}
