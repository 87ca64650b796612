/** What is viewed and how: the view, its frames, its history. */

import { batch, computed, signal } from '@preact/signals';
import type { IDatasetDescription } from '../model/dataset';
import type { FrameSlot, ISight } from '../model/messages';
import type { IViewState } from '../model/view';
import type { Client } from './client';
import type { Hover, IShown } from './controller';
import { FileContents } from './files';
import { bySlot, framesOf, SLOTS } from './frames';
import { History, onlyCursorMoved, withCursorOf } from './history';
import { QuantityLimits } from './limits';
import { Painting, type Stopwatch } from './paint';
import { Probing } from './probing';
import { Saver } from './saver';
import { Session, type IArrival } from './session';
import { clipped, slotsOf } from './slots';

export interface IUpdateOptions {
  /** Part of a drag: undone together with the rest of it. */
  transient?: boolean;
  /** What is changed, for undoing; nothing is recorded for null. */
  kind?: string | null;
}

export class Viewing {
  readonly dataset = signal<IDatasetDescription | null>(null);
  readonly view = signal<IViewState | null>(null);
  readonly hover = signal<Hover>(null);
  readonly limitsLocked = signal(false);
  /** Where map and curve are tabs, the one that is open. */
  readonly onlyPanel = signal<'map' | 'curve' | null>(null);
  /** Panels that this view of this dataset has. */
  readonly panels = computed(() => this.filledSlots());
  /** Those of them that are on show. */
  readonly slots = computed(() => this.shownSlots());

  readonly files: FileContents;
  readonly session: Session;
  readonly painting: Painting;
  readonly map;
  readonly curve;
  readonly grid;
  readonly progress;
  readonly failure;
  readonly refining;
  readonly probing: Probing;
  readonly saver: Saver;

  private readonly frames;
  private readonly history = new History();
  private readonly limits = new QuantityLimits();
  /** The dataset to which undoing returns; that is no new step. */
  private returning: string | null = null;
  /** The view that is to come back when the file is loaded again. */
  private left: IViewState | null = null;
  private press: number | null = null;
  private presses = 0;

  constructor(
    client: Client,
    private readonly stopwatch: Stopwatch
  ) {
    this.frames = framesOf(client);
    this.map = this.frames.map.shown;
    this.curve = this.frames.curve.shown;
    this.grid = this.frames.grid.shown;
    this.progress = bySlot(this.frames, ({ progress }) => progress);
    this.failure = bySlot(this.frames, ({ failure }) => failure);
    this.refining = this.frames.map.refining.progress;
    this.probing = new Probing(client);
    this.painting = new Painting(stopwatch);
    this.files = new FileContents(client);
    this.session = new Session(client, this.files, this.frames, arrival =>
      this.show(arrival)
    );
    this.saver = new Saver(client, ({ info, inside, paths }) => {
      this.session.adopt(info);
      if (inside && paths[0] !== undefined) {
        this.files.reveal(paths[0]);
      }
    });
  }

  update(change: Partial<IViewState>, options: IUpdateOptions = {}): void {
    const { value: before } = this.view;
    const { value: dataset } = this.dataset;
    if (!before || !dataset) {
      return;
    }
    if (change.dataset !== undefined && change.dataset !== before.dataset) {
      this.openDataset(change.dataset);
      return;
    }
    const after = this.changed(dataset, before, { ...before, ...change });
    if (options.kind !== null && !onlyCursorMoved(dataset, before, after)) {
      this.record(before, options.kind ?? Object.keys(change).sort().join());
    }
    this.apply(after);
  }

  undo(): void {
    const { value: now } = this.view;
    const { value: dataset } = this.dataset;
    const before = now && dataset && this.history.pop();
    if (!before) {
      return;
    }
    if (before.dataset === now.dataset) {
      this.apply(withCursorOf(dataset, before, now));
    } else {
      this.returning = before.dataset;
      void this.session.describe(before.dataset, before);
    }
  }

  openDataset(path: string): void {
    const { value: view } = this.view;
    if (view?.dataset === path) {
      this.update({ channels: 'one' });
    } else {
      void this.session.describe(path, view && { ...view, channels: 'one' });
    }
  }

  /** The picture stays; the view goes back to what it shows. */
  cancel(slot: FrameSlot): void {
    const { progress, refining } = this.frames[slot];
    if (!progress.value && refining.progress.value !== null) {
      this.frames[slot].cancelRefining();
      return;
    }
    this.frames[slot].cancel();
    const { value: shown } = this.frames[slot].shown;
    const { value: now } = this.view;
    if (shown && now) {
      const { x, y, curve, overlay, index, band, component } = shown.view;
      this.apply({ ...now, x, y, curve, overlay, index, band, component });
    } else {
      this.frames[slot].failure.value = {
        message: 'Reading was cancelled.',
        reason: ''
      };
    }
  }

