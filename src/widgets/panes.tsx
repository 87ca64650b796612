/** Map and spectrum: side by side, one above the other, or as tabs. */

import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { IDatasetDescription } from '../model/dataset';
import type { FrameSlot } from '../model/messages';
import type { IViewState } from '../model/view';
import { CurvePanel } from './panels/curve';
import { GridPanel } from './panels/grid';
import { MapPanel } from './panels/map';
import { StackPanel } from './panels/stack';
import { Segments } from './segments';
import { dimNamed, drawnWhole, hasMap, wholeSet } from './slots';
import { Splitter } from './splitter';
import { Damage, ReadFailure, Reading } from './states';
import type { Store } from './store';
import { useSize } from './size';

/** A panel narrower than this is better off above the other. */
const LEAST_WIDTH = 320;
/** In a narrow place, panels go above each other if there is this much room. */
const ENOUGH_HEIGHT = 420;
const SPLITTER_WIDTH = 7;
/** What axes, title and colour bar take beside and above the picture. */
const AROUND_MAP = { width: 138, height: 84 };
/** However wide or high the map would like to be. */
const MOST_FOR_MAP = 0.58;
const LEAST_FOR_MAP = 0.38;

interface IPanesProps {
  store: Store;
  /** The whole workbench is. */
  narrow: boolean;
}

/** Width of the map's picture over its height. */
export function pictureRatio(
  dataset: IDatasetDescription,
  view: IViewState
): number {
  const { aspect, points } = dataset;
  if (points) {
    const width = extent(points.x.data);
    const height = extent(points.y.data);
    return points.xUnits === points.yUnits && height > 0 ? width / height : 1;
  }
  const columns = dimNamed(dataset, view.x)?.size ?? 1;
  const rows = dimNamed(dataset, view.y)?.size ?? 1;
  return aspect === null ? 1 : columns / (rows * aspect);
}

function extent(values: ArrayLike<number>): number {
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    least = value < least ? value : least;
    most = value > most ? value : most;
  }
  return most - least;
}

export function Panes({ store, narrow }: IPanesProps) {
  const { value: dataset } = store.dataset;
  const { value: view } = store.view;
  return dataset && view ? (
    <Arrangement store={store} narrow={narrow} dataset={dataset} view={view} />
  ) : null;
}

interface IArrangementProps extends IPanesProps {
  dataset: IDatasetDescription;
  view: IViewState;
}

/** Part of the room that lets a map fill its pane both ways, within limits. */
export function fittingShare(
  room: { width: number; height: number },
  ratio: number,
  stacked: boolean
): number {
  const { width, height } = room;
  const wanted = stacked
    ? ((width - AROUND_MAP.width) / ratio + AROUND_MAP.height) / height
    : ((height - AROUND_MAP.height) * ratio + AROUND_MAP.width) / width;
  return Number.isFinite(wanted)
    ? Math.min(Math.max(wanted, LEAST_FOR_MAP), MOST_FOR_MAP)
    : 0.5;
}

function Arrangement({ store, narrow, dataset, view }: IArrangementProps) {
  const room = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(room);
  const chosen = useSignal<number | null>(null);
  const shown = store.slots.value;
  const stack = drawnWhole(dataset, view) === 'stack';
  const curved = shown.includes('curve') || stack;
  const mapped = !stack && shown.some(slot => slot !== 'curve');
  const tabbed = store.panels.value.length > shown.length;
  const ratio = pictureRatio(dataset, view);
  const stacked =
    width.value < 2 * LEAST_WIDTH + SPLITTER_WIDTH ||
    (narrow && height.value >= ENOUGH_HEIGHT) ||
    ratio > 2;
  const both = mapped && curved;
  const size = { width: width.value, height: height.value };
  const share = chosen.value ?? fittingShare(size, ratio, stacked);
  return (
    <>
      {tabbed && <PanelTabs store={store} />}
      <div
        class="usid-panes"
        ref={room}
        data-arranged={both ? (stacked ? 'stacked' : 'beside') : 'one'}
        style={both ? arranged(share, stacked) : undefined}
      >
        {mapped && <MapPane store={store} />}
        {both && (
          <Splitter
            share={share}
            chosen={chosen}
            stacked={stacked}
            room={room}
          />
        )}
        {curved && (
          <CurvePane store={store} switching={!hasMap(dataset, view)} />
        )}
      </div>
    </>
  );
}

