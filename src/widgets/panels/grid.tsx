/** The maps of a channel set side by side, with one cursor and one zoom. */

import type { ReadonlySignal } from '@preact/signals';
import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { INumericArray } from '../../model/arrays';
import type { IComponent, IDatasetDescription } from '../../model/dataset';
import type { IGridItem } from '../../model/messages';
import { extent, hasNumbers } from '../../render/statistics';
import type { IController, IShown } from '../controller';
import { usePainting } from './animation';
import { GridCell } from './grid-cell';
import type { IRasterScene } from './map-scene';
import { rasterScene } from './map-scene';
import './panels.css';

export function GridPanel({ controller }: { controller: IController }) {
  const shown = controller.grid.value;
  const items = shown?.frame.grid ?? [];
  usePainting(
    () => controller.grid.value,
    painted => controller.painted('grid', painted)
  );
  return (
    <section
      class="usid-panel usid-grid-panel"
      role="group"
      aria-label="Maps of all channels"
      style={{
        gridTemplateColumns: `repeat(${columnsFor(items.length)}, minmax(0, 1fr))`
      }}
    >
      {items.map(({ path, label, map }) => (
        <Cell
          key={path}
          controller={controller}
          path={path}
          label={label}
          awaited={map === undefined}
        />
      ))}
    </section>
  );
}

/** As many columns as rows, or one more. */
function columnsFor(count: number): number {
  return Math.max(1, Math.ceil(Math.sqrt(count)));
}

interface ICellProps {
  controller: IController;
  path: string;
  label: string;
  /** Its map has not come; what stands in its place is another one. */
  awaited: boolean;
}

function Cell(props: ICellProps) {
  const { controller, path } = props;
  const scene = useMemo(() => cellScene(controller, path), [controller, path]);
  return <GridCell {...props} scene={scene} />;
}

/** The newest map of one channel; the old one stays until it comes. */
function cellScene(
  { dataset, grid }: IController,
  path: string
): ReadonlySignal<IRasterScene | null> {
  let last: IRasterScene | null = null;
  return computed(() => {
    const item = grid.value?.frame.grid?.find(found => found.path === path);
    last = sceneOf(dataset.value, grid.value, item) ?? last;
    return last;
  });
}

function sceneOf(
  dataset: IDatasetDescription | null,
  shown: IShown | null,
  item: IGridItem | undefined
): IRasterScene | null {
  const map = item?.map;
  if (
    !dataset ||
    !shown ||
    !item ||
    !map ||
    shown.view.dataset !== dataset.path
  ) {
    return null;
  }
  const { data: values } = map;
  const empty = !hasNumbers(values);
  const component = componentFor(item, map);
  return rasterScene(dataset, [item], { shown, component, values, empty });
}

/** What the message says of a channel: the rest follows from its values. */
function componentFor(
  { label, units, period }: IGridItem,
  { data }: INumericArray
): IComponent {
  const first = extent(data)?.[0] ?? 0;
  return {
    name: '',
    label,
    units,
    period: period ?? null,
    categorical: false,
    limits: null,
    sample: { data: Float64Array.of(first), shape: [1] }
  };
}
