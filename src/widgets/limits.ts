/** Limits are kept by quantity, so that they come back with their dataset. */

import type { IComponent, IDatasetDescription } from '../model/dataset';
import type { IContrast, IViewState } from '../model/view';
import { componentOf, firstContrast } from './contrast';

function keyOf(dataset: IDatasetDescription, component: string): string {
  return JSON.stringify([dataset.quantity, dataset.units, component]);
}

/** Cyclic, categorical and plain values need colours of another kind. */
function sameKind(a?: IComponent, b?: IComponent): boolean {
  return (
    (a?.period === null) === (b?.period === null) &&
    a?.categorical === b?.categorical
  );
}

export class QuantityLimits {
  private readonly known = new Map<string, IContrast>();

  remember(dataset: IDatasetDescription, view: IViewState): void {
    this.known.set(keyOf(dataset, view.component), view.contrast);
  }

  /** The values of the file are others now. */
  forget(): void {
    this.known.clear();
  }

  /** `after`, which shows another component, with the limits of that one. */
  followComponent(
    dataset: IDatasetDescription,
    before: IViewState,
    after: IViewState,
    locked: boolean
  ): IViewState {
    this.remember(dataset, before);
    const [old, now] = [before, after].map(view => componentOf(dataset, view));
    const colormap = sameKind(old, now) ? after.colormap : null;
    const contrast = locked ? before.contrast : this.recall(dataset, after);
    return { ...after, colormap, contrast };
  }

  /** The first view of a dataset; `old` is what was shown before it. */
  adopt(
    dataset: IDatasetDescription,
    old: IViewState | null,
    locked: boolean
  ): IViewState {
    const { view } = dataset;
    if (!old) {
      const component = componentOf(dataset, view);
      const limits = view.contrast.limits ?? component?.limits ?? null;
      return { ...view, contrast: { ...view.contrast, limits } };
    }
    const contrast = locked ? old.contrast : this.recall(dataset, view);
    return { ...view, contrast };
  }

  private recall(dataset: IDatasetDescription, view: IViewState): IContrast {
    const known = this.known.get(keyOf(dataset, view.component));
    return known ?? firstContrast(view.contrast, componentOf(dataset, view));
  }
}
