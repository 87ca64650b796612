/** Pictures of 16 bits a pixel: codes, and what they mean. */

import type { INumericArray, TypedArray } from '../model/arrays';
import type { IPacking } from '../model/messages';
import type { IClipColours, ColourScale } from './colorize';
import { colorize } from './colorize';
import type { IColormap } from './colormap';

const CODES = 65536;
/** So many values are enough for histograms and percentiles. */
const MOST_TAKEN = 65536;

const NONE: TypedArray = new Float32Array(0);

/** The value of every code. */
export function meanings({ offset, scale }: IPacking): Float32Array {
  const values = new Float32Array(CODES);
  for (let code = 0; code < CODES; code++) {
    values[code] = offset + scale * code;
  }
  values.set([-Infinity, Infinity, NaN], CODES - 3);
  return values;
}

/** Codes to pixels: each is looked up in a table of colours. */
export function colorizeCodes(
  codes: ArrayLike<number>,
  out: Uint32Array,
  packing: IPacking,
  scale: ColourScale,
  map: IColormap,
  clip: IClipColours | null
): void {
  const table = new Uint32Array(CODES);
  colorize(meanings(packing), table, scale, map, clip);
  for (let i = 0; i < out.length; i++) {
    out[i] = table[codes[i] as number] as number;
  }
}

const known = new WeakMap<INumericArray, TypedArray>();

/**
 * Values of a map for statistics. Of codes an even sample, with the smallest and
 * the largest value: it is replaced by all values when the eye rests.
 */
export function valuesOf(frame: {
  map?: INumericArray;
  packing?: IPacking;
}): TypedArray {
  const { map, packing } = frame;
  if (!map || !packing) {
    return map?.data ?? NONE;
  }
  const values = known.get(map) ?? taken(map.data, packing);
  known.set(map, values);
  return values;
}

function taken(codes: TypedArray, packing: IPacking): TypedArray {
  const table = meanings(packing);
  // An odd step does not fall in with the rows of a usual image.
  const step = Math.ceil(codes.length / MOST_TAKEN) | 1;
  const values = new Float32Array(Math.ceil(codes.length / step) + 2);
  values[0] = table[0] as number;
  values[1] = table[CODES - 4] as number;
  for (let i = 0, k = 2; i < codes.length; i += step, k++) {
    values[k] = table[codes[i] as number] as number;
  }
  return values;
}
