/** What the kernel says of a dataset, once, before any of its values. */

import type { INumericArray } from './arrays';
import type { IViewState } from './view';

export interface IDim {
  /** Unique in the dataset; keys of `IViewState.index`. */
  name: string;
  units: string;
  size: number;
  side: 'position' | 'spectroscopic' | 'array';
  /** Float64 values, one for each index. */
  values: INumericArray;
  /** Text of each index where values are labels and not numbers. */
  labels: string[] | null;
  /** A length in space (or named like one): may be an axis of a map. */
  spatial: boolean;
  /** Values rise or fall throughout; otherwise plots go in index order. */
  monotonic: boolean;
}

export interface IComponent {
  name: string;
  label: string;
  units: string;
  /** Period of a cyclic quantity (2 pi or 360), else null. */
  period: number | null;
  /** Integer labels (clusters): categorical colours, never averaged. */
  categorical: boolean;
  /** First limits: 1-99 % of a sample, [low, high]; null if all is NaN. */
  limits: [number, number] | null;
  /** Sorted finite sample of values, for histogram and percentiles. */
  sample: INumericArray;
}

export interface IChannel {
  path: string;
  label: string;
  units: string;
}

/** A remark about the data ("the file says m; the values look like degrees"). */
export interface IBadge {
  text: string;
  detail: string;
  level: 'info' | 'warning';
}

/** Scattered positions (sparse sampling): x and y of each point. */
export interface IPoints {
  /** The dim that numbers the points. */
  dim: string;
  x: INumericArray;
  y: INumericArray;
  xName: string;
  yName: string;
  xUnits: string;
  yUnits: string;
}

export interface IDatasetDescription {
  path: string;
  name: string;
  kind: 'main' | 'array';
  quantity: string;
  units: string;
  /** For people: "complex64", "compound of 5". */
  dtype: string;
  layout:
    'raster' | 'shuffled' | 'incomplete' | 'sparse' | 'dependent' | 'array';
  /** Canonical order: positions slow to fast, then spectroscopic. */
  dims: IDim[];
  components: IComponent[];
  /** The channel set of this dataset, itself included; empty if alone. */
  channels: IChannel[];
  badges: IBadge[];
  /** Why it is not quite Main, or what is amiss with a Main; each a sentence. */
  faults: string[];
  /** True where y points up (scans), false where down (images). */
  yUp: boolean;
  /** Map axes in true aspect: physical size of a pixel, y / x; null if units differ. */
  aspect: number | null;
  points: IPoints | null;
  /** The view in which it opens. */
  view: IViewState;
}
