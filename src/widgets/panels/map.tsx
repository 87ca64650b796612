/** The map: a slice of the data over two dims, or at scattered positions. */

import { useSignalEffect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { IController } from '../controller';
import { useUniqueId } from '../ids';
import { usePainting } from './animation';
import { ColourBar } from './colour-bar';
import {
  BandShade,
  CursorCross,
  FrameClip,
  MapAxes,
  PointRing
} from './map-axes';
import { MapGestures } from './map-gestures';
import type { IMapModel } from './map-model';
import { barBox, mapModel } from './map-model';
import { mapTitle, onCanvas, picturesIn } from './map-scene';
import { paintPoints, radiusOf } from './points-painter';
import { RasterPainter, sizeCanvas } from './raster-painter';
import type { ISurface } from './surface';
import { themeColour, useSurface } from './surface';
import './panels.css';

interface IProps {
  controller: IController;
}

interface IMapProps extends IProps {
  model: IMapModel;
}

export function MapPanel({ controller }: IProps) {
  const area = useRef<HTMLDivElement>(null);
  const surface = useSurface(area);
  const model = useMemo(() => mapModel(controller, surface), [controller]);
  return (
    <section class="usid-panel usid-map-panel">
      <MapTitle controller={controller} model={model} />
      <div class="usid-map-area" ref={area}>
        <MapFrame controller={controller} model={model} surface={surface} />
        <MapColourBar controller={controller} model={model} />
      </div>
    </section>
  );
}

function MapTitle({ controller, model }: IMapProps) {
  const scene = model.scene.value;
  const dataset = controller.dataset.value;
  if (!scene || !dataset) {
    return <header class="usid-panel-title" />;
  }
  const units = model.colouring.value?.prefix.units ?? '';
  const { name, slice } = mapTitle(dataset, scene, units);
  const { valid } = scene.shown.frame;
  return (
    <header class="usid-panel-title">
      <span class="usid-panel-name" title={`${name} ${slice}`.trim()}>
        {name}
      </span>{' '}
      <span class="usid-panel-place" title={slice}>
        {slice}
      </span>
      {valid !== undefined && (
        <span class="usid-note">{valid.toLocaleString('en')} values</span>
      )}
      <ReducedNote model={model} />
      {model.placement.value?.toScale === false && (
        <span class="usid-badge">not to scale</span>
      )}
      {controller.following.value && (
        <span class="usid-badge">follows the pointer</span>
      )}
    </header>
  );
}

/** That this is not every pixel of the map, and what each stands for. */
function ReducedNote({ model }: { model: IMapModel }) {
  const reduced = model.reduced.value;
  return reduced ? (
    <>
      {reduced.preview && <span class="usid-badge">preview</span>}
      <span class="usid-note">{reduced.words}</span>
    </>
  ) : null;
}

function MapFrame(props: IMapProps & { surface: ISurface }) {
  const { controller, model } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const gestures = useGestures(controller, model);
  useMapPainting(props, canvas);
  useSight(controller, model);
  return (
    <div
      class="usid-map"
      role="application"
      aria-label="Map"
      aria-roledescription="map"
      data-preview={model.reduced.value?.preview ?? false}
      tabIndex={0}
      onPointerDown={gestures.down}
      onPointerMove={gestures.move}
      onPointerUp={gestures.up}
      onLostPointerCapture={gestures.up}
      onPointerLeave={gestures.leave}
      onWheel={gestures.wheel}
      onDblClick={gestures.doubleClick}
      onKeyDown={gestures.keyDown}
      onKeyUp={gestures.keyUp}
      onBlur={gestures.blur}
    >
      <MapBacking model={model} />
      <canvas ref={canvas} class="usid-map-canvas" aria-hidden="true" />
      <MapOverlay controller={controller} model={model} />
    </div>
  );
}

function useGestures(controller: IController, model: IMapModel): MapGestures {
  return useMemo(
    () =>
      new MapGestures(controller, () => {
        const { value: scene } = model.scene;
        const { value: place } = model.placement;
        return scene && place ? { scene, place } : null;
      }),
    [controller, model]
  );
}

function useSight({ look }: IController, { sight }: IMapModel): void {
  useSignalEffect(() => {
    if (sight.value) {
      look(sight.value);
    }
  });
}

function useMapPainting(
  { controller, model, surface }: IMapProps & { surface: ISurface },
  canvas: RefObject<HTMLCanvasElement>
): void {
  const painter = useMemo(() => new RasterPainter(), []);
  usePainting(
    () => ({
      scene: model.scene.value,
      place: model.placement.value,
      sight: model.sight.value,
      colouring: model.colouring.value,
      clip: model.clip.value,
      density: surface.density.value,
      theme: surface.theme.value
    }),
    ({ scene, place, sight, colouring, clip, density }) => {
      const { current: target } = canvas;
      if (!target || !scene || !place || !colouring) {
        return;
      }
      const { width, height, left, top } = place.box;
      sizeCanvas(target, width, height, density);
      target.style.transform = `translate(${left}px, ${top}px)`;
      const within = onCanvas(place, target);
      if (scene.kind === 'raster') {
        const pictures = picturesIn(scene, sight);
        const beyond = themeColour(target, '--usid-ground-2');
        painter.paint(target, { pictures, colouring, clip, beyond }, within);
      } else {
        const radius = radiusOf(scene, place) * density;
        const hollow = themeColour(target, '--usid-ink-3');
        const style = { radius, hollow };
        paintPoints(target, scene, within, colouring, clip, style);
      }
      controller.painted('map', scene.shown);
    }
  );
}

/** What shows where the map has no value. */
function MapBacking({ model }: { model: IMapModel }) {
  const scene = model.scene.value;
  const place = model.placement.value;
  if (!scene || !place) {
    return null;
  }
  const { left, top, width, height } = place.box;
  return (
    <div
      class={scene.kind === 'raster' ? 'usid-hatched' : 'usid-plain'}
      style={{ left, top, width, height }}
    >
      {scene.empty && <p class="usid-empty">No values here: all are NaN.</p>}
    </div>
  );
}

function MapOverlay({ controller, model }: IMapProps) {
  const scene = model.scene.value;
  const place = model.placement.value;
  const clip = useUniqueId();
  if (!scene || !place) {
    return null;
  }
  return (
    <svg class="usid-overlay" aria-hidden="true">
      <MapAxes xAxis={scene.xAxis} yAxis={scene.yAxis} place={place} />
      <FrameClip id={clip} box={place.box} />
      <g clip-path={`url(#${clip})`}>
        <Cursor controller={controller} model={model} />
      </g>
    </svg>
  );
}

function Cursor({ controller, model }: IMapProps) {
  const scene = model.scene.value;
  const place = model.placement.value;
  const view = controller.view.value;
  if (!scene || !place || !view) {
    return null;
  }
  if (scene.kind === 'points') {
    const { dim, x, y } = scene.points;
    const point = view.index[dim] ?? 0;
    return (
      <PointRing
        place={place}
        x={x.data[point] ?? NaN}
        y={y.data[point] ?? NaN}
        radius={radiusOf(scene, place)}
      />
    );
  }
  const { x, y } = scene.shown.view;
  return (
    <>
      {scene.xIsCurve && view.band && (
        <BandShade place={place} band={view.band} />
      )}
      <CursorCross
        place={place}
        x={view.index[x ?? ''] ?? 0}
        y={view.index[y ?? ''] ?? 0}
        marker={scene.xIsCurve}
      />
    </>
  );
}

function MapColourBar({ controller, model }: IMapProps) {
  const scene = model.scene.value;
  const place = model.placement.value;
  const colouring = model.colouring.value;
  return scene && place && colouring && !scene.empty ? (
    <ColourBar
      controller={controller}
      scene={scene}
      colouring={colouring}
      box={barBox(place)}
      markClipped={model.markClipped}
    />
  ) : null;
}
