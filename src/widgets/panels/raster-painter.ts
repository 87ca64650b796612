/** Draws maps on a canvas, doing again only what has changed. */

import type { TypedArray } from '../../model/arrays';
import type { IClipColours } from '../../render/colorize';
import { colorize } from '../../render/colorize';
import type { ICrop } from '../../render/raster';
import { blitFor, cropFor, cropValues, isWhole } from '../../render/raster';
import type { IPlacement } from '../../render/transform';
import type { IColouring } from './colouring';

export interface IRaster {
  values: TypedArray;
  columns: number;
  rows: number;
  colouring: IColouring;
  clip: IClipColours | null;
}

interface IColoured extends IRaster {
  crop: ICrop;
}

export class RasterPainter {
  private readonly image = document.createElement('canvas');
  private pixels: ImageData | null = null;
  private done: IColoured | null = null;

  /** `place` is in device pixels of the canvas, which it fills. */
  paint(canvas: HTMLCanvasElement, raster: IRaster, place: IPlacement): void {
    const context = canvas.getContext('2d');
    if (!context || raster.columns * raster.rows === 0) {
      return;
    }
    const { columns, rows } = raster;
    const wanted = { ...raster, crop: cropFor(columns, rows, place.window) };
    if (!this.done || !isSamePicture(this.done, wanted)) {
      this.colour(wanted);
    }
    this.blit(context, place, wanted.crop);
  }

  private colour(wanted: IColoured): void {
    const { crop, columns, rows, values, colouring, clip } = wanted;
    const context = this.image.getContext('2d');
    const pixels = this.pixelsFor(crop.columns, crop.rows);
    const whole = isWhole(crop, columns, rows);
    const source = whole ? values : cropValues(values, columns, crop);
    const out = new Uint32Array(pixels.data.buffer);
    colorize(source, out, colouring.scale, colouring.map, clip);
    context?.putImageData(pixels, 0, 0);
    this.done = wanted;
  }

  private pixelsFor(width: number, height: number): ImageData {
    if (this.pixels?.width !== width || this.pixels.height !== height) {
      this.image.width = width;
      this.image.height = height;
      this.pixels = new ImageData(width, height);
    }
    return this.pixels;
  }

  private blit(
    context: CanvasRenderingContext2D,
    place: IPlacement,
    crop: ICrop
  ): void {
    const { sx, sy, sw, sh, dx, dy, dw, dh } = blitFor(place, crop);
    const { width, height } = context.canvas;
    const flipX = place.mirrorX ? -1 : 1;
    const flipY = place.yUp ? -1 : 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    context.translate(dx + (flipX < 0 ? dw : 0), dy + (flipY < 0 ? dh : 0));
    context.scale(flipX, flipY);
    context.drawImage(this.image, sx, sy, sw, sh, 0, 0, dw, dh);
  }
}

function isSamePicture(a: IColoured, b: IColoured): boolean {
  return (
    a.values === b.values &&
    a.clip === b.clip &&
    a.colouring === b.colouring &&
    a.crop.column === b.crop.column &&
    a.crop.row === b.crop.row &&
    a.crop.columns === b.crop.columns &&
    a.crop.rows === b.crop.rows
  );
}

/** Give a canvas as many pixels as the screen has where it lies. */
export function sizeCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  density: number
): void {
  const columns = Math.max(1, Math.round(width * density));
  const rows = Math.max(1, Math.round(height * density));
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
}
