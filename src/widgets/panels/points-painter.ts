/** Draws scattered positions as discs in the colours of their values. */

import { colorize } from '../../render/colorize';
import { cssColour } from '../../render/colormap';
import { discRadius } from '../../render/points';
import type { IPlacement } from '../../render/transform';
import { toPixelX, toPixelY } from '../../render/transform';
import type { IClipColours } from '../../render/colorize';
import type { IColouring } from './colouring';
import type { IPointScene } from './map-scene';

/** Beyond this many, squares: nobody sees the difference, but the wait. */
const MOST_DISCS = 20000;

/** Radius in CSS pixels at the present zoom. */
export function radiusOf({ points, full }: IPointScene, p: IPlacement): number {
  const closer = (full.x1 - full.x0) / (p.window.x1 - p.window.x0);
  const { width, height } = p.box;
  return discRadius(points.x.data.length, width * closer, height * closer);
}

export function paintPoints(
  canvas: HTMLCanvasElement,
  scene: IPointScene,
  place: IPlacement,
  colouring: IColouring,
  clip: IClipColours | null,
  style: { radius: number; hollow: string }
): void {
  const context = canvas.getContext('2d');
  if (!context) {
    return;
  }
  const pixels = new Uint32Array(scene.values.length);
  colorize(scene.values, pixels, colouring.scale, colouring.map, clip);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.strokeStyle = style.hollow;
  const stamp = pixels.length > MOST_DISCS ? square : disc;
  const { x, y } = scene.points;
  for (let i = 0; i < pixels.length; i++) {
    const px = toPixelX(place, x.data[i] as number);
    const py = toPixelY(place, y.data[i] as number);
    stamp(context, px, py, style.radius, pixels[i] as number);
  }
}

/** Without a value: a hollow disc, as a gap in a map is hatched. */
function disc(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  pixel: number
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (pixel === 0) {
    context.stroke();
  } else {
    context.fillStyle = cssColour(pixel);
    context.fill();
  }
}

function square(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  pixel: number
): void {
  if (pixel !== 0) {
    context.fillStyle = cssColour(pixel);
    context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
  }
}
