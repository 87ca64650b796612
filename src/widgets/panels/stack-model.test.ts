import { describe, expect, it, vi } from 'vitest';
import type { IDatasetDescription } from '../../model/dataset';
import type { IGridItem } from '../../model/messages';
import type { IShown } from '../controller';
import { dataset } from '../fixtures';
import { channelScene } from './curve-scene';
import {
  leastHeight,
  stackItems,
  stackMargins,
  stackPainted
} from './stack-model';

const described = dataset() as unknown as IDatasetDescription;

function item(path: string, from: number): IGridItem {
  const data = Float32Array.from({ length: 40 }, (_, i) => from + i);
  return { path, label: path, units: 'nA', curve: { data, shape: [1, 40] } };
}

function shownOf(...grid: IGridItem[]): IShown {
  const view = { ...described.view, x: null, y: null, channels: 'all' };
  return { frame: { grid }, view: view as IShown['view'] };
}

describe('a plot of a stack', () => {
  it('is of one channel', () => {
    const shown = shownOf(item('/a', 0), item('/b', 100));
    expect(channelScene(described, shown, '/b')).toMatchObject({
      shown,
      component: { label: '/b', units: 'nA' },
      extent: [100, 139],
      course: 'rising'
    });
    expect(channelScene(described, shown, '/c')).toBeNull();
  });

  it('has no part in a grid of maps', () => {
    const { curve, ...plain } = item('/a', 0);
    const shown = shownOf({ ...plain, map: curve }, item('/b', 0));
    expect(channelScene(described, shown, '/a')).toBeNull();
    expect(stackItems(shown).map(({ path }) => path)).toEqual(['/b']);
    expect(stackItems(null)).toEqual([]);
  });
});

describe('a stack on its way', () => {
  const { curve, ...awaited } = item('/b', 0);
  const whole = shownOf(item('/a', 0), { ...awaited, curve });
  const preview: IShown = {
    ...shownOf(item('/a', 0), awaited),
    preview: true
  };

  it('keeps the place of a curve that has not come', () => {
    const paths = (shown: IShown) => stackItems(shown).map(({ path }) => path);
    expect(paths(preview)).toEqual(['/a', '/b']);
    expect(paths(preview)).toEqual(paths(whole));
    expect(channelScene(described, preview, '/b')).toBeNull();
  });
});

describe('plots of a stack', () => {
  const margins = [0, 1, 2].map(k => stackMargins(k, 3));

  it('have one abscissa, below the last', () => {
    expect(margins.map(({ labelled }) => labelled)).toEqual([
      false,
      false,
      true
    ]);
  });

  it('are equally high and lie exactly above each other', () => {
    const inner = margins.map(
      each => leastHeight(each) - each.top - each.bottom
    );
    expect(new Set(inner).size).toBe(1);
    expect(new Set(margins.map(({ left }) => left)).size).toBe(1);
    expect(new Set(margins.map(({ right }) => right)).size).toBe(1);
  });

  it('count as painted once all show the same frame', () => {
    const painted = vi.fn();
    const report = stackPainted({ painted });
    const first = shownOf(item('/a', 0), item('/b', 0));
    report('/a', first);
    expect(painted).not.toHaveBeenCalled();
    report('/b', first);
    expect(painted).toHaveBeenCalledExactlyOnceWith('grid', first);
    const second = shownOf(item('/a', 1), item('/b', 1));
    report('/b', second);
    expect(painted).toHaveBeenCalledTimes(1);
    report('/a', second);
    expect(painted).toHaveBeenLastCalledWith('grid', second);
  });
});
