/** Pointer, wheel and keys on a map. Screen directions become indices here. */

import { nearestPoint, pointTowards } from '../../render/points';
import type { IPlacement, IWindow } from '../../render/transform';
import {
  fromPixel,
  isInside,
  panned,
  windowTuple,
  zoomAbout
} from '../../render/transform';
import type { IController } from '../controller';
import type { IPointScene, MapScene } from './map-scene';
import { elementOf, localPlace, wheelFactor } from './pointer';

/** What is drawn where, at the moment of a gesture. */
export interface ITarget {
  scene: MapScene;
  place: IPlacement;
}

/** Pointers may miss a scattered point by so many CSS pixels while hovering. */
const HOVER_REACH = 24;
const LONG_STEP = 10;

interface IPan {
  window: IWindow;
  x: number;
  y: number;
}

type Drag = { kind: 'cursor' } | { kind: 'pan'; from: IPan };

export class MapGestures {
  private drag: Drag | null = null;
  private space = false;
  private hovered = '';

  constructor(
    private readonly controller: IController,
    private readonly target: () => ITarget | null
  ) {}

  readonly down = (event: PointerEvent): void => {
    const target = this.target();
    const { x, y } = localPlace(event);
    if (!target || event.button > 1 || !isInside(target.place.box, x, y)) {
      return;
    }
    elementOf(event).setPointerCapture(event.pointerId);
    if (event.button === 1 || this.space) {
      event.preventDefault();
      elementOf(event).focus();
      this.drag = { kind: 'pan', from: { window: target.place.window, x, y } };
    } else {
      this.drag = { kind: 'cursor' };
      this.controller.setFollowing(false);
      this.moveTo(target, x, y);
    }
  };

  readonly move = (event: PointerEvent): void => {
    const target = this.target();
    if (!target) {
      return;
    }
    const { x, y } = localPlace(event);
    if (this.drag?.kind === 'pan') {
      this.panTo(target, this.drag.from, x, y);
      return;
    }
    if (this.drag) {
      this.moveTo(target, x, y);
    }
    this.hover(target, x, y);
  };

  readonly up = (): void => {
    this.drag = null;
  };

  readonly leave = (): void => {
    this.hovered = '';
    this.controller.setHover(null);
  };

  readonly wheel = (event: WheelEvent): void => {
    const target = this.target();
    const element = elementOf(event);
    const meant = event.ctrlKey || element.contains(document.activeElement);
    if (!target || !meant) {
      return;
    }
    event.preventDefault();
    const { x, y } = localPlace(event);
    const { place, scene } = target;
    const at = fromPixel(place, x, y);
    const factor = wheelFactor(event);
    this.zoomTo(zoomAbout(place.window, scene.full, at, factor));
  };

  readonly doubleClick = (): void => {
    this.controller.fit('map');
  };

  readonly keyDown = (event: KeyboardEvent): void => {
    const target = this.target();
    if (!target || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const direction = DIRECTIONS[event.key];
    if (event.key === ' ') {
      this.space = true;
      event.preventDefault();
    } else if (direction) {
      this.step(target, direction, event.shiftKey ? LONG_STEP : 1);
      event.preventDefault();
    }
  };

  readonly keyUp = (event: KeyboardEvent): void => {
    this.space &&= event.key !== ' ';
  };

  readonly blur = (): void => {
    this.space = false;
  };

  /** Arrows go where they point, however the axes run. */
  private step(
    { scene, place }: ITarget,
    [right, up]: readonly [number, number],
    count: number
  ): void {
    const { index = {} } = this.controller.view.value ?? {};
    const dx = place.mirrorX ? -right : right;
    const dy = place.yUp ? up : -up;
    if (scene.kind === 'points') {
      this.stepPoint(scene, place, { x: dx, y: dy }, count);
      return;
    }
    const { x, y } = scene.shown.view;
    const column = index[x ?? ''] ?? 0;
    const row = index[y ?? ''] ?? 0;
    this.controller.moveCursor(
      clipped(column + dx * count, scene.columns),
      clipped(row + dy * count, scene.rows)
    );
  }

  private stepPoint(
    { points }: IPointScene,
    place: IPlacement,
    direction: { x: number; y: number },
    count: number
  ): void {
    const { x, y } = scales(place);
    let point = this.controller.view.value?.index[points.dim] ?? 0;
    for (let i = 0; i < count; i++) {
      const { x: xs, y: ys } = points;
      point = pointTowards(xs.data, ys.data, point, direction, y / x);
    }
    this.controller.selectPoint(point);
  }

  private moveTo(target: ITarget, px: number, py: number): void {
    const { scene, place } = target;
    if (scene.kind === 'points') {
      this.controller.selectPoint(pointUnder(scene, place, px, py, Infinity));
      return;
    }
    const { x, y } = fromPixel(place, px, py);
    const { index = {} } = this.controller.view.value ?? {};
    const { x: xName, y: yName } = scene.shown.view;
    const column = clipped(Math.round(x), scene.columns);
    const row = clipped(Math.round(y), scene.rows);
    if (index[xName ?? ''] !== column || index[yName ?? ''] !== row) {
      this.controller.moveCursor(column, row);
    }
  }

  private panTo(target: ITarget, from: IPan, px: number, py: number): void {
    const place = { ...target.place, window: from.window };
    const start = fromPixel(place, from.x, from.y);
    const now = fromPixel(place, px, py);
    const { full } = target.scene;
    const by = { x: start.x - now.x, y: start.y - now.y };
    this.zoomTo(panned(from.window, full, by.x, by.y));
  }

  private zoomTo(window: IWindow | null): void {
    const { value: view } = this.controller.view;
    if (view) {
      const map = window && windowTuple(window);
      const zoom = { ...view.zoom, map };
      this.controller.update({ zoom }, { transient: true });
    }
  }

  private hover({ scene, place }: ITarget, px: number, py: number): void {
    const at = isInside(place.box, px, py)
      ? hoveredPlace(scene, place, px, py)
      : null;
    const key = at ? `${at.x} ${at.y}` : '';
    if (key === this.hovered) {
      return;
    }
    this.hovered = key;
    this.controller.setHover(at && { panel: 'map', ...at });
    if (at && scene.kind === 'points' && this.controller.following.value) {
      this.controller.selectPoint(at.x);
    }
  }
}

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1]
};

/** Pixel under the pointer; of scattered points the number, as x. */
function hoveredPlace(
  scene: MapScene,
  place: IPlacement,
  px: number,
  py: number
): { x: number; y: number } | null {
  if (scene.kind === 'points') {
    const point = pointUnder(scene, place, px, py, HOVER_REACH);
    return point < 0 ? null : { x: point, y: 0 };
  }
  const { x, y } = fromPixel(place, px, py);
  return {
    x: clipped(Math.round(x), scene.columns),
    y: clipped(Math.round(y), scene.rows)
  };
}

function pointUnder(
  { points }: IPointScene,
  place: IPlacement,
  px: number,
  py: number,
  reach: number
): number {
  const { x, y } = scales(place);
  const at = fromPixel(place, px, py);
  return nearestPoint(points.x.data, points.y.data, at, x, y, reach);
}

/** CSS pixels for each unit of x and y. */
function scales({ box, window }: IPlacement): { x: number; y: number } {
  return {
    x: box.width / (window.x1 - window.x0),
    y: box.height / (window.y1 - window.y0)
  };
}

function clipped(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
