/** One line of numbers: where the pointer or the cursor is, and the value there. */

import type { IComponent, IDatasetDescription } from '../model/dataset';
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
import { dimNamed } from './slots';
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
  const component = componentOf(dataset, view);
  if (hover?.panel === 'curve') {
    return curveEntries(
      dataset,
      view,
      component,
      store.curve.value,
      hover.index
    );
  }
  return mapEntries(dataset, view, component, store, hover);
}

function mapEntries(
  dataset: IDatasetDescription,
  view: IViewState,
  component: IComponent | undefined,
  store: Store,
  hover: Hover
): Entry[] {
  const at = hover?.panel === 'map' ? hover : null;
  const shown = store.map.value;
  if (dataset.points) {
    const point = at?.x ?? view.index[dataset.points.dim] ?? 0;
    return [
      ...pointEntries(dataset, point),
      ...valueEntry(component, shown, point)
    ];
  }
  const [x, y] = [dimNamed(dataset, view.x), dimNamed(dataset, view.y)];
  if (!x || !y) {
    const marker = view.curve ? (view.index[view.curve] ?? 0) : 0;
    return curveEntries(dataset, view, component, store.curve.value, marker);
  }
  const column = at?.x ?? view.index[x.name] ?? 0;
  const row = at?.y ?? view.index[y.name] ?? 0;
  return [
    [x.name, valueText(x, column)],
    [y.name, valueText(y, row)],
    ...valueEntry(component, shown, row * x.size + column)
  ];
}

function pointEntries({ points }: IDatasetDescription, point: number): Entry[] {
  if (!points) {
    return [];
  }
  const { x, y, xName, yName, xUnits, yUnits } = points;
  return [
    [xName, onAxis(x.data, point, xUnits)],
    [yName, onAxis(y.data, point, yUnits)]
  ];
}

function onAxis(values: ArrayLike<number>, at: number, units: string): string {
  const prefix = prefixFor(units, maxAbs(values));
  const step = maxAbs(values) / 1000;
  return quantityText(formatScaled(values[at] ?? NaN, prefix, step));
}

/** The map's own component: while the next is read, the old picture stays. */
function valueEntry(
  component: IComponent | undefined,
  shown: IShown | null,
  at: number
): Entry[] {
  const value = shown?.frame.map?.data[at];
  if (!component || value === undefined) {
    return [];
  }
  return [[component.label, inComponent(component, value)]];
}

function curveEntries(
  dataset: IDatasetDescription,
  view: IViewState,
  component: IComponent | undefined,
  shown: IShown | null,
  index: number
): Entry[] {
  const dim = dimNamed(dataset, view.curve);
  if (!dim) {
    return [];
  }
  const value = shown?.frame.curve?.data[index];
  const entries: Entry[] = [[dim.name, valueText(dim, index)]];
  return component && value !== undefined
    ? [...entries, [component.label, inComponent(component, value)]]
    : entries;
}

function inComponent(component: IComponent, value: number): string {
  const { categorical, units, limits } = component;
  if (categorical && Number.isFinite(value)) {
    return String(Math.round(value));
  }
  const largest = maxAbs(limits ?? []);
  return largest > 0 && Number.isFinite(value)
    ? quantityText(formatScaled(value, prefixFor(units, largest)))
    : quantityText(formatValue(value, units));
}
