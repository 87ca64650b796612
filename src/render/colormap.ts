/** Colour maps: matplotlib's tables, unpacked into pixels on first use. */

import type { IComponent } from '../model/dataset';
import { TABLES } from './colormaps';

export type ColormapName = keyof typeof TABLES;
export type ColormapKind = (typeof TABLES)[ColormapName]['kind'];

export interface IColormap {
  name: ColormapName;
  label: string;
  kind: ColormapKind;
  /** Opaque pixels as canvases store them; 256 on a ramp. */
  colours: Uint32Array;
}

export const COLORMAP_NAMES = Object.keys(TABLES) as ColormapName[];

const LABELS: Partial<Record<ColormapName, string>> = {
  gray: 'Grey',
  RdBu_r: 'Red-blue',
  tab10: 'Ten colours',
  tab20: 'Twenty colours'
};

const unpacked = new Map<ColormapName, IColormap>();

function isColormap(name: string): name is ColormapName {
  return Object.hasOwn(TABLES, name);
}

/** A map by name; viridis where the name is unknown. */
export function colormap(name: string): IColormap {
  const known = isColormap(name) ? name : 'viridis';
  const ready = unpacked.get(known) ?? unpack(known);
  unpacked.set(known, ready);
  return ready;
}

function unpack(name: ColormapName): IColormap {
  const { kind, rgb } = TABLES[name];
  const bytes = Uint8Array.from(atob(rgb), letter => letter.charCodeAt(0));
  const colours = new Uint32Array(bytes.length / 3);
  for (let i = 0; i < colours.length; i++) {
    colours[i] = packColour(
      bytes[3 * i] as number,
      bytes[3 * i + 1] as number,
      bytes[3 * i + 2] as number
    );
  }
  return { name, label: labelOf(name), kind, colours };
}

function labelOf(name: ColormapName): string {
  return LABELS[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
}

/** An opaque pixel, least significant byte first as in memory: ABGR. */
export function packColour(red: number, green: number, blue: number): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** A pixel as a CSS colour. */
export function cssColour(pixel: number): string {
  const [red, green, blue] = [pixel, pixel >> 8, pixel >> 16];
  return `rgb(${red & 255}, ${green & 255}, ${blue & 255})`;
}

/** Colour at a fraction 0-1 of a ramp, for lines and legends. */
export function colourAt(map: IColormap, fraction: number): string {
  const last = map.colours.length - 1;
  const i = Math.min(Math.max(Math.round(fraction * last), 0), last);
  return cssColour(map.colours[i] as number);
}

/** What a component is drawn with unless the user chose: see `IViewState`. */
export function defaultColormap(component: IComponent): ColormapName {
  if (component.categorical) {
    const labels = component.limits ? component.limits[1] : 0;
    return labels >= 10 ? 'tab20' : 'tab10';
  }
  return component.period === null ? 'viridis' : 'twilight';
}
