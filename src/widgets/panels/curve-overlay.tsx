/** Marker, band and pointer over the curves. */

import type { IController } from '../controller';
import type { CurveGestures } from './curve-gestures';
import type { ICurveModel } from './curve-model';
import { pixelOf } from './curve-model';
import { markerText, placeOf } from './curve-scene';
import type { ICurveTarget } from './curve-target';
import { bandPixels, curveTarget } from './curve-target';

interface IProps {
  controller: IController;
  model: ICurveModel;
  gestures: CurveGestures;
  /** One marker of a stack speaks for all: it is the slider. */
  lead?: boolean;
}

interface IPartProps {
  controller: IController;
  target: ICurveTarget;
}

export function CurveOverlay({
  controller,
  model,
  gestures,
  lead = true
}: IProps) {
  const target = curveTarget(model);
  if (!target) {
    return null;
  }
  const { left, top, width, height } = target.box;
  return (
    <div
      class="usid-curve-overlay"
      style={{ left, top, width, height }}
      onPointerDown={gestures.down}
      onPointerMove={gestures.move}
      onPointerUp={gestures.up}
      onLostPointerCapture={gestures.up}
      onPointerLeave={gestures.leave}
      onWheel={gestures.wheel}
      onDblClick={gestures.doubleClick}
    >
      <HoverLine controller={controller} target={target} />
      <Band controller={controller} target={target} />
      {lead ? (
        <Marker controller={controller} target={target} gestures={gestures} />
      ) : (
        <MarkerLine controller={controller} target={target} />
      )}
    </div>
  );
}

function HoverLine({ controller, target }: IPartProps) {
  const hover = controller.hover.value;
  if (hover?.panel !== 'curve') {
    return null;
  }
  const left = indexPixel(target, hover.index);
  return isVisible(target, left) ? (
    <div class="usid-hover-line" style={{ left }} />
  ) : null;
}

function Band({ controller, target }: IPartProps) {
  const band = controller.view.value?.band;
  if (!band || target.scene.course === 'turning') {
    return null;
  }
  const [left, right] = bandPixels(target, band);
  const falling = target.scene.course === 'falling';
  const parts = falling ? ['last', 'first'] : ['first', 'last'];
  const texts = band.map(index => markerText(target.scene, index));
  return (
    <div
      class="usid-band"
      data-part="body"
      title={`Band ${texts.join(' to ')}`}
      style={{ left, width: Math.max(right - left, 1) }}
    >
      <div class="usid-band-edge usid-band-left" data-part={parts[0]} />
      <div class="usid-band-edge usid-band-right" data-part={parts[1]} />
    </div>
  );
}

function Marker({
  controller,
  target,
  gestures
}: IPartProps & { gestures: CurveGestures }) {
  const { scene } = target;
  const view = controller.view.value;
  const index = markerIndex(controller, target);
  const text = markerText(scene, index);
  return (
    <div
      {...markerPlace(controller, target, index)}
      role="slider"
      tabIndex={0}
      aria-label={scene.dim.name}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={scene.dim.size - 1}
      aria-valuenow={index}
      aria-valuetext={text}
      onKeyDown={gestures.markerKey}
    >
      {!view?.band && <span class="usid-marker-flag">{text}</span>}
      <MarkerDots target={target} index={index} />
    </div>
  );
}

/** The same marker in another plot of a stack. */
function MarkerLine({ controller, target }: IPartProps) {
  const index = markerIndex(controller, target);
  return (
    <div {...markerPlace(controller, target, index)} aria-hidden="true">
      <MarkerDots target={target} index={index} />
    </div>
  );
}

function markerIndex(
  { view }: IController,
  { scene: { dim } }: ICurveTarget
): number {
  return Math.min(view.value?.index[dim.name] ?? 0, dim.size - 1);
}

function markerPlace(
  { view }: IController,
  target: ICurveTarget,
  index: number
) {
  const { width } = target.box;
  const left = indexPixel(target, index);
  return {
    class: 'usid-marker',
    'data-idle': view.value?.band ? 'true' : undefined,
    'data-hidden': isVisible(target, left) ? undefined : 'true',
    'data-side': left > width - 80 ? 'left' : 'right',
    style: { left: Math.min(Math.max(left, 0), width) }
  };
}

/** Where the marker meets the curve: on a turning one it says which branch. */
function MarkerDots({
  target,
  index
}: {
  target: ICurveTarget;
  index: number;
}) {
  const { scene, box, yRange } = target;
  const curves = scene.curves.filter(
    ({ current }) => current || scene.curves.length === 1
  );
  return (
    <>
      {curves.map(({ values, name }) => {
        const value = values[index] ?? NaN;
        const bottom = pixelOf(yRange, box.height, value);
        return bottom >= 0 && bottom <= box.height ? (
          <i key={name} class="usid-marker-dot" style={{ bottom }} />
        ) : null;
      })}
    </>
  );
}

function indexPixel(
  { scene, xRange, box }: ICurveTarget,
  index: number
): number {
  const { data } = scene.dim.values;
  const turning = scene.course === 'turning';
  const place = turning ? (data[index] ?? NaN) : placeOf(scene, index);
  return pixelOf(xRange, box.width, place);
}

function isVisible({ box }: ICurveTarget, px: number): boolean {
  return px >= -0.5 && px <= box.width + 0.5;
}
