/** What a pointer over the curves can mean: places become indices here. */

import type { Limits } from '../../render/statistics';
import type { IBox } from '../../render/transform';
import { traceOf } from './curve-data';
import type { ICurveModel } from './curve-model';
import { pixelOf } from './curve-model';
import type { ICurveScene } from './curve-scene';
import { placeOf } from './curve-scene';

/** What is drawn where, at the moment of a gesture. */
export interface ICurveTarget {
  scene: ICurveScene;
  box: IBox;
  xRange: Limits;
  yRange: Limits;
}

/** What can be pointed at; null before the first curve. */
export function curveTarget(model: ICurveModel): ICurveTarget | null {
  const { value: scene } = model.scene;
  return (
    scene && {
      scene,
      box: model.box.value,
      xRange: model.xRange.value,
      yRange: model.yRange.value
    }
  );
}

/** A drag rather stays on its branch than jump to one a few pixels off. */
export function nearestOnTrace(
  { scene, box, xRange, yRange }: ICurveTarget,
  x: number,
  y: number,
  near: number | null
): number {
  const curve = scene.curves.find(({ current }) => current) ?? scene.curves[0];
  if (!curve) {
    return 0;
  }
  const { px, py } = traceOf({ scene, xRange, yRange }, curve, box);
  const faithful = near === null ? 0 : 3600 / px.length ** 2;
  let best = Infinity;
  let nearest = 0;
  for (let i = 0; i < px.length; i++) {
    const dx = (px[i] as number) - x;
    const dy = (py[i] as number) - y;
    const jump = near === null ? 0 : i - near;
    const cost = dx * dx + (dy * dy || 0) + faithful * jump * jump;
    if (cost < best) {
      best = cost;
      nearest = i;
    }
  }
  return nearest;
}

/** Visible edges of the pixels of a band, in CSS pixels of the box. */
export function bandPixels(
  { scene, box, xRange }: ICurveTarget,
  [first, last]: readonly [number, number]
): Limits {
  const ends = [placeOf(scene, first - 0.5), placeOf(scene, last + 0.5)]
    .map(place => pixelOf(xRange, box.width, place))
    .map(px => Math.min(Math.max(px, 0), box.width));
  return [Math.min(...ends), Math.max(...ends)];
}
