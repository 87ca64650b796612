/**
 * The view state: the one truth of a viewer, mirrored from
 * `usid_lab/model/view.py`. The display, the restored tab and everything that
 * is exported are made from it, so they cannot disagree.
 */

/** How the values of a map are turned into colours. */
export interface IContrast {
  /** Where `limits` came from; they are held until the user asks again. */
  mode: 'percentile' | 'minmax' | 'manual';
  /** Lower percentile, 0-100; used by the mode `percentile`. */
  low: number;
  /** Upper percentile, 0-100. */
  high: number;
  /** The limits in force, in units of the data; null before the first map. */
  limits: [number, number] | null;
}

/** Visible part of the panels, in data coordinates; null shows everything. */
export interface IZoom {
  /** [x0, x1, y0, y1] in fractional pixel indices of the drawn dims. */
  map: [number, number, number, number] | null;
  /** [i0, i1] in fractional indices of the curve dim. */
  curve: [number, number] | null;
}

export interface IViewState {
  version: 1;
  /** HDF5 path of the dataset. */
  dataset: string;
  /** Names of the dims that are drawn; every other dim has a slider. */
  x: string | null;
  y: string | null;
  curve: string | null;
  /** Dim drawn as a family of curves, or null. */
  overlay: string | null;
  /** Index of every dim: cursor (x, y), marker (curve), sliders (the rest). */
  index: Readonly<Record<string, number>>;
  /** First and last index of the band on the curve axis, inclusive. */
  band: readonly [number, number] | null;
  /** Name of one of the description's components. */
  component: string;
  contrast: IContrast;
  /** Null follows the component: cyclic for phases, else the default map. */
  colormap: string | null;
  flip: { x: boolean; y: boolean };
  zoom: IZoom;
  /**
   * One channel, or the whole set: maps as a grid, or curves stacked where
   * there is no map.
   */
  channels: 'one' | 'all';
}
