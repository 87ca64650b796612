/** Steps that can be undone. A drag, or a burst of key presses, is one step. */

import type { IDatasetDescription } from '../model/dataset';
import type { IViewState } from '../model/view';
import { cursorDims } from './slots';

const MOST_STEPS = 100;
/** Changes of one kind that follow each other this fast belong together. */
const BURST = 800;

export interface IChange {
  /** What is changed, say "marker"; changes of one kind may be one step. */
  kind: string;
  /** In milliseconds. */
  time: number;
  /** Number of the pointer's press during which it happens; null for keys. */
  press: number | null;
}

export class History {
  private readonly steps: IViewState[] = [];
  private last: IChange | null = null;

  /** `before` is the view that undoing this change returns to. */
  record(before: IViewState, change: IChange): void {
    const together = this.last !== null && belongs(change, this.last);
    this.last = change;
    if (!together) {
      this.steps.push(before);
      this.steps.splice(0, this.steps.length - MOST_STEPS);
    }
  }

  forget(): void {
    this.last = null;
    this.steps.length = 0;
  }

  pop(): IViewState | undefined {
    this.last = null;
    return this.steps.pop();
  }
}

function belongs(change: IChange, last: IChange): boolean {
  const samePress = change.press !== null && change.press === last.press;
  return (
    change.kind === last.kind && (samePress || change.time - last.time < BURST)
  );
}

/** Whether two views differ in nothing but the cursor, which is not undone. */
export function onlyCursorMoved(
  dataset: IDatasetDescription,
  before: IViewState,
  after: IViewState
): boolean {
  const moved = withCursorOf(dataset, before, after);
  return JSON.stringify(moved) === JSON.stringify(after);
}

/** `view` with the cursor where `source` has it. */
export function withCursorOf(
  dataset: IDatasetDescription,
  view: IViewState,
  source: IViewState
): IViewState {
  const cursor = cursorDims(dataset, source).map(name => [
    name,
    source.index[name]
  ]);
  return { ...view, index: { ...view.index, ...Object.fromEntries(cursor) } };
}
