/** One line of numbers: where the pointer or the cursor is, and the value there. */

import { useEffect } from 'preact/hooks';
import type {
  IComponent,
  IDatasetDescription,
  IPoints
} from '../model/dataset';
import { valueText } from '../model/scale';
import {
  formatScaled,
  formatValue,
  maxAbs,
  prefixFor,
  quantityText
} from '../model/units';
import type { IViewState } from '../model/view';
import type { ITravelled } from '../render/picture';
import { exactAt } from '../render/picture';
import { componentOf } from './contrast';
import type { Hover, IShown } from './controller';
import { dimNamed, drawnWhole } from './slots';
import type { Store } from './store';

/** A name and what is said of it. */
type Entry = readonly [string, string];

/** Stands for a value that is on its way. */
const AWAITED = '…';

export function Readout({ store }: { store: Store }) {
  const hover = store.hover.value;
  const entries = entriesOf(store, hover);
  useProbe(store, hover);
  return (
    <footer class="usid-readout" role="status" aria-label="Readout">
      {entries.length > 0 && (
        <span class="usid-readout-source">{hover ? 'Pointer' : 'Cursor'}</span>
      )}
      {entries.map(([name, value]) => (
        <span key={name} class="usid-readout-entry">
          <span class="usid-quiet">{name}</span> {value}
        </span>
      ))}
    </footer>
  );
}

function entriesOf(store: Store, hover: Hover): Entry[] {
  const { value: dataset } = store.dataset;
  const { value: view } = store.view;
  if (!dataset || !view) {
    return [];
  }
  const place = placeOf(dataset, view, hover);
  if (hover?.panel === 'curve' || !place) {
    const marker = view.index[view.curve ?? ''] ?? 0;
    const at = hover?.panel === 'curve' ? hover.index : marker;
    return drawnWhole(dataset, view) === 'stack'
      ? stackEntries(dataset, view, store.grid.value, at)
      : curveEntries(dataset, view, store.curve.value, at);
  }
  const values =
    view.channels === 'all'
      ? gridEntries(store, store.grid.value, place)
      : valueEntries(store, dataset, view, store.map.value, place);
  return [...place.entries, ...values];
}

/** A pixel of the map, or the number of a point as `x`. */
interface IPlace {
  entries: Entry[];
  x: number;
  y: number;
  /** Pixels in a row of the map. */
  columns: number;
}

/** Ask for the exact value where the picture does not have it. */
function useProbe(store: Store, hover: Hover): void {
  const wish = probeAt(store, hover);
  useEffect(() => {
    if (wish) {
      store.probing.want(wish);
    }
  });
}

/** The shown view with its cursor where the value is missing; else null. */
function probeAt(store: Store, hover: Hover): IViewState | null {
  const { value: dataset } = store.dataset;
  const { value: view } = store.view;
  const place =
    dataset && view && hover?.panel !== 'curve'
      ? placeOf(dataset, view, hover)
      : null;
  const all = view?.channels === 'all';
  const shown = all ? store.grid.value : store.map.value;
  // The maps of a set that have not come yet will come by themselves.
  const coming = !shown || (all && shown.preview === true);
  if (!place || coming || shown.view.dataset !== dataset?.path) {
    return null;
  }
  const maps = all ? (shown.frame.grid ?? []) : pictures(shown);
  const known = all
    ? maps.every(item => exact([item], place) !== undefined)
    : exact(maps, place) !== undefined;
  return known || maps.length === 0 ? null : atPlace(shown.view, place);
}

function atPlace(view: IViewState, { x, y }: IPlace): IViewState {
  const index = { ...view.index };
  index[view.x ?? ''] = x;
  index[view.y ?? ''] = y;
  return { ...view, index };
}

/** What has come of a map, the finer picture first. */
function pictures({ frame, detail }: IShown): ITravelled[] {
  return (detail ? [detail, frame] : [frame]).filter(({ map }) => map);
}

/** The value in the file; undefined where no picture has it. */
function exact(
  travelled: readonly ITravelled[],
  { x, y, columns }: IPlace
): number | undefined {
  const values = travelled.map(picture => exactAt(picture, x, y, columns));
  return values.find(value => value !== undefined);
}

