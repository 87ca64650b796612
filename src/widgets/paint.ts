/**
 * What has been painted. A view counts as painted once every panel that it
 * shows has painted what it depends on.
 */

import { signal } from '@preact/signals';
import type { IDatasetDescription } from '../model/dataset';
import type { FrameSlot } from '../model/messages';
import type { IViewState } from '../model/view';
import { frameKey } from './slots';

class PaintLedger {
  private readonly views = new Map<FrameSlot, IViewState>();

  record(slot: FrameSlot, view: IViewState): void {
    this.views.delete(slot);
    this.views.set(slot, view);
  }

  clear(): void {
    this.views.clear();
  }

  /** The newest view that all of `slots` show; `current` may be ahead. */
  agreed(
    slots: readonly FrameSlot[],
    dataset: IDatasetDescription,
    current: IViewState
  ): IViewState | null {
    const candidates = [current, ...[...this.views.values()].reverse()];
    const agreed = candidates.find(view =>
      slots.every(slot => this.shows(slot, dataset, view))
    );
    return agreed ?? null;
  }

  private shows(
    slot: FrameSlot,
    dataset: IDatasetDescription,
    view: IViewState
  ): boolean {
    const painted = this.views.get(slot);
    return (
      painted !== undefined &&
      frameKey(slot, dataset, painted) === frameKey(slot, dataset, view)
    );
  }
}

const START = 'usid-lab:start';
const OPEN = 'usid-lab:open';
const FRAME = 'usid-lab:frame';
/** Measures of frames are forgotten now and then, lest they fill the memory. */
const MOST_MEASURES = 5000;

/** Times from a person's input to the picture, for all to read. */
export class Stopwatch {
  private readonly started: number;
  private readonly inputs = new WeakMap<IViewState, number>();
  private input = 0;
  private opened = false;
  private frames = 0;

  /** A tab's time starts at the double click, which left a mark. */
  constructor(place: 'tab' | 'notebook') {
    const marks = place === 'tab' ? performance.getEntriesByName(START) : [];
    this.started = marks.at(-1)?.startTime ?? performance.now();
    if (marks.length === 0) {
      performance.mark(START, { startTime: this.started });
    }
  }

  /** A person did something at `time`. */
  touched(time: number): void {
    this.input = time;
  }

  /** This view is what came of the last input. */
  began(view: IViewState): void {
    const now = performance.now();
    const recent = now - this.input < 100;
    this.inputs.set(view, recent ? this.input : now);
  }

  finished(view: IViewState): void {
    if (!this.opened) {
      this.opened = true;
      performance.measure(OPEN, { start: this.started });
      performance.clearMarks(START);
      return;
    }
    const start = this.inputs.get(view);
    if (start === undefined) {
      return;
    }
    this.inputs.delete(view);
    if (++this.frames % MOST_MEASURES === 0) {
      performance.clearMeasures(FRAME);
    }
    performance.measure(FRAME, { start });
  }
}

/** Keeps the newest view that is painted wholly, and takes its time. */
export class Painting {
  readonly view = signal<IViewState | null>(null);
  private readonly ledger = new PaintLedger();

  constructor(private readonly stopwatch: Stopwatch) {}

  restart(): void {
    this.ledger.clear();
  }

  /** Nothing is painted any more. */
  forget(): void {
    this.restart();
    this.view.value = null;
  }

  record(slot: FrameSlot, view: IViewState): void {
    this.ledger.record(slot, view);
  }

  /** See what has been painted, `current` being the view to come to. */
  settle(
    slots: readonly FrameSlot[],
    dataset: IDatasetDescription | null,
    current: IViewState | null
  ): void {
    if (!dataset || !current || slots.length === 0) {
      return;
    }
    const agreed = this.ledger.agreed(slots, dataset, current);
    if (agreed && agreed !== this.view.value) {
      this.view.value = agreed;
      this.stopwatch.finished(agreed);
    }
  }
}
