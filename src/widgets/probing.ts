/** Exact values of a map of which the browser has only a reduced picture. */

import { signal } from '@preact/signals';
import type { TypedArray } from '../model/arrays';
import type { IProbed } from '../model/messages';
import type { IViewState } from '../model/view';
import type { Client } from './client';
import { Overtaking } from './overtaking';

export class Probing {
  private readonly found = signal<{ key: string; values: TypedArray } | null>(
    null
  );
  private readonly reads: Overtaking<IViewState, IProbed>;
  private wished = '';

  constructor(client: Client) {
    this.reads = new Overtaking({
      ask: view => client.request('probe', { view }),
      arrived: ({ values }, view) =>
        (this.found.value = { key: keyOf(view), values: values.data }),
      // The map itself says what is amiss with the file.
      failed: () => (this.wished = ''),
      busy: () => undefined
    });
  }

  /** The values at the cursor of a view, once they have come. */
  valuesAt(view: IViewState): TypedArray | null {
    const { value: found } = this.found;
    return found?.key === keyOf(view) ? found.values : null;
  }

  want(view: IViewState): void {
    const key = keyOf(view);
    if (key !== this.wished) {
      this.wished = key;
      this.reads.wish(view);
    }
  }

  /** Another dataset, or another state of the file: nothing is known of it. */
  forget(): void {
    this.reads.drop();
    this.wished = '';
    this.found.value = null;
  }
}

function keyOf(view: IViewState): string {
  const { dataset, x, y, curve, band, component, channels } = view;
  const index = Object.entries(view.index).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    dataset,
    x,
    y,
    curve,
    band,
    component,
    channels,
    index
  ]);
}
