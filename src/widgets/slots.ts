/** Which panels a view has, and on what of the view each one's frame depends. */

import type { IDatasetDescription, IDim } from '../model/dataset';
import type { FrameSlot } from '../model/messages';
import type { IViewState } from '../model/view';

/** At most this many values stand side by side instead of on a slider. */
export const MOST_SEGMENTS = 4;
/** At most this many curves are drawn into one plot. */
export const MOST_OVERLAID = 12;
/** A channel set of more than this is not drawn as a whole. */
export const MOST_CHANNELS = 9;

type Index = IViewState['index'];

function without(index: Index, dims: readonly (string | null)[]): Index {
  return Object.fromEntries(
    Object.entries(index)
      .filter(([name]) => !dims.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
  );
}

/** Dims along which the cursor moves on the map. */
export function cursorDims(
  dataset: IDatasetDescription,
  view: IViewState
): string[] {
  const dims = [view.x, view.y, dataset.points?.dim ?? null];
  return dims.filter(name => name !== null);
}

/**
 * Equal keys, equal frames: the cursor concerns the curve only, marker and
 * band the map only, sliders and component both. A stack is of curves.
 */
export function frameKey(
  slot: FrameSlot,
  dataset: IDatasetDescription,
  view: IViewState
): string {
  const { x, y, curve, overlay, component, band, index } = view;
  const common = [slot, view.dataset, component, curve];
  if (slot === 'curve' || (slot === 'grid' && !hasMap(dataset, view))) {
    return JSON.stringify([
      ...common,
      overlay,
      without(index, [curve, overlay])
    ]);
  }
  const drawn = cursorDims(dataset, view);
  const mean = curve !== null && drawn.includes(curve) ? null : band;
  const fixed = without(index, [...drawn, mean && curve]);
  return JSON.stringify([...common, x, y, mean, fixed]);
}

export function hasMap(
  dataset: IDatasetDescription,
  view: IViewState
): boolean {
  return dataset.points !== null || (view.x !== null && view.y !== null);
}

/** A curve axis, or values for the small table that stands in its place. */
export function hasCurve(
  dataset: IDatasetDescription,
  view: IViewState
): boolean {
  const compound = dataset.dtype.startsWith('compound');
  if (view.curve !== null || compound || !hasMap(dataset, view)) {
    return true;
  }
  const drawn = cursorDims(dataset, view);
  return dataset.dims.some(
    ({ name, size, side }) =>
      size > 1 && side !== 'position' && !drawn.includes(name)
  );
}

/** How a channel set can be drawn as a whole: maps in a grid, curves stacked. */
export function wholeSet(
  dataset: IDatasetDescription,
  view: IViewState
): 'grid' | 'stack' | null {
  const { length } = dataset.channels;
  if (length < 2 || length > MOST_CHANNELS) {
    return null;
  }
  if (hasMap(dataset, view)) {
    return 'grid';
  }
  return view.curve === null ? null : 'stack';
}

/** How the whole channel set is drawn; null while one channel is. */
export function drawnWhole(
  dataset: IDatasetDescription,
  view: IViewState
): 'grid' | 'stack' | null {
  return view.channels === 'all' ? wholeSet(dataset, view) : null;
}

/** The slots that this view fills, in the order of reading. */
export function slotsOf(
  dataset: IDatasetDescription,
  view: IViewState
): FrameSlot[] {
  const whole = drawnWhole(dataset, view);
  if (whole === 'stack') {
    return ['grid'];
  }
  const slots: FrameSlot[] = [];
  if (hasMap(dataset, view)) {
    slots.push(whole ?? 'map');
  }
  if (hasCurve(dataset, view)) {
    slots.push('curve');
  }
  return slots;
}

/**
 * Dims that have a control of their own: all that are not an axis. The index of
 * an overlaid one says which of its curves stands out.
 */
export function controlledDims(
  dataset: IDatasetDescription,
  view: IViewState
): IDim[] {
  const drawn = [...cursorDims(dataset, view), view.curve];
  return dataset.dims.filter(
    ({ name, size }) => size > 1 && !drawn.includes(name)
  );
}

export function dimNamed(
  dataset: IDatasetDescription | null,
  name: string | null
): IDim | undefined {
  return dataset?.dims.find(dim => dim.name === name);
}

/** Every index within its dim. */
export function clipped(
  dataset: IDatasetDescription,
  view: IViewState
): IViewState {
  const index = Object.fromEntries(
    dataset.dims.map(({ name, size }) => [
      name,
      clip(view.index[name] ?? 0, size)
    ])
  );
  const size = dimNamed(dataset, view.curve)?.size ?? 0;
  const band = view.band && size > 0 ? clippedBand(view.band, size) : null;
  return { ...view, index, band };
}

function clip(index: number, size: number): number {
  return Math.min(Math.max(Math.round(index), 0), Math.max(size - 1, 0));
}

function clippedBand(
  [first, last]: readonly [number, number],
  size: number
): readonly [number, number] {
  const ends = [clip(first, size), clip(last, size)] as const;
  return ends[0] <= ends[1] ? ends : [ends[1], ends[0]];
}
