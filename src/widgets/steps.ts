/** Where a step of the cursor leads, in the direction that is seen. */

import type { IDatasetDescription, IDim, IPoints } from '../model/dataset';
import type { IViewState } from '../model/view';
import { dimNamed } from './slots';
import type { Store } from './store';

/** Right and up are positive. */
export interface IStep {
  right: number;
  up: number;
}

export function stepCursor(store: Store, step: IStep): void {
  const { value: dataset } = store.dataset;
  const { value: view } = store.view;
  if (!dataset || !view) {
    return;
  }
  if (dataset.points) {
    const from = view.index[dataset.points.dim] ?? 0;
    const seen = turned(view, step, { right: 1, up: dataset.yUp ? 1 : -1 });
    store.selectPoint(pointTowards(dataset.points, from, seen));
  } else if (view.x && view.y) {
    const seen = turned(view, step, directions(dataset, view));
    const x = (view.index[view.x] ?? 0) + seen.right;
    const y = (view.index[view.y] ?? 0) + seen.up;
    store.moveCursor(x, y);
  }
}

/** `step` in indices, where an index rises in the given directions. */
function turned({ flip }: IViewState, step: IStep, rising: IStep): IStep {
  return {
    right: step.right * rising.right * (flip.x ? -1 : 1),
    up: step.up * rising.up * (flip.y ? -1 : 1)
  };
}

/** Larger values lie to the right, and where y points. */
function directions(dataset: IDatasetDescription, view: IViewState): IStep {
  const up = dataset.yUp ? 1 : -1;
  return {
    right: falls(dimNamed(dataset, view.x)) ? -1 : 1,
    up: falls(dimNamed(dataset, view.y)) ? -up : up
  };
}

function falls(dim: IDim | undefined): boolean {
  const data = dim?.values.data;
  const [first, last] = [data?.[0] ?? 0, data?.at(-1) ?? 0];
  return dim !== undefined && dim.monotonic && !dim.labels && last < first;
}

/**
 * The nearest scattered point that lies in a direction, what is aside counting
 * double; as many times as the step is long.
 */
export function pointTowards(
  points: IPoints,
  from: number,
  step: IStep
): number {
  const length = Math.max(Math.abs(step.right), Math.abs(step.up));
  let point = from;
  for (let i = 0; i < length; i++) {
    point = nextPoint(points, point, step, length);
  }
  return point;
}

function nextPoint(
  { x, y }: IPoints,
  from: number,
  { right, up }: IStep,
  length: number
): number {
  const [x0, y0] = [x.data[from] ?? 0, y.data[from] ?? 0];
  let best = from;
  let least = Infinity;
  for (let i = 0; i < x.data.length; i++) {
    const dx = (x.data[i] ?? NaN) - x0;
    const dy = (y.data[i] ?? NaN) - y0;
    const ahead = (dx * right + dy * up) / length;
    const aside = Math.abs(dx * up - dy * right) / length;
    const cost = ahead > aside ? ahead + 2 * aside : Infinity;
    if (cost < least) {
      best = i;
      least = cost;
    }
  }
  return best;
}
