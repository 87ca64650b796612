/** Curves that turn back, drawn in index order, and the order of time. */

import { colormap, colourAt, cssColour } from '../../render/colormap';
import { arrowAt, thinned } from '../../render/polyline';

export interface ITrace {
  px: Float64Array;
  py: Float64Array;
}

const TIME = colormap('viridis');
const TIME_STEPS = 48;
const ARROWS = [0.2, 0.4, 0.6, 0.8];
const ARROW_STRETCHES = 24;

/** Colour of a moment 0-1; neither end vanishes in the background. */
export function timeColour(fraction: number, dark: boolean): string {
  return colourAt(TIME, dark ? 0.25 + 0.75 * fraction : 0.85 * fraction);
}

/** Colour of one of several curves. */
export function familyColour(k: number, count: number): string {
  const { colours } = colormap(count > 10 ? 'tab20' : 'tab10');
  return cssColour(colours[k % colours.length] as number);
}

/** Colours from the first point to the last. */
export function strokeInTime(
  context: CanvasRenderingContext2D,
  { px, py }: ITrace,
  dark: boolean
): void {
  const kept = thinned(px, py, 0.75);
  const size = Math.max(2, Math.ceil(kept.length / TIME_STEPS));
  for (let from = 0; from < kept.length - 1; from += size) {
    const piece = kept.slice(from, from + size + 1);
    const middle = piece[piece.length >> 1] ?? 0;
    context.strokeStyle = timeColour(middle / (px.length - 1), dark);
    strokePoints(context, px, py, piece);
  }
}

export function strokePlain(
  context: CanvasRenderingContext2D,
  { px, py }: ITrace
): void {
  strokePoints(context, px, py, thinned(px, py, 0.75));
}

/** NaN interrupts the line. */
function strokePoints(
  context: CanvasRenderingContext2D,
  px: Float64Array,
  py: Float64Array,
  kept: readonly number[]
): void {
  let drawing = false;
  context.beginPath();
  for (const i of kept) {
    const x = px[i] as number;
    const y = py[i] as number;
    if (x - x !== 0 || y - y !== 0) {
      drawing = false;
    } else if (drawing) {
      context.lineTo(x, y);
    } else {
      context.moveTo(x, y);
      drawing = true;
    }
  }
  context.stroke();
}

/** Heads of arrows along a trace, in the present stroke colour or in time. */
export function drawArrows(
  context: CanvasRenderingContext2D,
  { px, py }: ITrace,
  length: number,
  colour: (fraction: number) => string
): void {
  const coarse = coarser({ px, py });
  for (const fraction of ARROWS) {
    const arrow = arrowAt(coarse.px, coarse.py, fraction);
    if (arrow) {
      context.fillStyle = colour(fraction);
      fillHead(context, arrow, length);
    }
  }
}

/** Directions of long traces over a stretch, not over a grain of noise. */
function coarser({ px, py }: ITrace): ITrace {
  const stride = Math.max(1, Math.floor(px.length / ARROW_STRETCHES));
  const pick = (values: Float64Array) =>
    values.filter((_, i) => i % stride === 0);
  return { px: pick(px), py: pick(py) };
}

function fillHead(
  context: CanvasRenderingContext2D,
  { x, y, angle }: { x: number; y: number; angle: number },
  length: number
): void {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  context.beginPath();
  context.moveTo(length, 0);
  context.lineTo(-length * 0.6, length * 0.65);
  context.lineTo(-length * 0.2, 0);
  context.lineTo(-length * 0.6, -length * 0.65);
  context.fill();
  context.restore();
}
