/** How a map is coloured: its component, the user's contrast and choice. */

import type { TypedArray } from '../../model/arrays';
import type { IComponent, IDatasetDescription } from '../../model/dataset';
import type { IPrefix } from '../../model/units';
import { prefixFor } from '../../model/units';
import type { IViewState } from '../../model/view';
import type { IColormap } from '../../render/colormap';
import { colormap, defaultColormap } from '../../render/colormap';
import type { ColourScale } from '../../render/colorize';
import type { Limits } from '../../render/statistics';
import { apart, percentileLimits, sortedSample } from '../../render/statistics';

export interface IColouring {
  scale: ColourScale;
  map: IColormap;
  /** Ends of the colours, in units of the data. */
  limits: Limits;
  prefix: IPrefix;
}

export function componentOf(
  dataset: IDatasetDescription | null,
  view: IViewState | null
): IComponent | null {
  const { components } = dataset ?? { components: [] };
  return components.find(({ name }) => name === view?.component) ?? null;
}

export function colouringOf(
  component: IComponent,
  view: Pick<IViewState, 'contrast' | 'colormap'>,
  values: TypedArray
): IColouring {
  const map = colormap(view.colormap ?? defaultColormap(component));
  const limits = limitsInForce(component, view.contrast.limits, values);
  const scale = scaleOf(component, view.contrast.mode, map, limits);
  const ends: Limits =
    scale.kind === 'cyclic' ? [scale.low, scale.low + scale.period] : limits;
  const largest = Math.max(Math.abs(ends[0]), Math.abs(ends[1]));
  return {
    scale,
    map,
    limits: ends,
    prefix: prefixFor(component.units, largest)
  };
}

function limitsInForce(
  component: IComponent,
  chosen: readonly [number, number] | null,
  values: TypedArray
): Limits {
  const limits = chosen ?? component.limits;
  return limits ? apart(limits[0], limits[1]) : fittedLimits(values, 1, 99);
}

/** Percentiles of an array; 0 to 1 where it has no number. */
export function fittedLimits(
  values: ArrayLike<number>,
  low: number,
  high: number
): Limits {
  return percentileLimits(sortedSample(values), low, high) ?? [0, 1];
}

function scaleOf(
  { categorical, period, sample }: IComponent,
  mode: IViewState['contrast']['mode'],
  map: IColormap,
  [low, high]: Limits
): ColourScale {
  if (categorical && map.kind === 'categorical') {
    return { kind: 'categorical' };
  }
  if (period === null || map.kind !== 'cyclic') {
    return { kind: 'linear', low, high };
  }
  const signed = (sample.data[0] ?? low) < 0;
  const start = mode === 'manual' ? low : signed ? -period / 2 : 0;
  return { kind: 'cyclic', low: start, period };
}