function arranged(share: number, stacked: boolean): JSX.CSSProperties {
  const least = stacked ? '120px' : `${LEAST_WIDTH}px`;
  const tracks =
    `minmax(${least}, ${share}fr) ${SPLITTER_WIDTH}px ` +
    `minmax(${least}, ${1 - share}fr)`;
  return stacked
    ? { gridTemplateRows: tracks }
    : { gridTemplateColumns: tracks };
}

function PanelTabs({ store }: { store: Store }) {
  const names = { map: 'Map', curve: 'Spectrum' } as const;
  return (
    <div class="usid-tabs" role="tablist" aria-label="Panels">
      {(['map', 'curve'] as const).map(panel => (
        <button
          key={panel}
          type="button"
          role="tab"
          aria-selected={store.onlyPanel.value === panel}
          onClick={() => store.showOnly(panel)}
        >
          {names[panel]}
        </button>
      ))}
    </div>
  );
}

interface IPaneProps {
  store: Store;
  slot: FrameSlot;
  /** What it is for keys, where that is not the slot. */
  panel?: FrameSlot;
  children: ComponentChildren;
}

function Pane({ store, slot, panel, children }: IPaneProps) {
  return (
    <div class="usid-pane-body" data-panel={panel ?? slot}>
      <div class="usid-pane-picture">
        {children}
        <Reading store={store} slot={slot} />
        <ReadFailure store={store} slot={slot} />
      </div>
      <Damage store={store} slot={slot} />
    </div>
  );
}

function MapPane({ store }: { store: Store }) {
  const { value: dataset } = store.dataset;
  const { value: view } = store.view;
  const whole = dataset && view && drawnWhole(dataset, view);
  return (
    <div class="usid-pane">
      <Channels store={store} />
      {whole ? (
        <Pane store={store} slot="grid">
          <GridPanel controller={store} />
        </Pane>
      ) : (
        <Pane store={store} slot="map">
          <MapPanel controller={store} />
        </Pane>
      )}
    </div>
  );
}

function CurvePane({ store, switching }: { store: Store; switching: boolean }) {
  const { value: dataset } = store.dataset;
  const { value: view } = store.view;
  const whole = dataset && view && drawnWhole(dataset, view);
  return (
    <div class="usid-pane">
      {switching && <Channels store={store} />}
      {whole === 'stack' ? (
        <Pane store={store} slot="grid" panel="curve">
          <StackPanel controller={store} />
        </Pane>
      ) : (
        <Pane store={store} slot="curve">
          <CurvePanel controller={store} />
        </Pane>
      )}
    </div>
  );
}

const ALL = ' all';

/** The quantities that were recorded together. */
function Channels({ store }: { store: Store }) {
  const { value: dataset } = store.dataset;
  const { value: view } = store.view;
  if (!dataset || !view || dataset.channels.length < 2) {
    return null;
  }
  const all = wholeSet(dataset, view) ? [{ value: ALL, label: 'All' }] : [];
  const channels = dataset.channels.map(({ path, label }) => ({
    value: path,
    label
  }));
  return (
    <div class="usid-channels">
      <Segments
        name="Channel"
        segments={[...channels, ...all]}
        chosen={drawnWhole(dataset, view) ? ALL : dataset.path}
        onChoose={path =>
          path === ALL
            ? store.update({ channels: 'all' })
            : store.chooseDataset(path)
        }
      />
    </div>
  );
}
