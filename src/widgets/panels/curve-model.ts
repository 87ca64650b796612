/** Everything that is drawn of the curves, derived from the viewer's signals. */

import type { ReadonlySignal } from '@preact/signals';
import { computed } from '@preact/signals';
import type { Limits } from '../../render/statistics';
import { union } from '../../render/statistics';
import type { IBox } from '../../render/transform';
import type { IController } from '../controller';
import type { ICurveScene } from './curve-scene';
import { spread, visibleRange } from './curve-scene';
import type { ISize, ISurface } from './surface';

/** Room around the curves, and what stands in it. */
export interface ICurveMargins {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** The abscissa has numbers and a name. */
  labelled: boolean;
}

export const CURVE_MARGINS: ICurveMargins = {
  left: 62,
  top: 22,
  right: 16,
  bottom: 46,
  labelled: true
};

export interface ICurveModel {
  readonly scene: ReadonlySignal<ICurveScene | null>;
  readonly margins: ICurveMargins;
  readonly box: ReadonlySignal<IBox>;
  /** Visible abscissa and ordinate, in units of the data. */
  readonly xRange: ReadonlySignal<Limits>;
  readonly yRange: ReadonlySignal<Limits>;
}

/** `read` gives what is to be drawn; the old picture stays until it comes. */
export function curveModel(
  read: () => ICurveScene | null,
  { view, refits }: IController,
  { size }: ISurface,
  margins = CURVE_MARGINS
): ICurveModel {
  let last: ICurveScene | null = null;
  const scene = computed(() => {
    last = read() ?? last;
    return last;
  });
  const zoom = computed(() => view.value?.zoom.curve ?? null);
  const dim = computed(() => scene.value?.dim);
  const course = computed(() => scene.value?.course);
  const grow = growing();
  return {
    scene,
    margins,
    box: computed(() => plotBox(size.value, margins)),
    xRange: computed(() => {
      const drawn = dim.value && course.value ? scene.peek() : null;
      return drawn ? visibleRange(drawn, zoom.value) : [0, 1];
    }),
    yRange: computed(() => grow(scene.value, refits.value))
  };
}

/**
 * The range of values only grows while one looks at a quantity, so that
 * curves can be compared; it is fitted anew when the user asks.
 */
function growing(): (scene: ICurveScene | null, refits: number) => Limits {
  let range: Limits | null = null;
  let quantity = '';
  return (scene, refits) => {
    const { dataset, component } = scene?.shown.view ?? {};
    const now = JSON.stringify([dataset, component, refits]);
    range = union(now === quantity ? range : null, scene?.extent ?? null);
    quantity = now;
    return spread(range ?? [0, 1], 0.04);
  };
}

function plotBox(
  { width, height }: ISize,
  { left, top, right, bottom }: ICurveMargins
): IBox {
  return {
    left,
    top,
    width: Math.max(width - left - right, 16),
    height: Math.max(height - top - bottom, 16)
  };
}

export function pixelOf(
  [low, high]: Limits,
  length: number,
  at: number
): number {
  return ((at - low) / (high - low)) * length;
}

export function placeAt(
  [low, high]: Limits,
  length: number,
  px: number
): number {
  return low + ((high - low) * px) / length;
}
