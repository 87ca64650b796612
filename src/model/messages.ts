/**
 * The messages between viewer and kernel. A request carries an id that is
 * unique to the view; the reply repeats it. Arrays in a reply are announced as
 * `IArrayHeader` and decoded to `INumericArray` before anybody sees them.
 */

import type { INumericArray } from './arrays';
import type { IDatasetDescription } from './dataset';
import type { IAttribute, ITreePage } from './tree';
import type { IViewState } from './view';

/** Requests by name: parameters and result of each. */
export interface IRequests {
  /** First message of a view. `view` restores a saved one where it still fits. */
  open: { params: { view: IViewState | null }; result: IOpened };
  /** Another dataset of the file; keeps what `view` has in common with it. */
  describe: {
    params: { path: string; view: IViewState | null };
    result: IDatasetDescription;
  };
  /** Values for a view. Only the newest request of a slot is answered. */
  frame: { params: IFrameParams; result: IFrame };
  /** The map's exact value at the cursor of `view`; only the newest is answered. */
  probe: { params: { view: IViewState }; result: IProbed };
  children: {
    params: { path: string; start: number; count: number };
    result: ITreePage;
  };
  attributes: {
    params: { path: string; start: number; count: number };
    result: { total: number; attributes: IAttribute[] };
  };
  /** Stop what is being read for a slot, or what a request with this id began. */
  cancel: { params: { slot: FrameSlot } | { request: string }; result: null };
  /** Look again at a file that could not be opened, or that was changed. */
  retry: { params: { view: IViewState | null }; result: IOpened };
  /** Show the results beside the file as they are now; all that is shown stays. */
  renew: { params: Record<string, never>; result: IFileInfo };
  /**
   * Answered once the file is not any more in the state that is known. "grown": beside
   * it lie other results than before, none of which is shown.
   */
  watch: {
    params: { state: FileState };
    result: { state: FileState | 'grown' };
  };
  /** What of a view can be saved, and where it would go. */
  savable: { params: { view: IViewState }; result: ISavingPlan };
  /** Save some of it; the file is then shown in its new state. */
  save: { params: { view: IViewState; what: string[] }; result: ISaved };
}

export interface ISavingPlan {
  /** `what` names a choice in a request; `detail` says which picture it is. */
  choices: { what: string; label: string; detail: string }[];
  /** The file that takes it: its name where it lies beside the data, else its path. */
  file: string;
  /** It is the file that is shown. */
  inside: boolean;
  /** Why it is another one; a sentence. */
  reason: string;
}

export interface ISaved {
  /** Path of the file. */
  file: string;
  /** HDF5 paths of the new datasets. */
  paths: string[];
  inside: boolean;
  /** The file that is shown, as it is now. */
  info: IFileInfo;
}

/** What has become of the file since it was opened. */
export type FileState = 'same' | 'changed' | 'missing';

export type FrameSlot = 'map' | 'curve' | 'grid';

export interface IFrameParams extends Partial<ISight> {
  slot: FrameSlot;
  view: IViewState;
  /** The eye rests: take the time for means. */
  fine?: boolean;
}

/** First and last column (exclusive), first and last row (exclusive). */
export type IndexWindow = [number, number, number, number];

/** What of a map can be seen. */
export interface ISight {
  /** Width and height in pixels of the screen. */
  screen: [number, number];
  window: IndexWindow;
}

/** Which part of a map a picture stands for, and how. */
export interface IReduced {
  window: IndexWindow;
  /** Columns and rows of the map for each pixel; the last may be cut short. */
  factors: [number, number];
  /** A better picture can be asked for. */
  preview: boolean;
  /** "1 of 8 x 8 pixels"; '' where every pixel is one of the map. */
  words: string;
}

/**
 * What codes of 16 bits mean: `offset + scale * code`; the last three are minus
 * infinity, infinity and NaN.
 */
export interface IPacking {
  offset: number;
  scale: number;
}

/** Float64 value of the map; of all channels where all are shown. */
export interface IProbed {
  values: INumericArray;
}

/**
 * Values in float32 of one component. `map` is (rows of y, columns of x) in
 * index order, or (points,) for scattered positions; `curve` is (curves, n);
 * `grid` is one map or curve for each channel; `table` stands for a curve axis that is
 * too short to draw. `valid` counts the numbers behind a mean.
 */
export interface IFrame {
  map?: INumericArray;
  /** Says which slice or mean the map is: "at 320 kHz", "mean of 310-330 kHz". */
  title?: string;
  curve?: INumericArray;
  /** Names of the curves of a family, in order; in a stack, of each channel. */
  curveNames?: string[];
  table?: { label: string; value: string; units: string }[];
  grid?: IGridItem[];
  valid?: number;
  damage?: IDamage;
  /** What `map` stands for, where it is not the whole. */
  reduced?: IReduced;
  /** `map` holds codes: a picture for the screen, while the hand moves. */
  packing?: IPacking;
}

/** Chunks that cannot be decoded: their values are NaN. */
export interface IDamage {
  chunks: number;
  /** How many chunks there are. */
  of: number;
  reason: string;
}

/** One channel of a set: its map, or its curve where there is no map. */
export interface IGridItem {
  path: string;
  label: string;
  units: string;
  /** Period of a cyclic quantity; absent or null if it is none. */
  period?: number | null;
  map?: INumericArray;
  curve?: INumericArray;
  /** What `map` stands for, where it is not the whole. */
  reduced?: IReduced;
}

export interface IOpened {
  file: IFileInfo;
  root: ITreePage;
  /** The dataset shown first; null where the file has none to show. */
  dataset: IDatasetDescription | null;
  /** Ancestors of the dataset with their first children, to unfold the tree. */
  unfolded: ITreePage[];
  /** The first frames, so that opening needs one round trip only. */
  map: IFrame | null;
  curve: IFrame | null;
  /** In place of the curve where the curves of a channel set are stacked. */
  grid: IFrame | null;
}

export interface IFileInfo {
  name: string;
  path: string;
  size: number;
  /** Names the state of the file in which it was opened. */
  edition: string;
  badges: { text: string; detail: string; level: 'info' | 'warning' }[];
}

/** A failure in words a microscopist understands, the technical reason apart. */
export interface IFailure {
  message: string;
  reason: string;
  /** Where it is that the file is not what it was. */
  file?: FileState;
}

export interface IRequestMessage {
  kind: 'request';
  id: string;
  type: keyof IRequests;
  params: unknown;
  /** The state of the file that is shown: nothing of another is answered. */
  edition?: string;
}

/**
 * `stale`: a newer request of the same slot took over; nothing to show. `partial`:
 * the result so far, NaN where nothing is read yet; the reply is still to come.
 */
export type ReplyMessage =
  | { kind: 'reply'; id: string; status: 'ok'; result: unknown }
  | { kind: 'reply'; id: string; status: 'stale' }
  | { kind: 'reply'; id: string; status: 'error'; error: IFailure }
  | { kind: 'progress'; id: string; fraction: number }
  | { kind: 'partial'; id: string; result: unknown };