  /** Stay with what is shown. */
  cancelOpening(): void {
    this.session.cancel();
    const { value: view } = this.view;
    if (view) {
      this.slots.value.forEach(slot => this.frames[slot].resume(view));
    }
  }

  readAgain(slot: FrameSlot): void {
    if (this.view.value) {
      this.frames[slot].again(this.view.value);
    }
  }

  readonly look = (sight: ISight): void => {
    this.frames.map.refining.look(sight);
  };

  painted(slot: FrameSlot, shown: IShown): void {
    if (!shown.preview) {
      this.painting.record(slot, shown.view);
      this.settle();
    }
  }

  /** Show the file as it is now. Nothing that was read of it before is kept. */
  reload(): void {
    this.left = this.view.value ?? this.left;
    this.stop();
    this.limits.forget();
    this.history.forget();
    this.probing.forget();
    batch(() => {
      this.painting.forget();
      this.dataset.value = null;
      this.view.value = null;
    });
    const locked = this.limitsLocked.value;
    void this.session.retry(this.left && refreshed(this.left, locked));
  }

  /** One of the panels alone, or both with null. */
  showOnly(panel: 'map' | 'curve' | null): void {
    this.onlyPanel.value = panel;
    if (this.view.value) {
      this.request(this.view.value);
    }
  }

  /** A person did something; `press` tells presses of the pointer apart. */
  touched(time: number, press?: 'down' | 'up'): void {
    this.stopwatch.touched(time);
    if (press) {
      this.press = press === 'down' ? ++this.presses : null;
    }
  }

  stop(): void {
    SLOTS.forEach(slot => this.frames[slot].stop());
  }

  private changed(
    dataset: IDatasetDescription,
    before: IViewState,
    wished: IViewState
  ): IViewState {
    const locked = this.limitsLocked.value;
    const limited =
      wished.component === before.component
        ? wished
        : this.limits.followComponent(dataset, before, wished, locked);
    return clipped(dataset, limited);
  }

  private filledSlots(): FrameSlot[] {
    const { value: dataset } = this.dataset;
    const { value: view } = this.view;
    const frame = this.curve.value?.frame;
    const nothing = frame && !frame.curve && !frame.table && !view?.curve;
    return dataset && view
      ? slotsOf(dataset, view).filter(slot => !(slot === 'curve' && nothing))
      : [];
  }

  private shownSlots(): FrameSlot[] {
    const panels = this.panels.value;
    const only = panels.length > 1 ? this.onlyPanel.value : null;
    return panels.filter(
      slot => !only || (slot === 'curve') === (only === 'curve')
    );
  }

  private record(before: IViewState, kind: string): void {
    const time = performance.now();
    this.history.record(before, { kind, time, press: this.press });
  }

  private apply(view: IViewState): void {
    this.stopwatch.began(view);
    this.view.value = view;
    this.request(view);
    requestAnimationFrame(() => requestAnimationFrame(() => this.settle()));
  }

  /** Ask for what the panels on show lack. */
  private request(view: IViewState): void {
    this.slots.value.forEach(slot => this.frames[slot].want(view));
  }

  private show({ dataset, ...first }: IArrival): void {
    const view = this.enter(dataset);
    this.painting.restart();
    this.probing.forget();
    batch(() => {
      this.dataset.value = dataset;
      this.view.value = view;
      this.hover.value = null;
      SLOTS.forEach(slot => {
        const frame = first[slot];
        const shown = frame && { frame, view: dataset.view };
        this.frames[slot].start(dataset, shown);
      });
    });
    this.stopwatch.began(view);
    this.request(view);
  }

  /** The first view of a dataset, the one before it kept for undoing. */
  private enter(dataset: IDatasetDescription): IViewState {
    const { value: old } = this.view;
    const { value: oldDataset } = this.dataset;
    if (old && oldDataset) {
      this.limits.remember(oldDataset, old);
      if (dataset.path !== this.returning) {
        this.record(old, 'dataset');
      }
    }
    this.returning = null;
    return this.limits.adopt(dataset, old, this.limitsLocked.value);
  }

  private settle(): void {
    const { dataset, view, slots } = this;
    this.painting.settle(slots.value, dataset.value, view.value);
  }
}

/** Limits that were found in other values are found anew, unless set by hand. */
function refreshed(view: IViewState, locked: boolean): IViewState {
  const { contrast } = view;
  const kept = locked || contrast.mode === 'manual';
  return kept ? view : { ...view, contrast: { ...contrast, limits: null } };
}
