/** Everything that is drawn of a map, derived from the viewer's signals. */

import type { ReadonlySignal, Signal } from '@preact/signals';
import { computed, signal } from '@preact/signals';
import type { IReduced, ISight } from '../../model/messages';
import type { IClipColours } from '../../render/colorize';
import { CLIP_MARKS } from '../../render/colorize';
import type { IBox, IPlacement } from '../../render/transform';
import type { IController } from '../controller';
import type { IColouring } from './colouring';
import { colouringOf } from './colouring';
import type { MapScene } from './map-scene';
import { mapScene, placementOf, reductionOf, sightOf } from './map-scene';
import type { ISurface } from './surface';

/** Room for ticks and labels around a map, and for its colour bar. */
export const MARGINS = { left: 58, top: 22, bottom: 42, right: 12 };
export const BAR_WIDTH = 56;
const BAR_GAP = 10;

export interface IMapModel {
  /** The newest scene that fits its dataset; the old one stays until then. */
  readonly scene: ReadonlySignal<MapScene | null>;
  readonly placement: ReadonlySignal<IPlacement | null>;
  readonly colouring: ReadonlySignal<IColouring | null>;
  readonly clip: ReadonlySignal<IClipColours | null>;
  /** What can be seen, for which the kernel makes its picture. */
  readonly sight: ReadonlySignal<ISight | null>;
  /** How the visible part was reduced; null if its pixels are the map's. */
  readonly reduced: ReadonlySignal<IReduced | null>;
  /** A limit is being moved: values beyond it are marked. */
  readonly markClipped: Signal<boolean>;
}

export function mapModel(
  { dataset, view, map }: IController,
  surface: ISurface
): IMapModel {
  const scene = latest(computed(() => mapScene(dataset.value, map.value)));
  const markClipped = signal(false);
  const room = computed(() => roomFor(surface.size.value));
  const zoom = computed(() => view.value?.zoom);
  const flip = computed(() => view.value?.flip);
  const placement = computed(() => {
    const { value: drawn } = scene;
    const { zoom: z, flip: f } = drawn?.shown.view ?? {};
    const seen = { zoom: zoom.value ?? z, flip: flip.value ?? f };
    return drawn && seen.zoom && seen.flip
      ? placementOf(drawn, { zoom: seen.zoom, flip: seen.flip }, room.value)
      : null;
  });
  return {
    scene,
    placement,
    sight: computed(() =>
      scene.value && placement.value
        ? sightOf(scene.value, placement.value, surface.density.value)
        : null
    ),
    reduced: computed(() =>
      scene.value && placement.value
        ? reductionOf(scene.value, placement.value)
        : null
    ),
    colouring: colouringSignal(scene, view),
    clip: computed(() => (markClipped.value ? CLIP_MARKS : null)),
    markClipped
  };
}

/** The last value that was not null. */
function latest<T>(source: ReadonlySignal<T | null>): ReadonlySignal<T | null> {
  let last: T | null = null;
  return computed(() => {
    last = source.value ?? last;
    return last;
  });
}

/**
 * Colours change at once with the view, but never before the values to which
 * they belong: limits of the next component would not suit the old picture.
 */
function colouringSignal(
  scene: ReadonlySignal<MapScene | null>,
  view: IController['view']
): ReadonlySignal<IColouring | null> {
  const drawn = computed(() => {
    const shown = scene.value?.shown.view;
    const now = view.value;
    const same =
      now?.component === shown?.component && now?.dataset === shown?.dataset;
    return same ? now : shown;
  });
  const contrast = computed(() => drawn.value?.contrast);
  const colormap = computed(() => drawn.value?.colormap ?? null);
  const component = computed(() => scene.value?.component);
  const loose = computed(() =>
    contrast.value?.limits ? null : scene.value?.values
  );
  return computed(() =>
    component.value && contrast.value
      ? colouringOf(
          component.value,
          { contrast: contrast.value, colormap: colormap.value },
          loose.value ?? new Float32Array(0)
        )
      : null
  );
}

function roomFor({ width, height }: { width: number; height: number }): IBox {
  const { left, top, bottom, right } = MARGINS;
  const sides = left + right + BAR_GAP + BAR_WIDTH;
  return {
    left,
    top,
    width: Math.max(width - sides, 16),
    height: Math.max(height - top - bottom, 16)
  };
}

/** Where the colour bar stands: beside the map, as high as the map. */
export function barBox({ box }: IPlacement): IBox {
  return {
    left: box.left + box.width + BAR_GAP,
    top: box.top,
    width: BAR_WIDTH,
    height: box.height
  };
}
