/** The viewer as panels and keys see it: few verbs, each changing the view. */

import { signal } from '@preact/signals';
import type { IViewState } from '../model/view';
import { valuesOf } from '../render/packed';
import { componentOf, refitted } from './contrast';
import type { Hover, IController } from './controller';
import { Viewing } from './viewing';

export class Store extends Viewing implements IController {
  readonly following = signal(false);
  readonly refits = signal(0);
  /** The dim that the keys `,` and `.` step; null for the first one. */
  readonly activeDim = signal<string | null>(null);
  /** One map was chosen from the grid of all; there is a way back. */
  private enlarged = false;

  moveCursor(x: number, y: number): void {
    const { value: view } = this.view;
    if (view?.x && view.y) {
      const index = { ...view.index, [view.x]: x, [view.y]: y };
      this.update({ index }, { kind: null });
    }
  }

  selectPoint(point: number): void {
    const dim = this.dataset.value?.points?.dim;
    if (dim !== undefined) {
      const index = { ...this.view.value?.index, [dim]: point };
      this.update({ index }, { kind: null });
    }
  }

  moveMarker(index: number): void {
    const { value: view } = this.view;
    if (view?.curve) {
      const moved = { ...view.index, [view.curve]: index };
      this.update({ index: moved, band: null }, { kind: 'marker' });
    }
  }

  setBand(band: readonly [number, number] | null): void {
    this.update({ band }, { kind: 'band' });
  }

  setIndex(dim: string, index: number): void {
    const moved = { ...this.view.value?.index, [dim]: index };
    this.update({ index: moved }, { kind: `index ${dim}` });
  }

  /** Step a dim by some places. */
  stepIndex(dim: string, by: number): void {
    this.setIndex(dim, (this.view.value?.index[dim] ?? 0) + by);
  }

  setHover(hover: Hover): void {
    this.hover.value = hover;
    if (this.following.value && hover?.panel === 'map') {
      this.followTo(hover.x, hover.y);
    }
  }

  setFollowing(on: boolean): void {
    this.following.value = on;
  }

  lockLimits(on: boolean): void {
    this.limitsLocked.value = on;
  }

  autoscale(): void {
    const { value: view } = this.view;
    const component = componentOf(this.dataset.value, view);
    this.refits.value += 1;
    if (view && component) {
      const frame = this.map.value?.frame;
      const shown = frame?.map && valuesOf(frame);
      const contrast = refitted(view.contrast, component, shown);
      this.update({ contrast });
    }
  }

  fit(panel?: 'map' | 'curve'): void {
    const { value: view } = this.view;
    if (view) {
      const map = panel === 'curve' ? view.zoom.map : null;
      const curve = panel === 'map' ? view.zoom.curve : null;
      this.update({ zoom: { map, curve } });
    }
  }

  /** From the grid, one of its maps is enlarged, and there is a way back. */
  override openDataset(path: string): void {
    this.enlarged = this.view.value?.channels === 'all';
    super.openDataset(path);
  }

  /** Another dataset by its name. */
  chooseDataset(path: string): void {
    this.enlarged = false;
    super.openDataset(path);
  }

  /** From one enlarged map back to all; false if it was not enlarged. */
  shrink(): boolean {
    const was = this.enlarged && isOne(this.view.value);
    this.enlarged = false;
    if (was) {
      this.update({ channels: 'all' });
    }
    return was;
  }

  private followTo(x: number, y: number): void {
    if (this.dataset.value?.points) {
      this.selectPoint(x);
    } else {
      this.moveCursor(x, y);
    }
  }
}

function isOne(view: IViewState | null): boolean {
  return view?.channels === 'one';
}
