/**
 * A better picture of what can be seen of a map, once the eye rests. Quick
 * pictures come first and are never held up: the kernel drops a fine one as soon
 * as another frame is asked for.
 */

import { signal } from '@preact/signals';
import type { IFrame, ISight } from '../model/messages';
import type { IViewState } from '../model/view';
import { covers, suffices } from '../render/picture';
import { StaleError } from './client';
import type { IShown } from './controller';

/** The eye rests once nothing has moved for so long. */
export const REST = 150;

export interface IRefined {
  /** What is shown, if nothing else is on its way. */
  resting(): IShown | null;
  /** Ask for a fine picture. */
  ask(
    view: IViewState,
    sight: ISight,
    onProgress: (fraction: number) => void,
    onPartial: (frame: IFrame) => void
  ): Promise<IFrame>;
  /** Ask for a quick picture of what can be seen. */
  hurry(view: IViewState): void;
  refined(shown: IShown): void;
  failed(error: unknown): void;
}

export class Refining {
  /** 0-1 while a fine picture is made that takes long. */
  readonly progress = signal<number | null>(null);
  private seen: ISight | null = null;
  /** What has come last: asked for again, it would be no better. */
  private done: { view: IViewState; sight: ISight } | null = null;
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly slot: IRefined) {}

  /** What can be seen; null before anything was. */
  get sight(): ISight | null {
    return this.seen;
  }

  look(sight: ISight): void {
    if (this.seen && isSame(this.seen, sight)) {
      return;
    }
    this.seen = sight;
    const shown = this.slot.resting();
    if (shown && !frames(shown).some(frame => covers(frame, sight.window))) {
      this.slot.hurry(shown.view);
    }
    this.touch();
  }

  /** Something has changed; wait until nothing does. */
  touch(): void {
    this.stop();
    this.timer = setTimeout(() => this.rest(), REST);
  }

  /** The picture stays as coarse as it is, until something changes. */
  cancel(): void {
    const shown = this.slot.resting();
    const { seen: sight } = this;
    this.stop();
    if (shown && sight) {
      this.done = { view: shown.view, sight };
      this.slot.refined(withoutComing(shown));
    }
  }

  /** What is being made is not wanted any more. */
  stop(): void {
    this.turn++;
    this.progress.value = null;
    clearTimeout(this.timer);
  }

  private rest(): void {
    const shown = this.slot.resting();
    const { seen: sight } = this;
    if (!shown || !sight || this.isDone(shown, sight)) {
      return;
    }
    const turn = ++this.turn;
    const { view, coming = [] } = shown;
    // What has come of another window stays until all has come of this one.
    const before = coming.slice(-1);
    this.slot
      .ask(
        view,
        sight,
        fraction => this.tell(turn, fraction),
        frame => this.preview(turn, [...before, frame])
      )
      .then(
        frame => this.answered(turn, frame, sight),
        (error: unknown) => this.refused(turn, error)
      );
  }

  private isDone(shown: IShown, sight: ISight): boolean {
    const { done } = this;
    const again = done?.view === shown.view && isSame(done.sight, sight);
    return again || frames(shown).some(frame => suffices(frame, sight));
  }

  private tell(turn: number, fraction: number): void {
    if (turn === this.turn) {
      this.progress.value = fraction;
    }
  }

  private preview(turn: number, coming: readonly IFrame[]): void {
    const shown = this.slot.resting();
    if (turn === this.turn && shown) {
      this.slot.refined({ ...shown, coming });
    }
  }

  private answered(turn: number, frame: IFrame, sight: ISight): void {
    const shown = this.slot.resting();
    if (turn !== this.turn || !shown) {
      return;
    }
    this.progress.value = null;
    this.done = { view: shown.view, sight };
    this.slot.refined(withFine(shown, frame));
  }

  private refused(turn: number, error: unknown): void {
    if (turn === this.turn) {
      this.progress.value = null;
      if (!(error instanceof StaleError)) {
        const shown = this.slot.resting();
        if (shown) {
          this.slot.refined(withoutComing(shown));
        }
        this.slot.failed(error);
      }
    }
  }
}

function withoutComing({ frame, view, detail }: IShown): IShown {
  return detail ? { frame, view, detail } : { frame, view };
}

/** The finest first. */
function frames({ frame, detail }: IShown): IFrame[] {
  return detail ? [detail, frame] : [frame];
}

/** In the place of the picture beneath where it shows as much, else over it. */
export function withFine(shown: IShown, fine: IFrame): IShown {
  const { frame, view } = shown;
  const beneath = frame.reduced?.window;
  return !fine.reduced || (beneath && covers(fine, beneath))
    ? { frame: fine, view }
    : { frame, view, detail: fine };
}

function isSame(a: ISight, b: ISight): boolean {
  return (
    a.screen.every((side, i) => side === b.screen[i]) &&
    a.window.every((end, i) => end === b.window[i])
  );
}
