/**
 * What the button does: it tells the kernel; where a cell waits for the run and
 * the message is not answered soon, it has the kernel interrupted.
 */

import { signal } from '@preact/signals';
import { askInterrupt } from '../../model/interrupt';
import type { IJob } from '../../model/job';

/** Kernels that listen while a cell runs have answered by then. */
const ANSWERED = 700;

/** How far cancelling has come. */
export type Plea = 'none' | 'asked' | 'interrupted' | 'unheard' | 'queued';

export class Cancelling {
  readonly plea = signal<Plea>('none');
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly send: (content: { kind: 'cancel' }) => void,
    private readonly job: () => IJob | null
  ) {}

  /** `from` is the element on the page; around it somebody may interrupt. */
  cancel(from: Element): void {
    clearTimeout(this.timer);
    this.plea.value = 'asked';
    this.send({ kind: 'cancel' });
    this.timer = setTimeout(() => this.insist(from), ANSWERED);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private insist(from: Element): void {
    const job = this.job();
    if (!job || job.stopping || job.state === 'cancelled') {
      return;
    }
    if (!job.awaited) {
      // Another cell is at work: to interrupt that was not asked for.
      this.plea.value = 'queued';
    } else {
      this.plea.value = askInterrupt(from) ? 'interrupted' : 'unheard';
    }
  }
}

/** What a person may have to know after they have pressed the button. */
export const PLEAS: Readonly<Record<Plea, string>> = {
  none: '',
  asked: '',
  interrupted: 'The kernel was interrupted.',
  unheard:
    'While the cell runs this button cannot reach the kernel. Press the stop button (■) of the notebook, or choose Kernel > Interrupt.',
  queued:
    'Another cell is running: this takes effect when it ends, or when you interrupt it.'
};
