/**
 * Where things are on a map. Pixel `i` covers [i - 0.5, i + 0.5] of an axis;
 * a window is the visible part in such fractional indices, a box its place on
 * the screen in CSS pixels. Scattered points use values in place of indices.
 */

export interface IBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface IWindow {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
}

export interface IPlacement {
  box: IBox;
  window: IWindow;
  /** The axis runs from right to left. */
  mirrorX: boolean;
  /** The axis runs from bottom to top. */
  yUp: boolean;
  /** False where the true aspect would not fit: "not to scale". */
  toScale: boolean;
}

/** Beyond this ratio of sides a map fills its panel. */
export const STEEPEST_ASPECT = 8;

const FEWEST_PIXELS = 2;

export function fullWindow(columns: number, rows: number): IWindow {
  return { x0: -0.5, x1: columns - 0.5, y0: -0.5, y1: rows - 0.5 };
}

/** Window of a saved zoom; the whole where that shows nothing of this map. */
export function zoomedWindow(
  zoom: readonly [number, number, number, number] | null,
  full: IWindow
): IWindow {
  if (!zoom) {
    return full;
  }
  const [x0, x1, y0, y1] = zoom;
  const window = { x0, x1, y0, y1 };
  return x1 > x0 && y1 > y0 && overlaps(window, full) ? window : full;
}

function overlaps(a: IWindow, b: IWindow): boolean {
  return a.x1 > b.x0 && a.x0 < b.x1 && a.y1 > b.y0 && a.y0 < b.y1;
}

export function windowTuple(w: IWindow): [number, number, number, number] {
  return [w.x0, w.x1, w.y0, w.y1];
}

/**
 * Largest box in `room` for a window whose units of y are `aspect` times as
 * long as those of x; all of the room where `aspect` is null or too steep.
 */
export function fitBox(
  room: IBox,
  window: IWindow,
  aspect: number | null
): { box: IBox; toScale: boolean } {
  if (aspect === null || !(aspect > 0)) {
    return { box: room, toScale: true };
  }
  const ratio = ((window.y1 - window.y0) * aspect) / (window.x1 - window.x0);
  if (ratio > STEEPEST_ASPECT || ratio < 1 / STEEPEST_ASPECT) {
    return { box: room, toScale: false };
  }
  return { box: inscribed(room, ratio), toScale: true };
}

/** In the middle, but at the top: beside other panels, and below its title. */
function inscribed(room: IBox, ratio: number): IBox {
  const width = Math.min(room.width, room.height / ratio);
  const height = width * ratio;
  return {
    left: room.left + (room.width - width) / 2,
    top: room.top,
    width,
    height
  };
}

export function toPixelX(place: IPlacement, x: number): number {
  const { box, window, mirrorX } = place;
  const fraction = (x - window.x0) / (window.x1 - window.x0);
  return box.left + box.width * (mirrorX ? 1 - fraction : fraction);
}

export function toPixelY(place: IPlacement, y: number): number {
  const { box, window, yUp } = place;
  const fraction = (y - window.y0) / (window.y1 - window.y0);
  return box.top + box.height * (yUp ? 1 - fraction : fraction);
}

/** Fractional indices under a place on the screen. */
export function fromPixel(
  place: IPlacement,
  px: number,
  py: number
): { x: number; y: number } {
  const { box, window, mirrorX, yUp } = place;
  const across = (px - box.left) / box.width;
  const down = (py - box.top) / box.height;
  return {
    x: window.x0 + (window.x1 - window.x0) * (mirrorX ? 1 - across : across),
    y: window.y0 + (window.y1 - window.y0) * (yUp ? 1 - down : down)
  };
}

export function isInside(box: IBox, px: number, py: number): boolean {
  const right = px - box.left;
  const down = py - box.top;
  return right >= 0 && down >= 0 && right < box.width && down < box.height;
}

/** Zoom about a point, which stays where it is; null when all is visible. */
export function zoomAbout(
  window: IWindow,
  full: IWindow,
  at: { x: number; y: number },
  factor: number
): IWindow | null {
  const allowed = allowedFactor(window, full, factor);
  const moved = {
    x0: at.x + (window.x0 - at.x) * allowed,
    x1: at.x + (window.x1 - at.x) * allowed,
    y0: at.y + (window.y0 - at.y) * allowed,
    y1: at.y + (window.y1 - at.y) * allowed
  };
  return heldWithin(moved, full);
}

/** No closer than a few pixels of the shorter side. */
function allowedFactor(window: IWindow, full: IWindow, factor: number): number {
  const pixels = Math.min(window.x1 - window.x0, window.y1 - window.y0);
  const whole = Math.min(full.x1 - full.x0, full.y1 - full.y0);
  const least = Math.min(FEWEST_PIXELS, whole) / pixels;
  return Math.max(factor, Math.min(least, 1));
}

export function panned(
  window: IWindow,
  full: IWindow,
  dx: number,
  dy: number
): IWindow | null {
  const { x0, x1, y0, y1 } = window;
  return heldWithin(
    { x0: x0 + dx, x1: x1 + dx, y0: y0 + dy, y1: y1 + dy },
    full
  );
}

/** The window moved into the whole; null if it covers all of it. */
function heldWithin(window: IWindow, full: IWindow): IWindow | null {
  const [x0, x1] = heldSpan([window.x0, window.x1], [full.x0, full.x1]);
  const [y0, y1] = heldSpan([window.y0, window.y1], [full.y0, full.y1]);
  const held = { x0, x1, y0, y1 };
  return isSame(held, full) ? null : held;
}

type Span = readonly [number, number];

/** A span of unchanged length within another, or all of that. */
export function heldSpan([low, high]: Span, [first, last]: Span): Span {
  const length = high - low;
  if (length >= last - first) {
    return [first, last];
  }
  const start = Math.min(Math.max(low, first), last - length);
  return [start, start + length];
}

function isSame(a: IWindow, b: IWindow): boolean {
  return a.x0 === b.x0 && a.x1 === b.x1 && a.y0 === b.y0 && a.y1 === b.y1;
}

/** Zoom of one axis about a place; null when all is visible. */
export function zoomSpan(
  span: Span,
  full: Span,
  at: number,
  factor: number
): [number, number] | null {
  const length = span[1] - span[0];
  const least = Math.min(FEWEST_PIXELS, full[1] - full[0]) / length;
  const allowed = Math.max(factor, Math.min(least, 1));
  const moved: Span = [
    at + (span[0] - at) * allowed,
    at + (span[1] - at) * allowed
  ];
  return narrower(heldSpan(moved, full), full);
}

export function pannedSpan(
  span: Span,
  full: Span,
  by: number
): [number, number] | null {
  return narrower(heldSpan([span[0] + by, span[1] + by], full), full);
}

function narrower(span: Span, full: Span): [number, number] | null {
  const all = span[0] <= full[0] && span[1] >= full[1];
  return all ? null : [span[0], span[1]];
}
