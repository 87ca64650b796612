/** One map of a channel set: its own colours, the cursor of all. */

import { computed } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { IColormap } from '../../render/colormap';
import type { IPlacement } from '../../render/transform';
import type { IController } from '../controller';
import { useUniqueId } from '../ids';
import { usePainting } from './animation';
import type { IColouring } from './colouring';
import { colouringOf } from './colouring';
import { limitText } from './limits';
import { CursorCross, FrameClip, MapAxes } from './map-axes';
import { MapGestures } from './map-gestures';
import type { IRasterScene } from './map-scene';
import { onCanvas, placementOf } from './map-scene';
import { Ramp } from './ramp';
import { RasterPainter, sizeCanvas } from './raster-painter';
import type { ISize, ISurface } from './surface';
import { useSurface } from './surface';

interface IProps {
  controller: IController;
  path: string;
  label: string;
  scene: ReadonlySignal<IRasterScene | null>;
  awaited: boolean;
}

interface ICellModel {
  scene: IProps['scene'];
  placement: ReadonlySignal<IPlacement | null>;
  colouring: ReadonlySignal<IColouring | null>;
}

/** Axes take room that small maps need for themselves. */
const ROOMY = 260;

export function GridCell({ controller, path, label, scene, awaited }: IProps) {
  const area = useRef<HTMLDivElement>(null);
  const surface = useSurface(area);
  const model = useCellModel(controller, scene, surface);
  const enlarge = () => controller.openDataset(path);
  return (
    <div class="usid-cell" aria-busy={awaited}>
      <header class="usid-cell-title">
        <CellScale model={model} label={label} />
        <button
          type="button"
          class="usid-button usid-enlarge"
          aria-label={`Enlarge ${label}`}
          title="Enlarge (Enter); Esc returns"
          onClick={enlarge}
        >
          <EnlargeIcon />
        </button>
      </header>
      <CellMap
        controller={controller}
        model={model}
        surface={surface}
        area={area}
        label={label}
        onEnlarge={enlarge}
      />
    </div>
  );
}

function EnlargeIcon() {
  return (
    <svg
      class="usid-icon"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
    >
      <path
        d="M9 3h4v4M7 13H3V9M13 3L9 7M3 13l4-4"
        fill="none"
        stroke="currentColor"
        stroke-width="1.3"
      />
    </svg>
  );
}

function useCellModel(
  { view, refits }: IController,
  scene: IProps['scene'],
  { size }: ISurface
): ICellModel {
  return useMemo(() => {
    const zoom = computed(() => view.value?.zoom);
    const flip = computed(() => view.value?.flip);
    return {
      scene,
      placement: computed(() => {
        const drawn = scene.value;
        return drawn && zoom.value && flip.value
          ? placementOf(
              drawn,
              { zoom: zoom.value, flip: flip.value },
              roomFor(size.value)
            )
          : null;
      }),
      colouring: heldColouring(scene, refits)
    };
  }, [scene]);
}

/** Limits are fitted to the first map, and held while sliders move. */
function heldColouring(
  scene: IProps['scene'],
  refits: IController['refits']
): ICellModel['colouring'] {
  let held: { key: string; colouring: IColouring } | null = null;
  return computed(() => {
    const drawn = scene.value;
    if (!drawn) {
      return null;
    }
    const { component, shown, values } = drawn;
    const key = `${refits.value} ${component.label} ${shown.view.component}`;
    if (held?.key !== key) {
      const contrast = { ...shown.view.contrast, limits: null };
      const chosen = { contrast, colormap: null };
      held = { key, colouring: colouringOf(component, chosen, values) };
    }
    return held.colouring;
  });
}

function roomFor({ width, height }: ISize) {
  const axes = width >= ROOMY;
  const left = axes ? 56 : 4;
  return {
    left,
    top: 4,
    width: Math.max(width - left - 8, 16),
    height: Math.max(height - (axes ? 46 : 8), 16)
  };
}

