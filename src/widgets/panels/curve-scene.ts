/** The curves at the cursor as they are to be drawn. */

import type { INumericArray, TypedArray } from '../../model/arrays';
import type {
  IComponent,
  IDatasetDescription,
  IDim,
  IPoints
} from '../../model/dataset';
import type { IPrefix } from '../../model/units';
import {
  formatScaled,
  maxAbs,
  prefixFor,
  quantityText,
  stepOf
} from '../../model/units';
import type { IViewState } from '../../model/view';
import { dimPrefix, indexAt, valueAt } from '../../render/axis';
import type { Limits } from '../../render/statistics';
import { extent } from '../../render/statistics';
import type { IShown } from '../controller';
import { componentOf } from './colouring';
import { dimOf } from './map-scene';

export interface ICurve {
  name: string;
  values: TypedArray;
  /** The one of a family that the map shows. */
  current: boolean;
}

export interface ICurveScene {
  shown: IShown;
  component: Pick<IComponent, 'label' | 'units'>;
  dim: IDim;
  prefix: IPrefix;
  curves: ICurve[];
  /** Values of all curves, or null if every one is NaN. */
  extent: Limits | null;
  /** How the abscissa runs: by value, by index, or back and forth. */
  course: 'rising' | 'falling' | 'index' | 'turning';
}

export function curveScene(
  dataset: IDatasetDescription | null,
  shown: IShown | null
): ICurveScene | null {
  const component = componentOf(dataset, shown?.view ?? null);
  return sceneOf(dataset, shown, component, shown?.frame.curve);
}

/** The curves of one channel of a stack. */
export function channelScene(
  dataset: IDatasetDescription | null,
  shown: IShown | null,
  path: string
): ICurveScene | null {
  const item = shown?.frame.grid?.find(found => found.path === path);
  return sceneOf(dataset, shown, item, item?.curve);
}

function sceneOf(
  dataset: IDatasetDescription | null,
  shown: IShown | null,
  component: ICurveScene['component'] | null | undefined,
  curve: INumericArray | undefined
): ICurveScene | null {
  if (!dataset || !shown || !curve || !component) {
    return null;
  }
  const dim = dimOf(dataset, shown.view.curve);
  const [count = 0, size = 0] = curve.shape;
  if (shown.view.dataset !== dataset.path || dim?.size !== size) {
    return null;
  }
  return {
    shown,
    component,
    dim,
    prefix: dimPrefix(dim),
    curves: curvesOf(shown, curve.data, count, size),
    extent: extent(curve.data),
    course: courseOf(dim)
  };
}

function curvesOf(
  { frame, view }: IShown,
  values: TypedArray,
  count: number,
  size: number
): ICurve[] {
  const chosen = view.overlay === null ? -1 : view.index[view.overlay];
  return Array.from({ length: count }, (_, k) => ({
    name: frame.curveNames?.[k] ?? '',
    values: values.subarray(k * size, (k + 1) * size),
    current: k === chosen
  }));
}

function courseOf({ labels, monotonic, values }: IDim): ICurveScene['course'] {
  if (labels) {
    return 'index';
  }
  if (!monotonic) {
    return 'turning';
  }
  const { data } = values;
  return (data[data.length - 1] ?? 0) >= (data[0] ?? 0) ? 'rising' : 'falling';
}

/** Place of a fractional index on the abscissa. */
export function placeOf({ course, dim }: ICurveScene, index: number): number {
  return course === 'index' ? index : valueAt(dim.values.data, index);
}

/** Index at a place of an abscissa that does not turn. */
export function indexOf({ course, dim }: ICurveScene, place: number): number {
  return course === 'index' ? place : indexAt(dim.values.data, place);
}

/** Visible part of the abscissa, rising; `zoom` counts in indices. */
export function visibleRange(
  scene: ICurveScene,
  zoom: readonly [number, number] | null
): Limits {
  const { dim, course } = scene;
  const usable = zoom && zoom[1] > zoom[0] && zoom[0] < dim.size - 1;
  const [first, last] = usable ? zoom : [0, dim.size - 1];
  if (course === 'turning') {
    const { data } = dim.values;
    const from = Math.max(Math.floor(first), 0);
    const part = data.subarray(from, Math.ceil(last) + 1);
    return spread(extent(part) ?? [0, 1], 0.03);
  }
  const ends = [placeOf(scene, first), placeOf(scene, last)];
  return spread([Math.min(...ends), Math.max(...ends)], 0);
}

/** A range with some room; never without extent. */
export function spread([low, high]: Limits, margin: number): Limits {
  const span = high - low || Math.abs(low) * 0.1 || 1;
  const room = high > low ? span * margin : span / 2;
  return [low - room, high + room];
}

/** "320.5 kHz", or a label. */
export function markerText(
  { dim, prefix }: Pick<ICurveScene, 'dim' | 'prefix'>,
  index: number
): string {
  const { data } = dim.values;
  const label = dim.labels?.[index];
  const value = data[index] ?? NaN;
  return label ?? quantityText(formatScaled(value, prefix, stepOf(data)));
}

/** What the ordinate is: curves of several channels have some words in common. */
export function ordinateName({
  curves,
  component,
  shown
}: ICurveScene): string {
  const channels = curves.length > 1 && shown.view.overlay === null;
  return channels
    ? commonWords(curves.map(each => each.name))
    : component.label;
}

function commonWords(names: readonly string[]): string {
  const [first = [], ...others] = names.map(name => name.split(' '));
  const end = first.findIndex((word, i) => others.some(o => o[i] !== word));
  return first.slice(0, end < 0 ? first.length : end).join(' ');
}

/** "at X 2.5 µm, Y 1.2 µm": where the curve was measured. */
export function cursorText(
  dataset: IDatasetDescription,
  view: IViewState
): string {
  const places = dataset.points
    ? pointPlaces(dataset.points, view)
    : gridPlaces(dataset, view);
  return places.length > 0 ? `at ${places.join(', ')}` : '';
}

function gridPlaces(
  dataset: IDatasetDescription,
  { x, y, curve, index }: IViewState
): string[] {
  return [x, y]
    .filter(name => name !== curve)
    .map(name => dimOf(dataset, name))
    .filter(dim => dim !== null && dim.size > 1)
    .map(dim => (dim ? placeText(dim, index[dim.name] ?? 0) : ''));
}

function pointPlaces(points: IPoints, { index }: IViewState): string[] {
  const { dim, x, y, xName, yName, xUnits, yUnits } = points;
  const point = index[dim] ?? 0;
  return [
    `${xName} ${placeOfPoint(x.data, xUnits, point)}`,
    `${yName} ${placeOfPoint(y.data, yUnits, point)}`
  ];
}

function placeOfPoint(values: TypedArray, units: string, i: number): string {
  const largest = maxAbs(values);
  const step = largest > 0 ? 10 ** (Math.floor(Math.log10(largest)) - 2) : 1;
  const value = Math.round((values[i] ?? NaN) / step) * step;
  return quantityText(formatScaled(value, prefixFor(units, largest), step));
}

function placeText(dim: IDim, index: number): string {
  return `${dim.name} ${markerText({ dim, prefix: dimPrefix(dim) }, index)}`;
}
