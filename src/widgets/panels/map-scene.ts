/** A map as it is to be drawn: what a frame says, seen with its dataset. */

import type { TypedArray } from '../../model/arrays';
import type {
  IComponent,
  IDatasetDescription,
  IDim,
  IPoints
} from '../../model/dataset';
import type { IReduced, ISight } from '../../model/messages';
import { maxAbs } from '../../model/units';
import type { IViewState } from '../../model/view';
import type { IAxis } from '../../render/axis';
import { dimAxis, isRising, valueAxis } from '../../render/axis';
import type { IPicture, ITravelled } from '../../render/picture';
import { covers, indicesIn, pictureOf, suffices } from '../../render/picture';
import { valuesOf } from '../../render/packed';
import { pointsWindow } from '../../render/points';
import { hasNumbers } from '../../render/statistics';
import type { IBox, IPlacement, IWindow } from '../../render/transform';
import { fitBox, fullWindow, zoomedWindow } from '../../render/transform';
import type { IShown } from '../controller';
import { componentOf } from './colouring';

interface IScene {
  shown: IShown;
  component: IComponent;
  values: TypedArray;
  empty: boolean;
  xAxis: IAxis;
  yAxis: IAxis;
  full: IWindow;
  aspect: number | null;
  /** Axes run to the left, or upwards, before the user flips them. */
  mirrorX: boolean;
  yUp: boolean;
}

export interface IRasterScene extends IScene {
  kind: 'raster';
  columns: number;
  rows: number;
  /** The map as far as it has come, the finer picture last. */
  pictures: IPicture[];
  /** Finer pictures that are on their way, the newest last. */
  coming: IPicture[];
  /** The map's x is also the axis of the curve: position by curve. */
  xIsCurve: boolean;
}

export interface IPointScene extends IScene {
  kind: 'points';
  points: IPoints;
}

export type MapScene = IRasterScene | IPointScene;

/** The scene of a frame; null where frame and dataset do not fit (yet). */
export function mapScene(
  dataset: IDatasetDescription | null,
  shown: IShown | null
): MapScene | null {
  const map = shown?.frame.map;
  const component = componentOf(dataset, shown?.view ?? null);
  if (!dataset || !shown || !map || !component) {
    return null;
  }
  if (shown.view.dataset !== dataset.path) {
    return null;
  }
  const values = valuesOf(shown.frame);
  const empty = !hasNumbers(values);
  const common = { shown, component, values, empty };
  if (map.shape.length === 1) {
    return pointScene(dataset, common);
  }
  const { frame, detail, coming } = shown;
  return rasterScene(
    dataset,
    detail ? [frame, detail] : [frame],
    common,
    coming
  );
}

type Common = Pick<IScene, 'shown' | 'component' | 'values' | 'empty'>;

/** A map over two dims; null where what has come of it does not fit them. */
export function rasterScene(
  dataset: IDatasetDescription,
  travelled: ITravelled[],
  common: Common,
  coming: readonly ITravelled[] = []
): IRasterScene | null {
  const { view } = common.shown;
  const x = dimOf(dataset, view.x);
  const y = dimOf(dataset, view.y);
  if (!x || !y) {
    return null;
  }
  const { size: columns } = x;
  const { size: rows } = y;
  const fitting = travelled.map(frame => pictureOf(frame, columns, rows));
  const pictures = fitting.filter(picture => picture !== null);
  if (pictures.length < fitting.length) {
    return null;
  }
  return {
    ...common,
    kind: 'raster',
    columns,
    rows,
    pictures,
    coming: coming
      .map(frame => pictureOf(frame, columns, rows))
      .filter(picture => picture !== null)
      .map(picture => ({ ...picture, growing: true })),
    xIsCurve: view.x === view.curve,
    xAxis: dimAxis(x),
    yAxis: dimAxis(y),
    full: fullWindow(columns, rows),
    aspect: aspectOf(dataset, view),
    mirrorX: falls(x),
    yUp: dataset.yUp !== falls(y)
  };
}

