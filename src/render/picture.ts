/**
 * Pictures of maps: the whole map, pixel by pixel, or a part of it in fewer
 * pixels, each of which stands for a block of the map's.
 */

import type { INumericArray, TypedArray } from '../model/arrays';
import type {
  IndexWindow,
  IPacking,
  IReduced,
  ISight
} from '../model/messages';
import type { ICrop } from './raster';
import type { IWindow } from './transform';

/** Strides are the sides of a block; the last ones may be cut short. */
export interface IPicture extends ICrop {
  /** Codes, where there is a packing. */
  values: TypedArray;
  packing?: IPacking;
  /** It is on its way: where it has no value, what lies beneath it shows. */
  growing?: boolean;
}

/** A map as it travels. */
export interface ITravelled {
  map?: INumericArray;
  reduced?: IReduced;
  packing?: IPacking;
}

/** What of a map of so many pixels a frame shows; null if it does not fit. */
export function pictureOf(
  { map, reduced, packing }: ITravelled,
  columns: number,
  rows: number
): IPicture | null {
  const [x0, x1, y0, y1] = reduced?.window ?? [0, columns, 0, rows];
  const [strideX, strideY] = reduced?.factors ?? [1, 1];
  const picture = {
    column: x0,
    row: y0,
    columns: Math.ceil((x1 - x0) / strideX),
    rows: Math.ceil((y1 - y0) / strideY),
    strideX,
    strideY
  };
  const within =
    x0 < x1 &&
    y0 < y1 &&
    x1 <= columns &&
    y1 <= rows &&
    Math.min(strideX, strideY) > 0;
  const [height = 0, width = 0] = map?.shape ?? [];
  return map && within && width === picture.columns && height === picture.rows
    ? { ...picture, values: map.data, packing }
    : null;
}

/** Whole pixels of a map that a window shows, at least one. */
export function indicesIn(
  window: IWindow,
  columns: number,
  rows: number
): IndexWindow {
  return [
    ...spanIn(window.x0, window.x1, columns),
    ...spanIn(window.y0, window.y1, rows)
  ];
}

function spanIn(from: number, to: number, size: number): [number, number] {
  const first = Math.min(Math.max(Math.floor(from + 0.5), 0), size - 1);
  const last = Math.min(Math.max(Math.ceil(to + 0.5), first + 1), size);
  return [first, last];
}

/** Whether a frame shows all of a window; one that is not reduced shows all. */
export function covers(
  { reduced }: ITravelled,
  [x0, x1, y0, y1]: IndexWindow
): boolean {
  if (!reduced) {
    return true;
  }
  const [left, right, top, bottom] = reduced.window;
  return left <= x0 && right >= x1 && top <= y0 && bottom >= y1;
}

/** Whether nothing better can be seen in this sight than the frame shows. */
export function suffices(frame: ITravelled, sight: ISight): boolean {
  const { reduced, packing } = frame;
  if (!reduced || packing) {
    return !packing;
  }
  const [x0, x1, y0, y1] = sight.window;
  const [fx, fy] = reduced.factors;
  const fine =
    fx <= Math.max(1, Math.floor((x1 - x0) / sight.screen[0])) &&
    fy <= Math.max(1, Math.floor((y1 - y0) / sight.screen[1]));
  return !reduced.preview && fine && covers(frame, sight.window);
}

/** The map's own value at a pixel; undefined where the frame does not have it. */
export function exactAt(
  frame: ITravelled,
  x: number,
  y: number,
  columns: number
): number | undefined {
  const { map, reduced, packing } = frame;
  if (packing) {
    return undefined;
  }
  if (!reduced) {
    return map?.data[y * columns + x];
  }
  const [fx, fy] = reduced.factors;
  const [x0, x1, y0] = reduced.window;
  const inside = covers(frame, [x, x + 1, y, y + 1]);
  return fx === 1 && fy === 1 && inside
    ? map?.data[(y - y0) * (x1 - x0) + x - x0]
    : undefined;
}
