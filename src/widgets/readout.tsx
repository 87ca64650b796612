/** One line of numbers: where the pointer or the cursor is, and the value there. */

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
import { componentOf } from './contrast';
import type { Hover, IShown } from './controller';
import { dimNamed, drawnWhole } from './slots';
import type { Store } from './store';

/** A name and what is said of it. */
type Entry = readonly [string, string];

export function Readout({ store }: { store: Store }) {
  const hover = store.hover.value;
  const entries = entriesOf(store, hover);
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
      ? gridEntries(store.grid.value, place.at)
      : valueEntries(dataset, view, store.map.value, place.at);
  return [...place.entries, ...values];
}

interface IPlace {
  entries: Entry[];
  /** Number of the value in a map. */
  at: number;
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
    return { entries: pointEntries(dataset.points, at), at };
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
  return { entries, at: row * x.size + column };
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
  dataset: IDatasetDescription,
  view: IViewState,
  shown: IShown | null,
  at: number
): Entry[] {
  const component = shown && componentOf(dataset, shown.view);
  const value = shown?.frame.map?.data[at];
  return component && value !== undefined
    ? [[component.label, inComponent(component, view, value)]]
    : [];
}

function gridEntries(shown: IShown | null, at: number): Entry[] {
  return (shown?.frame.grid ?? []).map(({ label, units, map }) => [
    label,
    quantityText(formatValue(map?.data[at] ?? NaN, units))
  ]);
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
    ({ label, units, curve }): Entry => [
      label,
      onAxis(curve?.data ?? [], index, units)
    ]
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
  return component && value !== undefined
    ? [...entries, [component.label, inComponent(component, view, value)]]
    : entries;
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
