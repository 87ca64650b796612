/** Curves as numbers on a plot: ordinary, rising, with gaps. */

import type uPlot from 'uplot';
import { outline } from '../../render/polyline';
import type { Limits } from '../../render/statistics';
import { pixelOf } from './curve-model';
import type { ICurve, ICurveScene } from './curve-scene';
import { placeOf } from './curve-scene';
import type { ITrace } from './curve-trace';
import type { ISize } from './surface';

/** All that a painting of the curves depends on. */
export interface ICurvePicture {
  scene: ICurveScene;
  size: ISize;
  xRange: Limits;
  yRange: Limits;
  band: readonly [number, number] | null;
}

export interface IPlotScale {
  x: number;
  y: number;
}

type PlotData = [number[], ...(number | null)[][]];

/** More points than this are reduced to their outline before drawing. */
const MOST_POINTS = 20000;
const OUTLINE_BUCKETS = 4096;

/** Powers of ten that make values ordinary: uPlot gives up below 1e-16. */
export function scaleOf({ scene, xRange, yRange }: ICurvePicture): IPlotScale {
  const x = scene.course === 'index' ? 1 : powerFor(xRange);
  return { x, y: powerFor(yRange) };
}

function powerFor([low, high]: Limits): number {
  const span = high - low;
  const ordinary = span > 1e-6 && span < 1e9;
  return ordinary ? 1 : 10 ** -Math.floor(Math.log10(span));
}

/** uPlot's abscissa must rise, and its gaps are null. */
export function dataOf(
  scene: ICurveScene,
  scale: IPlotScale
): uPlot.AlignedData {
  if (scene.course === 'turning') {
    const nothing = scene.curves.map(() => [null, null]);
    return [[0, 1], ...nothing];
  }
  return aligned(scene, scale);
}

function aligned(scene: ICurveScene, scale: IPlotScale): uPlot.AlignedData {
  const { dim, curves } = scene;
  const places = Float64Array.from(
    { length: dim.size },
    (_, i) => placeOf(scene, i) * scale.x
  );
  if (dim.size > MOST_POINTS && curves.length === 1) {
    return reversedIf(scene, outlined(places, curves[0] as ICurve, scale.y));
  }
  const rows = curves.map(({ values }) => withGaps(values, scale.y));
  return reversedIf(scene, [Array.from(places), ...rows]);
}

function outlined(
  places: Float64Array,
  { values }: ICurve,
  scale: number
): PlotData {
  const { x, y } = outline(places, values, OUTLINE_BUCKETS);
  return [x, y.map(value => (value === null ? null : value * scale))];
}

function withGaps(values: ArrayLike<number>, scale: number): (number | null)[] {
  const out: (number | null)[] = new Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    out[i] = value - value === 0 ? value * scale : null;
  }
  return out;
}

function reversedIf(
  { course }: ICurveScene,
  data: PlotData
): uPlot.AlignedData {
  if (course === 'falling') {
    data.forEach(row => row.reverse());
  }
  return data;
}

/** Places of the points of a curve, in pixels of a plot of that size. */
export function traceOf(
  { scene, xRange, yRange }: Pick<ICurvePicture, 'scene' | 'xRange' | 'yRange'>,
  { values }: ICurve,
  { width, height }: ISize
): ITrace {
  const px = new Float64Array(values.length);
  const py = new Float64Array(values.length);
  const { data } = scene.dim.values;
  for (let i = 0; i < values.length; i++) {
    px[i] = pixelOf(xRange, width, data[i] as number);
    py[i] = height - pixelOf(yRange, height, values[i] as number);
  }
  return { px, py };
}