/** Where the pointer is on the map, else the cursor. */
function placeOf(
  dataset: IDatasetDescription,
  view: IViewState,
  hover: Hover
): IPlace | null {
  const pointer = hover?.panel === 'map' ? hover : null;
  if (dataset.points) {
    const at = pointer?.x ?? view.index[dataset.points.dim] ?? 0;
    const entries = pointEntries(dataset.points, at);
    return { entries, x: at, y: 0, columns: 0 };
  }
  const [x, y] = [dimNamed(dataset, view.x), dimNamed(dataset, view.y)];
  if (!x || !y) {
    return null;
  }
  const column = pointer?.x ?? view.index[x.name] ?? 0;
  const row = pointer?.y ?? view.index[y.name] ?? 0;
  const entries: Entry[] = [
    [x.name, valueText(x, column)],
    [y.name, valueText(y, row)]
  ];
  return { entries, x: column, y: row, columns: x.size };
}

function pointEntries(points: IPoints, at: number): Entry[] {
  const { x, y, xName, yName, xUnits, yUnits } = points;
  return [
    [xName, onAxis(x.data, at, xUnits)],
    [yName, onAxis(y.data, at, yUnits)]
  ];
}

function onAxis(values: ArrayLike<number>, at: number, units: string): string {
  const prefix = prefixFor(units, maxAbs(values));
  const step = maxAbs(values) / 1000;
  return quantityText(formatScaled(values[at] ?? NaN, prefix, step));
}

/** The shown frame's own component: the next one may still be on its way. */
function valueEntries(
  store: Store,
  dataset: IDatasetDescription,
  view: IViewState,
  shown: IShown | null,
  place: IPlace
): Entry[] {
  const component = shown && componentOf(dataset, shown.view);
  if (!component || !shown.frame.map) {
    return [];
  }
  const value =
    exact(pictures(shown), place) ??
    store.probing.valuesAt(atPlace(shown.view, place))?.[0];
  const text =
    value === undefined || isAwaited(shown, value)
      ? AWAITED
      : inComponent(component, view, value);
  return [[component.label, text]];
}

function gridEntries(
  store: Store,
  shown: IShown | null,
  place: IPlace
): Entry[] {
  const items = shown?.frame.grid ?? [];
  const probed = shown && store.probing.valuesAt(atPlace(shown.view, place));
  return items.map((item, i) => {
    const value = exact([item], place) ?? probed?.[i];
    const { label, units } = item;
    const text =
      value === undefined ? AWAITED : quantityText(formatValue(value, units));
    return [label, text];
  });
}

/** With the prefixes of the axes. */
function stackEntries(
  dataset: IDatasetDescription,
  view: IViewState,
  shown: IShown | null,
  index: number
): Entry[] {
  const dim = dimNamed(dataset, view.curve);
  const values = (shown?.frame.grid ?? []).map(
    ({ label, units, curve }): Entry => {
      const value = curve?.data[index];
      const awaited = isAwaited(shown, value);
      return [
        label,
        awaited ? AWAITED : onAxis(curve?.data ?? [], index, units)
      ];
    }
  );
  return dim ? [[dim.name, valueText(dim, index)], ...values] : values;
}

function curveEntries(
  dataset: IDatasetDescription,
  view: IViewState,
  shown: IShown | null,
  index: number
): Entry[] {
  const dim = dimNamed(dataset, view.curve);
  const component = shown && componentOf(dataset, shown.view);
  const value = shown?.frame.curve?.data[index];
  if (!dim) {
    return [];
  }
  const entries: Entry[] = [[dim.name, valueText(dim, index)]];
  if (!component || value === undefined) {
    return entries;
  }
  const text = isAwaited(shown, value)
    ? AWAITED
    : inComponent(component, view, value);
  return [...entries, [component.label, text]];
}

/** Whether a value is missing because it has not been read yet. */
function isAwaited(shown: IShown | null, value: number | undefined): boolean {
  return shown?.preview === true && !Number.isFinite(value ?? NaN);
}

/** With the prefix of the colour bar. */
function inComponent(
  { name, categorical, units, limits }: IComponent,
  view: IViewState,
  value: number
): string {
  if (categorical && Number.isFinite(value)) {
    return String(Math.round(value));
  }
  const same = view.component === name ? view.contrast.limits : null;
  const largest = maxAbs(same ?? limits ?? []);
  return largest > 0 && Number.isFinite(value)
    ? quantityText(formatScaled(value, prefixFor(units, largest)))
    : quantityText(formatValue(value, units));
}
