/** Which part of an array becomes an image, and where that image goes. */

import type { IPlacement, IWindow } from './transform';
import { toPixelX, toPixelY } from './transform';

/** Whole pixels of an array; every `stride`-th where there are too many. */
export interface ICrop {
  column: number;
  row: number;
  columns: number;
  rows: number;
  strideX: number;
  strideY: number;
}

/** No canvas of any browser is smaller than this. */
export const LARGEST_IMAGE = 8192;

/** All of an array; of a huge one, what the window shows, thinned out. */
export function cropFor(
  columns: number,
  rows: number,
  window: IWindow,
  largest = LARGEST_IMAGE
): ICrop {
  const x = cropSpan(columns, window.x0, window.x1, largest);
  const y = cropSpan(rows, window.y0, window.y1, largest);
  return {
    column: x.start,
    columns: x.count,
    strideX: x.stride,
    row: y.start,
    rows: y.count,
    strideY: y.stride
  };
}

/** A window on a map in the pixels of a picture of it. */
export function windowOn(picture: ICrop, window: IWindow): IWindow {
  const { column, row, strideX, strideY } = picture;
  const x = (at: number) => (at + 0.5 - column) / strideX - 0.5;
  const y = (at: number) => (at + 0.5 - row) / strideY - 0.5;
  return {
    x0: x(window.x0),
    x1: x(window.x1),
    y0: y(window.y0),
    y1: y(window.y1)
  };
}

/** A crop of a picture in the pixels of the map. */
export function onMap(crop: ICrop, picture: ICrop): ICrop {
  const { column, row, strideX, strideY } = picture;
  return {
    ...crop,
    column: column + crop.column * strideX,
    row: row + crop.row * strideY,
    strideX: crop.strideX * strideX,
    strideY: crop.strideY * strideY
  };
}

function cropSpan(
  size: number,
  from: number,
  to: number,
  largest: number
): { start: number; count: number; stride: number } {
  if (size <= largest) {
    return { start: 0, count: size, stride: 1 };
  }
  const start = Math.min(Math.max(Math.round(from), 0), size - 1);
  const end = Math.min(Math.max(Math.round(to), start + 1), size);
  const stride = Math.ceil((end - start) / largest);
  return { start, count: Math.ceil((end - start) / stride), stride };
}

export function isWhole(crop: ICrop, columns: number, rows: number): boolean {
  return crop.columns === columns && crop.rows === rows;
}

/** Values of a crop, row by row. */
export function cropValues(
  values: ArrayLike<number>,
  columns: number,
  crop: ICrop
): Float32Array {
  const out = new Float32Array(crop.columns * crop.rows);
  for (let r = 0; r < crop.rows; r++) {
    const row = (crop.row + r * crop.strideY) * columns + crop.column;
    for (let c = 0; c < crop.columns; c++) {
      out[r * crop.columns + c] = values[row + c * crop.strideX] as number;
    }
  }
  return out;
}

/** A rectangle of the image, and the one on screen that it fills. */
export interface IBlit {
  sx: number;
  sy: number;
  sw: number;
  sh: number;
  dx: number;
  dy: number;
  dw: number;
  dh: number;
}

/** Pixels of the image that are visible, cut at whole pixels. */
export function blitFor(place: IPlacement, crop: ICrop): IBlit {
  const { window } = place;
  const x = visible(
    window.x0,
    window.x1,
    crop.column,
    crop.columns,
    crop.strideX
  );
  const y = visible(window.y0, window.y1, crop.row, crop.rows, crop.strideY);
  const left = toPixelX(place, place.mirrorX ? x.to : x.from);
  const right = toPixelX(place, place.mirrorX ? x.from : x.to);
  const top = toPixelY(place, place.yUp ? y.to : y.from);
  const bottom = toPixelY(place, place.yUp ? y.from : y.to);
  return {
    sx: x.first,
    sw: x.count,
    sy: y.first,
    sh: y.count,
    dx: left,
    dw: right - left,
    dy: top,
    dh: bottom - top
  };
}

function visible(
  low: number,
  high: number,
  start: number,
  count: number,
  stride: number
): { first: number; count: number; from: number; to: number } {
  const first = Math.floor((low + 0.5 - start) / stride);
  const last = Math.ceil((high + 0.5 - start) / stride);
  const begin = Math.min(Math.max(first, 0), count - 1);
  const end = Math.min(Math.max(last, begin + 1), count);
  return {
    first: begin,
    count: end - begin,
    from: start + begin * stride - 0.5,
    to: start + end * stride - 0.5
  };
}
