/** How the plots of a stack share their panel, and when all are painted. */

import type { IGridItem } from '../../model/messages';
import type { IController, IShown } from '../controller';
import type { ICurveMargins } from './curve-model';
import { CURVE_MARGINS } from './curve-model';

/** Lower than this, a plot cannot be read: the stack scrolls instead. */
const LEAST_HEIGHT = 96;
/** Above and below a plot that has a neighbour there. */
const GAP = 6;

/** Channels that have a curve to draw, or will have one. */
export function stackItems(shown: IShown | null): IGridItem[] {
  const { frame, preview } = shown ?? {};
  return (frame?.grid ?? []).filter(({ curve }) => preview ?? curve);
}

/** The marker is named above the first plot, the abscissa below the last. */
export function stackMargins(k: number, count: number): ICurveMargins {
  const last = k === count - 1;
  return {
    ...CURVE_MARGINS,
    top: k === 0 ? CURVE_MARGINS.top : GAP,
    bottom: last ? CURVE_MARGINS.bottom : GAP,
    labelled: last
  };
}

/** With the room for its axes, each plot grows alike. */
export function leastHeight({ top, bottom }: ICurveMargins): number {
  return LEAST_HEIGHT + top + bottom;
}

/** Tells the controller of a frame once every plot shows it. */
export function stackPainted(
  controller: Pick<IController, 'painted'>
): (path: string, shown: IShown) => void {
  const plots = new Map<string, IShown>();
  return (path, shown) => {
    plots.set(path, shown);
    if (stackItems(shown).every(item => plots.get(item.path) === shown)) {
      controller.painted('grid', shown);
    }
  };
}
