/** Draws maps on a canvas, doing again only what has changed. */

import type { IClipColours } from '../../render/colorize';
import { colorize } from '../../render/colorize';
import { colorizeCodes } from '../../render/packed';
import type { IPicture } from '../../render/picture';
import type { ICrop } from '../../render/raster';
import {
  blitFor,
  cropFor,
  cropValues,
  isWhole,
  onMap,
  windowOn
} from '../../render/raster';
import type { IPlacement } from '../../render/transform';
import type { IColouring } from './colouring';

export interface IRaster {
  /** One over the other, the finer one last. */
  pictures: readonly IPicture[];
  colouring: IColouring;
  clip: IClipColours | null;
  /** Colour of what no picture shows. */
  beyond: string;
}

export class RasterPainter {
  private layers: Layer[] = [];

  /** `place` is in device pixels of the canvas, which it fills. */
  paint(canvas: HTMLCanvasElement, raster: IRaster, place: IPlacement): void {
    const context = canvas.getContext('2d');
    if (!context) {
      return;
    }
    const { pictures, beyond, ...look } = raster;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = beyond;
    context.fillRect(0, 0, canvas.width, canvas.height);
    this.layers = pictures.map((_, i) => this.layers[i] ?? new Layer());
    pictures.forEach((picture, i) =>
      this.layers[i]?.draw(context, { ...look, picture }, place)
    );
  }
}

type ILook = Pick<IRaster, 'colouring' | 'clip'> & { picture: IPicture };

interface IColoured extends ILook {
  crop: ICrop;
}

/** One picture, coloured. */
class Layer {
  private readonly image = document.createElement('canvas');
  private pixels: ImageData | null = null;
  private done: IColoured | null = null;

  draw(
    context: CanvasRenderingContext2D,
    look: ILook,
    place: IPlacement
  ): void {
    const { picture } = look;
    const { columns, rows } = picture;
    if (columns * rows === 0) {
      return;
    }
    const window = windowOn(picture, place.window);
    const wanted = { ...look, crop: cropFor(columns, rows, window) };
    if (!this.done || !isSamePicture(this.done, wanted)) {
      this.colour(wanted);
    }
    this.blit(context, place, onMap(wanted.crop, picture), picture.growing);
  }

  private colour(wanted: IColoured): void {
    const { crop, picture, colouring, clip } = wanted;
    const { columns, rows, values, packing } = picture;
    const context = this.image.getContext('2d');
    const pixels = this.pixelsFor(crop.columns, crop.rows);
    const whole = isWhole(crop, columns, rows);
    const source = whole ? values : cropValues(values, columns, crop);
    const out = new Uint32Array(pixels.data.buffer);
    const { scale, map } = colouring;
    if (packing) {
      colorizeCodes(source, out, packing, scale, map, clip);
    } else {
      colorize(source, out, scale, map, clip);
    }
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
    crop: ICrop,
    growing = false
  ): void {
    const { sx, sy, sw, sh, dx, dy, dw, dh } = blitFor(place, crop);
    const flipX = place.mirrorX ? -1 : 1;
    const flipY = place.yUp ? -1 : 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (!growing) {
      // Where there is no value, the hatching beneath is to show.
      context.clearRect(dx, dy, dw, dh);
    }
    context.imageSmoothingEnabled = false;
    context.translate(dx + (flipX < 0 ? dw : 0), dy + (flipY < 0 ? dh : 0));
    context.scale(flipX, flipY);
    context.drawImage(this.image, sx, sy, sw, sh, 0, 0, dw, dh);
  }
}

function isSamePicture(a: IColoured, b: IColoured): boolean {
  return (
    a.picture.values === b.picture.values &&
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
