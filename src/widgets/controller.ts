/**
 * What the panels know of the viewer: signals to draw from, and few verbs.
 * The store implements it; panels never speak to the kernel themselves.
 */

import type { ReadonlySignal } from '@preact/signals';
import type { IDatasetDescription } from '../model/dataset';
import type { FrameSlot, IFailure, IFrame, ISight } from '../model/messages';
import type { IViewState } from '../model/view';

/** A frame and the view for which it was read. */
export interface IShown {
  frame: IFrame;
  view: IViewState;
  /** A finer picture of the part of the map that is, or was, visible. */
  detail?: IFrame;
  /** Finer pictures that are on their way, NaN where they have not come. */
  coming?: readonly IFrame[];
  /** Not all of it is read yet; it will give way to the whole. */
  preview?: true;
}

/** Where the pointer is; hovering only reads values. */
export type Hover =
  | { panel: 'map'; x: number; y: number }
  | { panel: 'curve'; index: number }
  | null;

export interface IProgress {
  /** 0-1, or null while unknown. */
  fraction: number | null;
}

export interface IController {
  readonly dataset: ReadonlySignal<IDatasetDescription | null>;
  readonly view: ReadonlySignal<IViewState | null>;
  /** Newest frames. Null until the first one, and for panels not shown. */
  readonly map: ReadonlySignal<IShown | null>;
  readonly curve: ReadonlySignal<IShown | null>;
  readonly grid: ReadonlySignal<IShown | null>;
  /** Set while a read takes longer than 300 ms. */
  readonly progress: Readonly<
    Record<FrameSlot, ReadonlySignal<IProgress | null>>
  >;
  /** Last failure of each slot; cleared by the next success. */
  readonly failure: Readonly<
    Record<FrameSlot, ReadonlySignal<IFailure | null>>
  >;
  /** 0-1 while a better picture of the map is made; null otherwise. */
  readonly refining: ReadonlySignal<number | null>;
  readonly hover: ReadonlySignal<Hover>;
  /** `H`: the cursor follows the pointer until a click locks it. */
  readonly following: ReadonlySignal<boolean>;
  /** Limits stay when the component or the dataset changes. */
  readonly limitsLocked: ReadonlySignal<boolean>;
  /** Counts autoscalings: a curve then fits its range of values anew. */
  readonly refits: ReadonlySignal<number>;

  /** Change the view. Transient changes (a drag) make one undo step together. */
  update(change: Partial<IViewState>, options?: { transient?: boolean }): void;
  /** Cursor on the map, in whole pixels; clipped. Not undone. */
  moveCursor(x: number, y: number): void;
  /** Cursor on scattered positions. */
  selectPoint(point: number): void;
  /** Marker on the curve axis; ends a band. Clipped. */
  moveMarker(index: number): void;
  setBand(band: readonly [number, number] | null): void;
  setIndex(dim: string, index: number): void;
  setHover(hover: Hover): void;
  /** A click on the map locks the cursor where it is. */
  setFollowing(on: boolean): void;
  lockLimits(on: boolean): void;
  /** Refit limits to what is shown (`A`). */
  autoscale(): void;
  /** Show everything again (`0`, double click). */
  fit(panel?: 'map' | 'curve'): void;
  undo(): void;
  /** What of the map can be seen; a better picture of it may be asked for. */
  look(sight: ISight): void;
  cancel(slot: FrameSlot): void;
  /** Read once more what could not be read. */
  readAgain(slot: FrameSlot): void;
  openDataset(path: string): void;
  /** A panel has painted this frame; drives `data-view` and the marks. */
  painted(slot: FrameSlot, shown: IShown): void;
}