/** Name, and what the ends of the colours mean. */
function CellScale({ model, label }: { model: ICellModel; label: string }) {
  const colouring = model.colouring.value;
  if (!colouring) {
    return <b>{label}</b>;
  }
  const { limits, prefix, map } = colouring;
  const name = prefix.units ? `${label} (${prefix.units})` : label;
  return (
    <>
      <b title={name}>{name}</b>
      <CellRamp
        map={map}
        ends={limits.map(l => limitText(l, limits, prefix))}
      />
    </>
  );
}

function CellRamp({ map, ends }: { map: IColormap; ends: string[] }) {
  return (
    <span class="usid-cell-ramp" aria-hidden="true">
      {ends[0]}
      <Ramp map={map} orientation="horizontal" />
      {ends[1]}
    </span>
  );
}

interface IMapProps {
  controller: IController;
  model: ICellModel;
  surface: ISurface;
  area: RefObject<HTMLDivElement>;
  label: string;
  onEnlarge: () => void;
}

function CellMap(props: IMapProps) {
  const { controller, model, area, label, onEnlarge } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useCellPainting(props, canvas);
  const gestures = useMemo(
    () =>
      new MapGestures(controller, () => {
        const { value: scene } = model.scene;
        const { value: place } = model.placement;
        return scene && place ? { scene, place } : null;
      }),
    [controller, model]
  );
  return (
    <div
      class="usid-map"
      ref={area}
      role="application"
      aria-label={`Map of ${label}`}
      aria-roledescription="map"
      tabIndex={0}
      onPointerDown={gestures.down}
      onPointerMove={gestures.move}
      onPointerUp={gestures.up}
      onLostPointerCapture={gestures.up}
      onPointerLeave={gestures.leave}
      onWheel={gestures.wheel}
      onDblClick={gestures.doubleClick}
      onKeyDown={event =>
        event.key === 'Enter' ? onEnlarge() : gestures.keyDown(event)
      }
      onKeyUp={gestures.keyUp}
      onBlur={gestures.blur}
    >
      <CellBacking model={model} />
      <canvas ref={canvas} class="usid-map-canvas" aria-hidden="true" />
      <CellOverlay controller={controller} model={model} />
    </div>
  );
}

function useCellPainting(
  { model, surface }: IMapProps,
  canvas: RefObject<HTMLCanvasElement>
): void {
  const painter = useMemo(() => new RasterPainter(), []);
  usePainting(
    () => ({
      scene: model.scene.value,
      place: model.placement.value,
      colouring: model.colouring.value,
      density: surface.density.value
    }),
    ({ scene, place, colouring, density }) => {
      const { current: target } = canvas;
      if (target && scene && place && colouring) {
        const { width, height, left, top } = place.box;
        sizeCanvas(target, width, height, density);
        target.style.transform = `translate(${left}px, ${top}px)`;
        const { pictures } = scene;
        const raster = { pictures, colouring, clip: null, beyond: 'gray' };
        painter.paint(target, raster, onCanvas(place, target));
      }
    }
  );
}

function CellBacking({ model }: { model: ICellModel }) {
  const place = model.placement.value;
  if (!place) {
    return null;
  }
  const { left, top, width, height } = place.box;
  return (
    <div class="usid-hatched" style={{ left, top, width, height }}>
      {model.scene.value?.empty && (
        <p class="usid-empty">All values are NaN.</p>
      )}
    </div>
  );
}

function CellOverlay({
  controller,
  model
}: Omit<IMapProps, 'surface' | 'area' | 'label' | 'onEnlarge'>) {
  const scene = model.scene.value;
  const place = model.placement.value;
  const view = controller.view.value;
  const clip = useUniqueId();
  if (!scene || !place || !view) {
    return null;
  }
  const { x, y } = scene.shown.view;
  return (
    <svg class="usid-overlay" aria-hidden="true">
      {place.box.left > 40 && (
        <MapAxes xAxis={scene.xAxis} yAxis={scene.yAxis} place={place} />
      )}
      <FrameClip id={clip} box={place.box} />
      <g clip-path={`url(#${clip})`}>
        <CursorCross
          place={place}
          x={view.index[x ?? ''] ?? 0}
          y={view.index[y ?? ''] ?? 0}
          marker={scene.xIsCurve}
        />
      </g>
    </svg>
  );
}
