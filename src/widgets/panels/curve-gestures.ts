/** Pointer, wheel and keys on the curves: marker, band, zoom and pan. */

import { pannedSpan, zoomSpan } from '../../render/transform';
import type { IController } from '../controller';
import { placeAt } from './curve-model';
import type { ICurveTarget } from './curve-target';
import { nearestOnTrace } from './curve-target';
import type { ICurveScene } from './curve-scene';
import { indexOf } from './curve-scene';
import { elementOf, localPlace, wheelFactor } from './pointer';

type Band = readonly [number, number];

type Drag =
  | { kind: 'marker' }
  | { kind: 'band'; from: number }
  | { kind: 'body'; from: number; band: Band }
  | { kind: 'pan'; from: number; zoom: Band };

const LONG_STEP = 10;

export class CurveGestures {
  private drag: Drag | null = null;
  private space = false;

  constructor(
    private readonly controller: IController,
    private readonly target: () => ICurveTarget | null
  ) {}

  readonly down = (event: PointerEvent): void => {
    const target = this.target();
    if (!target || event.button > 1) {
      return;
    }
    const element = elementOf(event);
    element.setPointerCapture(event.pointerId);
    element.closest<HTMLElement>('[tabindex]')?.focus();
    event.preventDefault();
    this.begin(target, event);
  };

  readonly move = (event: PointerEvent): void => {
    const target = this.target();
    if (!target) {
      return;
    }
    const index = this.indexUnder(target, event);
    if (this.drag) {
      this.dragTo(target, this.drag, index, event);
    }
    if (this.controller.hover.peek()?.panel !== 'curve' || this.isNew(index)) {
      this.controller.setHover({ panel: 'curve', index });
    }
  };

  readonly up = (): void => {
    this.drag = null;
  };

  readonly leave = (): void => {
    this.controller.setHover(null);
  };

  readonly wheel = (event: WheelEvent): void => {
    const target = this.target();
    const panel = elementOf(event).closest('[tabindex]');
    const meant = event.ctrlKey || panel?.contains(document.activeElement);
    if (!target || !meant) {
      return;
    }
    event.preventDefault();
    const full = fullSpan(target.scene);
    const at = this.indexUnder(target, event);
    this.zoomTo(zoomSpan(this.span(target), full, at, wheelFactor(event)));
  };

  readonly doubleClick = (): void => {
    this.controller.fit('curve');
  };

  readonly keyDown = (event: KeyboardEvent): void => {
    if (event.key === ' ') {
      this.space = true;
      event.preventDefault();
    }
  };

  readonly keyUp = (event: KeyboardEvent): void => {
    this.space &&= event.key !== ' ';
  };

  readonly blur = (): void => {
    this.space = false;
  };

  /** Keys of the marker itself, when it has the focus. */
  readonly markerKey = (event: KeyboardEvent): void => {
    const target = this.target();
    const last = (target?.scene.dim.size ?? 1) - 1;
    const step = event.shiftKey ? LONG_STEP : 1;
    const index = this.marker();
    const to = {
      ArrowRight: index + step,
      ArrowUp: index + step,
      ArrowLeft: index - step,
      ArrowDown: index - step,
      PageUp: index + LONG_STEP,
      PageDown: index - LONG_STEP,
      Home: 0,
      End: last
    }[event.key];
    if (target && to !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      this.moveMarker(target, to);
    }
  };

  private begin(target: ICurveTarget, event: PointerEvent): void {
    const index = this.indexUnder(target, event);
    const { value: view } = this.controller.view;
    const band = view?.band;
    const part = (event.target as HTMLElement).dataset.part;
    if (event.button === 1 || this.space) {
      const from = localPlace(event).x;
      this.drag = { kind: 'pan', from, zoom: this.span(target) };
    } else if (band && (part === 'first' || part === 'last')) {
      this.drag = { kind: 'band', from: part === 'first' ? band[1] : band[0] };
    } else if (band && part === 'body') {
      this.drag = { kind: 'body', from: index, band };
    } else if (event.shiftKey) {
      this.drag = { kind: 'band', from: index };
    } else {
      this.drag = { kind: 'marker' };
      this.moveMarker(target, index);
    }
  }

  private dragTo(
    target: ICurveTarget,
    drag: Drag,
    index: number,
    event: PointerEvent
  ): void {
    switch (drag.kind) {
      case 'marker':
        this.moveMarker(target, index);
        break;
      case 'band':
        this.setBand([Math.min(drag.from, index), Math.max(drag.from, index)]);
        break;
      case 'body':
        this.setBand(shifted(drag.band, index - drag.from, target.scene));
        break;
      case 'pan':
        this.panTo(target, drag.from, drag.zoom, localPlace(event).x);
    }
  }

  private moveMarker({ scene }: ICurveTarget, index: number): void {
    const to = clipped(index, scene);
    const { value: view } = this.controller.view;
    if (view?.band || to !== this.marker()) {
      this.controller.moveMarker(to);
    }
  }

  private setBand(band: Band): void {
    const old = this.controller.view.value?.band;
    if (old?.[0] !== band[0] || old[1] !== band[1]) {
      this.controller.setBand(band);
    }
  }

  private marker(): number {
    const { value: view } = this.controller.view;
    return view?.index[view.curve ?? ''] ?? 0;
  }

  private isNew(index: number): boolean {
    const hover = this.controller.hover.peek();
    return hover?.panel !== 'curve' || hover.index !== index;
  }

  /** Where the curve turns back, the point that looks nearest. */
  private indexUnder(target: ICurveTarget, event: MouseEvent): number {
    const { x, y } = localPlace(event);
    const { scene, box, xRange } = target;
    if (scene.course === 'turning') {
      const near = this.drag ? this.marker() : null;
      return nearestOnTrace(target, x, y, near);
    }
    const place = placeAt(xRange, box.width, x);
    return clipped(Math.round(indexOf(scene, place)), scene);
  }

  private span({ scene }: ICurveTarget): Band {
    return this.controller.view.value?.zoom.curve ?? fullSpan(scene);
  }

  private panTo(
    { scene, box, xRange }: ICurveTarget,
    from: number,
    zoom: Band,
    px: number
  ): void {
    const perPixel = (zoom[1] - zoom[0]) / box.width;
    const rising = scene.course !== 'falling';
    const by = (from - px) * perPixel * (rising ? 1 : -1);
    if (xRange[1] > xRange[0]) {
      this.zoomTo(pannedSpan(zoom, fullSpan(scene), by));
    }
  }

  private zoomTo(curve: [number, number] | null): void {
    const { value: view } = this.controller.view;
    if (view) {
      const zoom = { ...view.zoom, curve };
      this.controller.update({ zoom }, { transient: true });
    }
  }
}

function fullSpan({ dim }: ICurveScene): Band {
  return [0, Math.max(dim.size - 1, 1)];
}

function clipped(index: number, { dim }: ICurveScene): number {
  return Math.min(Math.max(index, 0), dim.size - 1);
}

/** A band moved as a whole, as far as the axis goes. */
function shifted([first, last]: Band, by: number, { dim }: ICurveScene): Band {
  const allowed = Math.min(Math.max(by, -first), dim.size - 1 - last);
  return [first + allowed, last + allowed];
}
