/** The frames of every slot: what is shown, what is being read, what failed. */

import { batch, signal, type Signal } from '@preact/signals';
import type { IDatasetDescription } from '../model/dataset';
import type { FrameSlot, IFailure, IFrame } from '../model/messages';
import type { IViewState } from '../model/view';
import { failureOf, type Client } from './client';
import type { IProgress, IShown } from './controller';
import { Overtaking } from './overtaking';
import { Refining } from './refining';
import { frameKey } from './slots';

/** Reads that take longer than this show how far they are. */
const UNNOTICED = 300;

export const SLOTS: readonly FrameSlot[] = ['map', 'curve', 'grid'];

export class SlotFrames {
  readonly shown = signal<IShown | null>(null);
  readonly progress = signal<IProgress | null>(null);
  readonly failure = signal<IFailure | null>(null);
  readonly refining: Refining;
  private readonly reads: Overtaking<IViewState, IFrame>;
  private readonly ahead = new Map<string, Promise<IFrame>>();
  private dataset: IDatasetDescription | null = null;
  private wished = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private fraction: number | null = null;
  /** What was shown before a preview took its place. */
  private whole: IShown | null = null;

  constructor(
    private readonly slot: FrameSlot,
    private readonly client: Client
  ) {
    this.reads = new Overtaking({
      ask: (view, ...told) => this.ask(view, ...told),
      partial: (frame, view) => this.preview(frame, view),
      arrived: (frame, view) => this.arrived(frame, view),
      failed: error => (this.failure.value = failureOf(error)),
      busy: (since, fraction) => this.busy(since, fraction)
    });
    this.refining = new Refining({
      resting: () => this.resting(),
      ask: (view, sight, onProgress, onPartial) =>
        client.request(
          'frame',
          { slot, view, ...sight, fine: true },
          { onProgress, onPartial }
        ),
      hurry: view => this.reads.wish(view),
      refined: shown => (this.shown.value = shown),
      failed: error => (this.failure.value = failureOf(error))
    });
  }

  /** Begin with a dataset; `shown` is its first frame if that has come. */
  start(dataset: IDatasetDescription, shown: IShown | null): void {
    this.dataset = dataset;
    this.reads.drop();
    this.wished = shown ? this.key(shown.view) : '';
    this.shown.value = shown;
    this.failure.value = null;
    this.refining.touch();
  }

  /** Read what `view` needs, unless it is shown or asked for. */
  want(view: IViewState): void {
    const key = this.key(view);
    if (key !== this.wished) {
      this.wished = key;
      this.refining.stop();
      this.reads.wish(view);
    }
  }

  again(view: IViewState): void {
    this.wished = '';
    this.failure.value = null;
    this.want(view);
  }

  /** Read what is missing of a view whose reading was ended for something else. */
  resume(view: IViewState): void {
    if (!this.resting()) {
      this.again(view);
    }
  }

  /** Ask before the dataset is shown; `want` later takes up the answer. */
  readAhead(dataset: IDatasetDescription): Promise<IFrame> {
    const { slot } = this;
    const reading = this.client.request('frame', { slot, view: dataset.view });
    reading.catch(() => undefined);
    this.ahead.clear();
    this.ahead.set(frameKey(slot, dataset, dataset.view), reading);
    return reading;
  }

  cancel(): void {
    this.reads.drop();
    this.refining.stop();
    const { value: shown } = this.shown;
    this.wished = shown ? this.key(shown.view) : '';
    this.stopReading();
  }

  /** Be content with the picture that is shown. */
  cancelRefining(): void {
    this.refining.cancel();
    this.stopReading();
  }

  stop(): void {
    this.reads.drop();
    this.ahead.clear();
    this.refining.stop();
  }

  private stopReading(): void {
    this.client.request('cancel', { slot: this.slot }).catch(() => undefined);
  }

  /** What is shown, if it is what is wished for. */
  private resting(): IShown | null {
    const { value: shown } = this.shown;
    const all = shown && !shown.preview;
    return all && this.key(shown.view) === this.wished ? shown : null;
  }

  private key(view: IViewState): string {
    return this.dataset ? frameKey(this.slot, this.dataset, view) : '';
  }

  private ask(
    view: IViewState,
    onProgress: (fraction: number) => void,
    onPartial: (frame: IFrame) => void
  ): Promise<IFrame> {
    this.endPreview(); // of the read that this one overtakes
    const key = this.key(view);
    const early = this.ahead.get(key);
    this.ahead.clear();
    const { slot } = this;
    const params = { slot, view, ...this.refining.sight };
    const told = { onProgress, onPartial };
    return early ?? this.client.request('frame', params, told);
  }

  private preview(frame: IFrame, view: IViewState): void {
    const { value: shown } = this.shown;
    if (!shown?.preview) {
      this.whole = shown;
    }
    this.shown.value = { frame, view, preview: true };
  }

  /** It is shown while its own read goes on; then the picture before comes back. */
  private endPreview(): void {
    if (this.shown.value?.preview) {
      this.shown.value = this.whole;
    }
  }

  private arrived(frame: IFrame, view: IViewState): void {
    batch(() => {
      this.shown.value = { frame, view };
      this.failure.value = null;
    });
    this.refining.touch();
  }

  private busy(since: number | null, fraction: number | null): void {
    this.fraction = fraction;
    if (since === null) {
      this.endPreview();
      clearTimeout(this.timer);
      this.timer = undefined;
      this.progress.value = null;
    } else if (this.progress.value) {
      this.progress.value = { fraction };
    } else {
      const left = since + UNNOTICED - performance.now();
      this.timer ??= setTimeout(() => this.notice(), left);
    }
  }

  private notice(): void {
    this.timer = undefined;
    this.progress.value = { fraction: this.fraction };
  }
}

export type Frames = Readonly<Record<FrameSlot, SlotFrames>>;

export function framesOf(client: Client): Frames {
  return {
    map: new SlotFrames('map', client),
    curve: new SlotFrames('curve', client),
    grid: new SlotFrames('grid', client)
  };
}

/** One signal of every slot, as panels see them. */
export function bySlot<T>(
  frames: Frames,
  pick: (slot: SlotFrames) => Signal<T>
): Readonly<Record<FrameSlot, Signal<T>>> {
  return {
    map: pick(frames.map),
    curve: pick(frames.curve),
    grid: pick(frames.grid)
  };
}