function pointScene(
  dataset: IDatasetDescription,
  common: Common
): IPointScene | null {
  const { points } = dataset;
  if (!points || points.x.data.length !== common.values.length) {
    return null;
  }
  const { x, y, xName, yName, xUnits, yUnits } = points;
  return {
    ...common,
    kind: 'points',
    points,
    xAxis: valueAxis(xName, xUnits, maxAbs(x.data)),
    yAxis: valueAxis(yName, yUnits, maxAbs(y.data)),
    full: pointsWindow(x.data, y.data),
    aspect: xUnits.trim() === yUnits.trim() ? 1 : null,
    mirrorX: false,
    yUp: dataset.yUp
  };
}

export function dimOf(
  dataset: IDatasetDescription | null,
  name: string | null
): IDim | null {
  return dataset?.dims.find(dim => dim.name === name) ?? null;
}

/** Larger values lie to the right, and where y points: also on falling axes. */
function falls({ monotonic, labels, values }: IDim): boolean {
  return monotonic && !labels && !isRising(values.data);
}

/** The description's aspect is that of its own view's axes. */
function aspectOf(
  { aspect, view: first }: IDatasetDescription,
  { x, y }: IViewState
): number | null {
  if (aspect === null || (x === first.x && y === first.y)) {
    return aspect;
  }
  return x === first.y && y === first.x ? 1 / aspect : null;
}

/** Where a scene lies in the room that its panel has. */
export function placementOf(
  scene: MapScene,
  view: Pick<IViewState, 'flip' | 'zoom'>,
  room: IBox
): IPlacement {
  const window = zoomedWindow(view.zoom.map, scene.full);
  const { box, toScale } = fitBox(room, window, scene.aspect);
  return {
    box: wholePixels(box),
    window,
    mirrorX: scene.mirrorX !== view.flip.x,
    yUp: scene.yUp !== view.flip.y,
    toScale
  };
}

function wholePixels({ left, top, width, height }: IBox): IBox {
  return {
    left: Math.round(left),
    top: Math.round(top),
    width: Math.max(1, Math.round(width)),
    height: Math.max(1, Math.round(height))
  };
}

/** The same place for a canvas that fills the box, in its device pixels. */
export function onCanvas(
  place: IPlacement,
  { width, height }: { width: number; height: number }
): IPlacement {
  return { ...place, box: { left: 0, top: 0, width, height } };
}

/** What can be seen of a map; null for scattered points, which come whole. */
export function sightOf(
  scene: MapScene,
  { box, window }: IPlacement,
  density: number
): ISight | null {
  if (scene.kind === 'points') {
    return null;
  }
  const sides = [box.width, box.height] as const;
  const [width, height] = sides.map(side => Math.round(side * density));
  return {
    screen: [Math.max(width ?? 1, 1), Math.max(height ?? 1, 1)],
    window: indicesIn(window, scene.columns, scene.rows)
  };
}

/** What is drawn of a map: the finer picture only while the other is too coarse. */
export function picturesIn(
  { pictures, coming, shown }: IRasterScene,
  sight: ISight | null
): IPicture[] {
  const enough = sight !== null && suffices(shown.frame, sight);
  return enough ? pictures.slice(0, 1) : [...pictures, ...coming];
}

/** How the visible part of a map was reduced; null if its pixels are the map's. */
export function reductionOf(
  scene: MapScene,
  place: IPlacement
): IReduced | null {
  if (scene.kind === 'points') {
    return null;
  }
  const { frame, detail } = scene.shown;
  const window = indicesIn(place.window, scene.columns, scene.rows);
  const seen = detail && covers(detail, window) ? detail : frame;
  return seen.reduced?.words ? seen.reduced : null;
}

/** "Amplitude (mV)" and "at 320 kHz": the name may be shortened, the slice not. */
export function mapTitle(
  dataset: IDatasetDescription,
  scene: MapScene,
  units: string
): { name: string; slice: string } {
  const { component, shown } = scene;
  const name = component.label || dataset.quantity || dataset.name;
  const { title: slice = '' } = shown.frame;
  const joint = slice && !slice.startsWith('at ') ? ',' : '';
  return { name: (units ? `${name} (${units})` : name) + joint, slice };
}
