/** Writes the view to the model, whence it is kept for the next opening. */

import { effect, type ReadonlySignal } from '@preact/signals';
import type { IViewState } from '../model/view';
import type { IModel } from './client';

/** Moving things settle for this long before they are written. */
const SETTLED = 300;

/** Returns what ends it; a view that waits is then written at once. */
export function keepView(
  model: IModel,
  view: ReadonlySignal<IViewState | null>
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: IViewState | null = null;
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting) {
      model.set('view', waiting);
      model.save_changes();
      waiting = null;
    }
  };
  const stop = effect(() => {
    waiting = view.value;
    clearTimeout(timer);
    timer = setTimeout(write, SETTLED);
  });
  return () => {
    stop();
    write();
  };
}
