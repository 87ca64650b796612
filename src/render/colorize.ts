/**
 * Values to pixels through a look-up table. NaN becomes transparent, so that
 * the hatching beneath shows; the rest is opaque.
 */

import type { IColormap } from './colormap';
import { cssColour, packColour } from './colormap';

export type ColourScale =
  | { kind: 'linear'; low: number; high: number }
  | { kind: 'cyclic'; low: number; period: number }
  | { kind: 'categorical' };

/** Colours of values beyond the limits; those of the ends if not marked. */
export interface IClipColours {
  under: number;
  over: number;
}

/** Marks for clipped values: colours that no ramp ends in. */
export const CLIP_MARKS: IClipColours = {
  under: packColour(0, 229, 255),
  over: packColour(255, 23, 68)
};

const UNLABELLED = packColour(158, 158, 158);

export function colorize(
  values: ArrayLike<number>,
  out: Uint32Array,
  scale: ColourScale,
  map: IColormap,
  clip: IClipColours | null = null
): void {
  if (scale.kind === 'linear') {
    linear(values, out, scale.low, scale.high, rampWithEnds(map, clip));
  } else if (scale.kind === 'cyclic') {
    cyclic(values, out, scale.low, scale.period, map.colours);
  } else {
    categorical(values, out, map.colours);
  }
}

/** The ramp with the colours for too low and too high at both ends. */
function rampWithEnds(map: IColormap, clip: IClipColours | null): Uint32Array {
  const count = map.colours.length;
  const ramp = new Uint32Array(count + 2);
  ramp.set(map.colours, 1);
  ramp[0] = clip?.under ?? (map.colours[0] as number);
  ramp[count + 1] = clip?.over ?? (map.colours[count - 1] as number);
  return ramp;
}

function linear(
  values: ArrayLike<number>,
  out: Uint32Array,
  low: number,
  high: number,
  ramp: Uint32Array
): void {
  const count = ramp.length - 2;
  const scale = high > low ? count / (high - low) : 0;
  const top = count + 1;
  for (let i = 0; i < out.length; i++) {
    const value = values[i] as number;
    if (value >= low && value <= high) {
      const entry = 1 + (((value - low) * scale) | 0);
      out[i] = ramp[entry < top ? entry : count] as number;
    } else if (value === value) {
      out[i] = ramp[value < low ? 0 : top] as number;
    } else {
      out[i] = 0;
    }
  }
}

function cyclic(
  values: ArrayLike<number>,
  out: Uint32Array,
  low: number,
  period: number,
  colours: Uint32Array
): void {
  const count = colours.length;
  for (let i = 0; i < out.length; i++) {
    const turns = ((values[i] as number) - low) / period;
    const entry = ((turns - Math.floor(turns)) * count) | 0;
    const finite = turns - turns === 0;
    out[i] = finite ? (colours[entry % count] as number) : 0;
  }
}

function categorical(
  values: ArrayLike<number>,
  out: Uint32Array,
  colours: Uint32Array
): void {
  for (let i = 0; i < out.length; i++) {
    out[i] = categoryPixel(values[i] as number, colours);
  }
}

/** Labels count from 0 and start again after the last colour; below 0: none. */
function categoryPixel(label: number, colours: Uint32Array): number {
  if (label !== label) {
    return 0;
  }
  const i = Math.round(label);
  return i < 0 ? UNLABELLED : (colours[i % colours.length] as number);
}

/** One value as a CSS colour; null for NaN. */
export function valueColour(
  value: number,
  scale: ColourScale,
  map: IColormap
): string | null {
  const pixel = new Uint32Array(1);
  colorize([value], pixel, scale, map);
  return pixel[0] ? cssColour(pixel[0]) : null;
}
