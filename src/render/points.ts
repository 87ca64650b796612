/** Scattered positions: where they lie, and which one is meant. */

import type { IWindow } from './transform';
import { extent } from './statistics';

/** A window around all points with a margin for their discs. */
export function pointsWindow(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  margin = 0.05
): IWindow {
  const [x0, x1] = widened(extent(x), margin);
  const [y0, y1] = widened(extent(y), margin);
  return { x0, x1, y0, y1 };
}

function widened(
  limits: [number, number] | null,
  margin: number
): [number, number] {
  const [low, high] = limits ?? [0, 1];
  const space = (high - low) * margin || Math.abs(low) * margin || 0.5;
  return [low - space, high + space];
}

/**
 * The nearest point within `reach`, or -1. Distances are measured on the
 * screen: `scaleX` and `scaleY` are CSS pixels for each unit of x and y.
 */
export function nearestPoint(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  at: { x: number; y: number },
  scaleX: number,
  scaleY: number,
  reach = Infinity
): number {
  let nearest = -1;
  let best = reach * reach;
  for (let i = 0; i < xs.length; i++) {
    const dx = ((xs[i] as number) - at.x) * scaleX;
    const dy = ((ys[i] as number) - at.y) * scaleY;
    const distance = dx * dx + dy * dy;
    if (distance <= best) {
      best = distance;
      nearest = i;
    }
  }
  return nearest;
}

/**
 * The nearest point in a direction (-1, 0 or 1 for each axis), for the arrow
 * keys: what lies straight ahead wins over what is near but to the side.
 */
export function pointTowards(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  from: number,
  direction: { x: number; y: number },
  aspect = 1
): number {
  const x = xs[from] as number;
  const y = ys[from] as number;
  let best = Infinity;
  let found = from;
  for (let i = 0; i < xs.length; i++) {
    const dx = (xs[i] as number) - x;
    const dy = ((ys[i] as number) - y) * aspect;
    const ahead = dx * direction.x + dy * direction.y;
    const aside = Math.abs(dx * direction.y) + Math.abs(dy * direction.x);
    const cost = ahead + 2 * aside;
    if (i !== from && ahead > 0 && cost < best) {
      best = cost;
      found = i;
    }
  }
  return found;
}

/** Radius of discs in CSS pixels that nearly fill the space they share. */
export function discRadius(
  count: number,
  width: number,
  height: number
): number {
  const pitch = Math.sqrt((width * height) / Math.max(count, 1));
  return Math.min(Math.max(pitch * 0.4, 1.5), 9);
}
