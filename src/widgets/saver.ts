/** Saving what is shown into the file: what can be, how far it is, where it went. */

import { batch, signal } from '@preact/signals';
import type { IFailure, ISaved, ISavingPlan } from '../model/messages';
import type { IViewState } from '../model/view';
import { failureOf, StaleError, type Client } from './client';

export class Saver {
  /** What can be saved; null until the kernel has said it. */
  readonly plan = signal<ISavingPlan | null>(null);
  /** 0-1 while something is saved; null otherwise. */
  readonly progress = signal<number | null>(null);
  readonly saved = signal<ISaved | null>(null);
  readonly failure = signal<IFailure | null>(null);
  /** Ends what is being saved; null where nothing is, or that was asked already. */
  readonly cancel = signal<(() => void) | null>(null);

  constructor(
    private readonly client: Client,
    private readonly arrived: (saved: ISaved) => void
  ) {}

  /** Ask what of a view can be saved. */
  async prepare(view: IViewState): Promise<void> {
    this.plan.value = null;
    try {
      this.plan.value = await this.client.request('savable', { view });
    } catch (error) {
      this.failure.value = failureOf(error);
    }
  }

  async save(view: IViewState, what: string[]): Promise<void> {
    if (this.progress.value !== null) {
      return;
    }
    const ending = new AbortController();
    batch(() => {
      this.cancel.value = () => {
        this.cancel.value = null;
        ending.abort();
      };
      this.progress.value = 0;
      this.saved.value = null;
      this.failure.value = null;
    });
    const onProgress = (fraction: number): void => {
      this.progress.value = fraction;
    };
    try {
      const saved = await this.client.request(
        'save',
        { view, what },
        { onProgress, signal: ending.signal }
      );
      batch(() => {
        this.saved.value = saved;
        this.arrived(saved);
      });
    } catch (error) {
      // It was cancelled before the file was touched: nothing has changed.
      if (!(error instanceof StaleError)) {
        this.failure.value = failureOf(error);
      }
    } finally {
      batch(() => {
        this.progress.value = null;
        this.cancel.value = null;
      });
    }
  }
}
