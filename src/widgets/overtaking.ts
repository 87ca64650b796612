/**
 * The frames of one slot, the newest wish first: at most one unanswered
 * request, whose place a newer wish takes when the answer arrives, or once the
 * answer is slow in coming (the kernel then stops the old read).
 */

import { StaleError } from './client';

/** A wish waits this long for the answer to the request before it. */
export const PATIENCE = 250;
/** Doubled at each overtaking up to this, or a slow read would never show. */
const MOST_PATIENCE = 1000;

export interface IFrameEvents<Wish, Frame> {
  ask(
    wish: Wish,
    onProgress: (fraction: number) => void,
    onPartial: (frame: Frame) => void
  ): Promise<Frame>;
  /** What has come of the newest request, before all has. */
  partial?(frame: Frame, wish: Wish): void;
  arrived(frame: Frame, wish: Wish): void;
  failed(error: unknown, wish: Wish): void;
  /** `since` is the time from which the slot has been busy; null when idle. */
  busy(since: number | null, fraction: number | null): void;
}

export class Overtaking<Wish, Frame> {
  /** Requests are numbered; 0 is none. */
  private current = 0;
  private newest = 0;
  private shown = 0;
  private next: Wish | null = null;
  private since: number | null = null;
  private patience = PATIENCE;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly events: IFrameEvents<Wish, Frame>) {}

  wish(wish: Wish): void {
    if (this.current === 0) {
      this.send(wish);
      return;
    }
    this.next = wish;
    this.timer ??= setTimeout(() => this.overtake(), this.patience);
  }

  /** Forget what is asked for and wished; late answers are not shown. */
  drop(): void {
    this.current = 0;
    this.shown = this.newest;
    this.next = null;
    this.rest();
  }

  private send(wish: Wish): void {
    const turn = ++this.newest;
    this.current = turn;
    this.stopTimer();
    this.since ??= performance.now();
    this.events.busy(this.since, null);
    this.events
      .ask(
        wish,
        fraction => this.progress(turn, fraction),
        frame => this.partial(turn, frame, wish)
      )
      .then(
        frame => this.answered(turn, () => this.show(turn, frame, wish)),
        error => this.answered(turn, () => this.fail(turn, error, wish))
      );
  }

  private overtake(): void {
    this.timer = undefined;
    this.patience = Math.min(2 * this.patience, MOST_PATIENCE);
    this.sendNext();
  }

  private sendNext(): void {
    const wish = this.next;
    this.next = null;
    if (wish !== null) {
      this.send(wish);
    }
  }

  /** The next request leaves before the answer is shown: reading goes on. */
  private answered(turn: number, report: () => void): void {
    if (turn === this.current) {
      this.current = 0;
      this.patience = PATIENCE;
      this.rest();
      this.sendNext();
    }
    report();
  }

  /** Even an overtaken frame is news, unless a newer one is shown. */
  private show(turn: number, frame: Frame, wish: Wish): void {
    if (turn > this.shown) {
      this.shown = turn;
      this.events.arrived(frame, wish);
    }
  }

  private fail(turn: number, error: unknown, wish: Wish): void {
    if (turn === this.newest && !(error instanceof StaleError)) {
      this.events.failed(error, wish);
    }
  }

  private progress(turn: number, fraction: number): void {
    if (turn === this.current) {
      this.events.busy(this.since, fraction);
    }
  }

  private partial(turn: number, frame: Frame, wish: Wish): void {
    if (turn === this.current) {
      this.events.partial?.(frame, wish);
    }
  }

  private rest(): void {
    this.stopTimer();
    this.since = null;
    this.events.busy(null, null);
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
