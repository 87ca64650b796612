import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FrameSlot } from '../model/messages';
import type { IViewState } from '../model/view';
import { Client } from './client';
import {
  CURVE,
  dataset,
  FakeModel,
  MAP,
  opened,
  settled,
  type Wire
} from './fixtures';
import { PATIENCE } from './overtaking';
import { Stopwatch } from './paint';
import { Store } from './store';

/** A store that shows the fixture, and the kernel that the test plays. */
async function showing() {
  const model = new FakeModel();
  const store = new Store(new Client(model), new Stopwatch('notebook'));
  void store.session.open(model.get('view'));
  await model.answer(model.last('open'), opened());
  model.sent.length = 0;
  return { model, store };
}

type Showing = Awaited<ReturnType<typeof showing>>;

function slotsAsked({ model }: Showing): FrameSlot[] {
  return model
    .requests('frame')
    .map(({ params }) => (params as { slot: FrameSlot }).slot);
}

function paint({ store }: Showing, slot: FrameSlot): void {
  const shown = store[slot].value;
  if (shown) {
    store.painted(slot, shown);
  }
}

async function answerAll({ model }: Showing): Promise<void> {
  for (const request of model.sent.splice(0)) {
    const { slot } = request.params as { slot?: FrameSlot };
    await model.answer(request, slot === 'curve' ? CURVE : MAP);
  }
}

let current: Showing;

beforeEach(async () => {
  current = await showing();
});

describe('opening', () => {
  it('shows dataset, frames and limits after one round trip', () => {
    const { store } = current;
    expect(store.session.state.value).toBe('ready');
    expect(store.map.value?.frame.title).toBe('at 20 Hz');
    expect(store.curve.value?.frame.curve?.shape).toEqual([1, 40]);
    expect(store.view.value?.contrast.limits).toEqual([0, 10]);
    expect(slotsAsked(current)).toEqual([]);
  });

  it('can be cancelled, and tried again', async () => {
    const model = new FakeModel();
    const store = new Store(new Client(model), new Stopwatch('notebook'));
    void store.session.open(null);
    const asked = model.last('open');
    store.cancelOpening();
    expect(model.last('cancel').params).toEqual({ request: asked.id });
    await model.outdate(asked);
    expect(store.session.state.value).toBe('error');
    expect(store.session.failure.value?.message).toContain('cancelled');
    store.reload();
    expect(store.session.state.value).toBe('loading');
    await model.answer(model.last('retry'), opened());
    expect(store.session.state.value).toBe('ready');
  });

  it('shows a stack of curves that came with it', async () => {
    const model = new FakeModel();
    const store = new Store(new Client(model), new Stopwatch('notebook'));
    void store.session.open({});
    const plain = dataset();
    const view = { ...plain.view, x: null, y: null, channels: 'all' };
    const grid = {
      grid: plain.channels.map(channel => ({ ...channel, ...CURVE }))
    };
    await model.answer(model.last('open'), {
      ...opened(),
      dataset: { ...plain, view },
      map: null,
      curve: null,
      grid
    });
    expect(store.slots.value).toEqual(['grid']);
    expect(model.requests('frame')).toEqual([]);
    store.moveMarker(3);
    expect(model.requests('frame')).toEqual([]);
    store.update({ channels: 'one' });
    expect(model.last('frame').params).toMatchObject({ slot: 'curve' });
  });

  it('asks for what has not come with it', async () => {
    const model = new FakeModel();
    const store = new Store(new Client(model), new Stopwatch('notebook'));
    void store.session.open({});
    await model.answer(model.last('open'), { ...opened(), curve: null });
    expect(model.requests('frame').map(({ params }) => params)).toEqual([
      { slot: 'curve', view: store.view.value }
    ]);
  });

  it('sends a saved view along, but nothing that is none', () => {
    const saved = dataset().view;
    const model = new FakeModel();
    const store = new Store(new Client(model), new Stopwatch('notebook'));
    void store.session.open(saved);
    void store.session.open({ version: 7 });
    expect(model.requests('open').map(({ params }) => params)).toEqual([
      { view: saved },
      { view: null }
    ]);
  });

  it('says why a file will not open, and tries again', async () => {
    const model = new FakeModel();
    const store = new Store(new Client(model), new Stopwatch('notebook'));
    void store.session.open({});
    await model.refuse(model.last('open'), 'The file is truncated.');
    expect(store.session.state.value).toBe('error');
    expect(store.session.failure.value?.message).toBe('The file is truncated.');
    store.reload();
    expect(store.session.state.value).toBe('loading');
    await model.answer(model.last('retry'), opened());
    expect(store.session.state.value).toBe('ready');
  });
});

describe('what a change reads', () => {
  it.each<[string, (store: Store) => void, FrameSlot[]]>([
    ['cursor', store => store.moveCursor(1, 1), ['curve']],
    ['marker', store => store.moveMarker(3), ['map']],
    ['band', store => store.setBand([3, 9]), ['map']],
    ['slider', store => store.setIndex('Bias', 2), ['map', 'curve']],
    ['component', s => s.update({ component: 'phase' }), ['map', 'curve']],
    ['overlay', store => store.update({ overlay: 'Field' }), ['curve']],
    ['colours', store => store.update({ colormap: 'magma' }), []],
    ['zoom', store => store.update({ zoom: { map: null, curve: null } }), []],
    ['limits', store => store.autoscale(), []],
    ['the same again', store => store.moveCursor(4, 3), []]
  ])('%s', (_, change, slots) => {
    change(current.store);
    expect(slotsAsked(current)).toEqual(slots);
  });

  it('is one grid for all channels', () => {
    current.store.update({ channels: 'all' });
    expect(slotsAsked(current)).toEqual(['grid']);
  });

  it('is what the open tab shows, where panels are tabs', () => {
    current.store.showOnly('map');
    current.store.moveCursor(1, 1);
    expect(slotsAsked(current)).toEqual([]);
    current.store.showOnly('curve');
    expect(slotsAsked(current)).toEqual(['curve']);
  });
});

describe('indices', () => {
  it('are clipped to their dims', () => {
    const { store } = current;
    store.moveCursor(99, -5);
    store.moveMarker(40);
    expect(store.view.value?.index).toMatchObject({
      X: 7,
      Y: 0,
      Frequency: 39
    });
    store.setBand([30, 99]);
    expect(store.view.value?.band).toEqual([30, 39]);
  });

  it('of a marker end the band', () => {
    current.store.setBand([3, 9]);
    current.store.moveMarker(5);
    expect(current.store.view.value?.band).toBeNull();
  });
});

describe('undo', () => {
  it('takes back all but cursor moves, and leaves the cursor', () => {
    const { store } = current;
    store.setIndex('Bias', 2);
    store.moveCursor(1, 2);
    store.undo();
    expect(store.view.value?.index).toMatchObject({ Bias: 8, X: 1, Y: 2 });
    store.undo();
    expect(store.view.value?.index).toMatchObject({ Bias: 8, X: 1, Y: 2 });
  });

  it('takes back a whole drag at once', () => {
    const { store } = current;
    store.touched(0, 'down');
    [21, 22, 23].forEach(index => store.moveMarker(index));
    store.touched(1, 'up');
    store.update({ colormap: 'magma' });
    store.undo();
    expect(store.view.value).toMatchObject({
      colormap: null,
      index: { Frequency: 23 }
    });
    store.undo();
    expect(store.view.value?.index.Frequency).toBe(20);
  });

  it('returns to the dataset before', async () => {
    const { model, store } = current;
    store.openDataset('/Height');
    await model.answer(model.last('describe'), dataset('/Height', 'Height'));
    await answerAll(current);
    expect(store.dataset.value?.path).toBe('/Height');
    store.undo();
    expect(model.last('describe').params).toMatchObject({
      path: '/Raw_Data',
      view: { dataset: '/Raw_Data' }
    });
  });
});

describe('limits', () => {
  it('belong to the component, and come back with it', () => {
    const { store } = current;
    const mine = { mode: 'manual', low: 1, high: 99, limits: [2, 3] } as const;
    store.update({ contrast: { ...mine, limits: [2, 3] } });
    store.update({ component: 'phase' });
    expect(store.view.value?.contrast.limits).toEqual([-1, 1]);
    store.update({ component: 'amplitude' });
    expect(store.view.value?.contrast.limits).toEqual([2, 3]);
  });

  it('stay while they are locked', () => {
    const { store } = current;
    store.lockLimits(true);
    store.update({ component: 'phase' });
    expect(store.view.value?.contrast.limits).toEqual([0, 10]);
  });

  it('are held while sliders move, and refitted on request', () => {
    const { store } = current;
    store.setIndex('Bias', 3);
    expect(store.view.value?.contrast.limits).toEqual([0, 10]);
    store.autoscale();
    expect(store.view.value?.contrast.limits?.[0]).toBeCloseTo(0.47);
    expect(store.view.value?.contrast.limits?.[1]).toBeCloseTo(46.53);
    expect(store.refits.value).toBe(1);
  });
});

describe('the painted view', () => {
  it('is there once both panels have painted', () => {
    const { store } = current;
    paint(current, 'map');
    expect(store.painting.view.value).toBeNull();
    paint(current, 'curve');
    expect(store.painting.view.value).toBe(store.view.value);
  });

  it('follows what is painted and not what is wished', async () => {
    const { store } = current;
    paint(current, 'map');
    paint(current, 'curve');
    store.moveMarker(3);
    expect(store.painting.view.value?.index.Frequency).toBe(20);
    store.moveMarker(4);
    await answerAll(current);
    paint(current, 'map');
    expect(store.painting.view.value?.index.Frequency).toBe(3);
    await answerAll(current);
    paint(current, 'map');
    expect(store.painting.view.value?.index.Frequency).toBe(4);
  });

  it('waits for both panels after a slider has moved', async () => {
    const { store } = current;
    paint(current, 'map');
    paint(current, 'curve');
    store.setIndex('Bias', 2);
    await answerAll(current);
    paint(current, 'map');
    expect(store.painting.view.value?.index.Bias).toBe(8);
    paint(current, 'curve');
    expect(store.painting.view.value?.index.Bias).toBe(2);
  });

  it('is measured, from input to paint', async () => {
    performance.clearMeasures();
    const fresh = await showing();
    paint(fresh, 'map');
    paint(fresh, 'curve');
    expect(performance.getEntriesByName('usid-lab:open')).toHaveLength(1);
    const before = performance.now();
    fresh.store.touched(before);
    fresh.store.moveCursor(0, 0);
    await answerAll(fresh);
    paint(fresh, 'curve');
    const [frame] = performance.getEntriesByName('usid-lab:frame');
    expect(frame?.startTime).toBe(before);
  });
});

describe('another dataset', () => {
  it('appears at once with its frames; until then the old one stays', async () => {
    const { model, store } = current;
    store.openDataset('/Height');
    await model.answer(model.last('describe'), dataset('/Height', 'Height'));
    expect(slotsAsked(current)).toEqual(['map', 'curve']);
    expect(store.dataset.value?.path).toBe('/Raw_Data');
    await answerAll(current);
    expect(store.dataset.value?.path).toBe('/Height');
    expect(store.map.value?.view.dataset).toBe('/Height');
    expect(slotsAsked(current)).toEqual([]);
  });

  it('that will not open leaves the old one, and says why', async () => {
    const { model, store } = current;
    store.openDataset('/Text');
    await model.refuse(model.last('describe'), 'It holds text.');
    expect(store.dataset.value?.path).toBe('/Raw_Data');
    expect(store.session.refusal.value?.message).toBe('It holds text.');
  });

  it('is not opened if that is cancelled, and the old one is read on', async () => {
    vi.useFakeTimers();
    const { model, store } = current;
    store.setIndex('Bias', 3);
    store.openDataset('/Height');
    const asked = model.last('describe');
    const { id } = asked;
    model.emit('msg:custom', { kind: 'progress', id, fraction: 0.4 }, []);
    vi.advanceTimersByTime(200);
    expect(store.session.opening.value).toBe('/Height');
    expect(store.session.fraction.value).toBe(0.4);
    // The kernel has dropped what was read of the old dataset.
    for (const frame of model.requests('frame')) {
      await model.outdate(frame);
    }
    model.sent.length = 0;
    store.cancelOpening();
    expect(store.session.opening.value).toBeNull();
    expect(model.last('cancel').params).toEqual({ request: id });
    expect(slotsAsked(current)).toEqual(['map', 'curve']);
    await model.outdate(asked);
    await answerAll(current);
    expect(store.dataset.value?.path).toBe('/Raw_Data');
    expect(store.map.value?.view.index.Bias).toBe(3);
    expect(store.session.refusal.value).toBeNull();
    vi.useRealTimers();
  });

  it('is the one that was chosen last', async () => {
    const { model, store } = current;
    store.openDataset('/Height');
    const slow = model.last('describe');
    store.openDataset('/Text');
    await model.refuse(model.last('describe'), 'It holds text.');
    await model.answer(slow, dataset('/Height', 'Height'));
    await answerAll(current);
    expect(store.dataset.value?.path).toBe('/Raw_Data');
  });

  it('leads back to the grid from which it was enlarged', async () => {
    const { model, store } = current;
    store.update({ channels: 'all' });
    store.openDataset('/Height');
    expect(model.last('describe').params).toMatchObject({
      view: { channels: 'one' }
    });
    await model.answer(model.last('describe'), dataset('/Height', 'Height'));
    await answerAll(current);
    expect(store.shrink()).toBe(true);
    expect(store.view.value?.channels).toBe('all');
    expect(store.shrink()).toBe(false);
  });
});

describe('reading', () => {
  it('that fails says so in its panel, and can be tried again', async () => {
    const { model, store } = current;
    store.moveCursor(0, 0);
    await model.refuse(model.last('frame'), 'damaged');
    expect(store.failure.curve.value?.message).toBe('damaged');
    expect(store.failure.map.value).toBeNull();
    store.readAgain('curve');
    await model.answer(model.last('frame'), CURVE);
    expect(store.failure.curve.value).toBeNull();
    expect(store.curve.value?.view.index).toMatchObject({ X: 0, Y: 0 });
  });

  it('that is cancelled leaves the picture and returns the view to it', async () => {
    const { model, store } = current;
    store.moveMarker(5);
    const request = model.last('frame');
    store.cancel('map');
    expect(model.last('cancel').params).toEqual({ slot: 'map' });
    expect(store.view.value?.index.Frequency).toBe(20);
    await model.answer(request, MAP);
    await settled();
    expect(store.map.value?.view.index.Frequency).toBe(20);
    store.moveMarker(5);
    expect(slotsAsked(current)).toEqual(['map', 'map']);
  });
});

describe('a preview', () => {
  const half: Wire = {
    map: { data: new Float32Array(48).fill(NaN), shape: [6, 8] },
    title: 'at 3 Hz'
  };

  it('is shown until the whole has come, and never counts as painted', async () => {
    const { store, model } = current;
    paint(current, 'map');
    paint(current, 'curve');
    store.moveMarker(3);
    model.partial(model.last('frame'), half);
    expect(store.map.value?.preview).toBe(true);
    expect(store.map.value?.frame.title).toBe('at 3 Hz');
    paint(current, 'map');
    expect(store.painting.view.value?.index.Frequency).toBe(20);
    await answerAll(current);
    expect(store.map.value?.preview).toBeUndefined();
    paint(current, 'map');
    expect(store.painting.view.value?.index.Frequency).toBe(3);
  });

  it('gives way to the whole picture before it when reading is cancelled', async () => {
    const { store, model } = current;
    const before = store.map.value;
    store.moveMarker(3);
    const asked = model.last('frame');
    model.partial(asked, half);
    model.partial(asked, half);
    store.cancel('map');
    expect(store.map.value).toBe(before);
    expect(store.view.value?.index.Frequency).toBe(20);
    model.partial(asked, half);
    await model.answer(asked, MAP);
    expect(store.map.value).toBe(before);
  });

  it.each([
    ['fails', (m: FakeModel) => m.refuse(m.last('frame'), 'It is damaged.')],
    ['is stale', (m: FakeModel) => m.outdate(m.last('frame'))]
  ])('goes when its read %s', async (_, end) => {
    const { store, model } = current;
    const before = store.map.value;
    store.moveMarker(3);
    model.partial(model.last('frame'), half);
    await end(model);
    expect(store.map.value).toBe(before);
  });

  it('goes when its read is overtaken', () => {
    vi.useFakeTimers();
    const { store, model } = current;
    const before = store.map.value;
    store.moveMarker(3);
    const asked = model.last('frame');
    model.partial(asked, half);
    store.moveMarker(4);
    vi.advanceTimersByTime(PATIENCE);
    vi.useRealTimers();
    expect(model.requests('frame')).toHaveLength(2);
    expect(store.map.value).toBe(before);
    model.partial(asked, half);
    expect(store.map.value).toBe(before);
  });
});

describe('a file that is changed while it is open', () => {
  it('is told by whoever asks, and by nobody else', async () => {
    const { store, model } = current;
    const { fileState } = store.session;
    expect(fileState.value).toBe('same');
    store.moveMarker(3);
    await model.refuse(model.last('frame'), 'It was changed.', 'changed');
    expect(fileState.value).toBe('changed');
    expect(store.failure.map.value?.file).toBe('changed');
  });

  it('is watched all the time', async () => {
    const model = new FakeModel();
    const store = new Store(new Client(model), new Stopwatch('notebook'));
    void store.session.open({});
    await model.answer(model.last('open'), opened());
    for (const state of ['missing', 'same', 'changed'] as const) {
      await model.answer(model.last('watch'), { state });
      expect(store.session.fileState.value).toBe(state);
      expect(model.last('watch').params).toEqual({ state });
    }
  });

  it('has new results in its tree, and all else stays', async () => {
    const model = new FakeModel();
    const store = new Store(new Client(model), new Stopwatch('notebook'));
    void store.session.open({});
    await model.answer(model.last('open'), opened());
    const [view, shown] = [store.view.value, store.map.value];
    await model.answer(model.last('watch'), { state: 'grown' });
    expect(store.session.fileState.value).toBe('same');
    const { file } = opened() as { file: object };
    await model.answer(model.last('renew'), { ...file, edition: '2' });
    expect(model.last('watch').edition).toBe('2');
    expect(model.requests('watch')).toHaveLength(2);
    const { params } = model.last('children');
    expect(params).toMatchObject({ path: '/' });
    expect([store.view.value, store.map.value]).toEqual([view, shown]);
  });

  it('is watched on where its new results cannot be told', async () => {
    const model = new FakeModel();
    const store = new Store(new Client(model), new Stopwatch('notebook'));
    void store.session.open({});
    await model.answer(model.last('open'), opened());
    await model.answer(model.last('watch'), { state: 'grown' });
    await model.refuse(model.last('renew'), 'It was changed.', 'changed');
    expect(store.session.fileState.value).toBe('changed');
    expect(model.requests('watch')).toHaveLength(2);
  });

  it('is asked for in the state in which it is shown', () => {
    const { store, model } = current;
    store.moveMarker(3);
    expect(model.last('frame').edition).toBe('1');
  });

  it('comes anew, and nothing stays of what it was', async () => {
    const { store, model } = current;
    store.setIndex('Bias', 3);
    store.moveMarker(3);
    const late = model.last('frame');
    await model.refuse(late, 'It was changed.', 'changed');
    paint(current, 'map');
    paint(current, 'curve');
    expect(store.painting.view.value).not.toBeNull();
    store.reload();
    expect(store.session.state.value).toBe('loading');
    expect(store.view.value).toBeNull();
    expect(store.painting.view.value).toBeNull();
    const { view } = model.last('retry').params as { view: IViewState };
    expect(view.index).toMatchObject({ Bias: 3, Frequency: 3 });
    expect(view.contrast.limits).toBeNull();
    const fresh = dataset();
    const [first, ...rest] = fresh.components;
    await model.answer(model.last('retry'), {
      ...opened(),
      file: { ...(opened().file as Wire), edition: '2' },
      dataset: {
        ...fresh,
        components: [{ ...first, limits: [1000, 2000] }, ...rest],
        view
      }
    });
    expect(store.session.fileState.value).toBe('same');
    expect(store.view.value?.index).toMatchObject({ Bias: 3, Frequency: 3 });
    expect(store.view.value?.contrast.limits).toEqual([1000, 2000]);
    expect(store.failure.map.value).toBeNull();
    store.undo();
    expect(store.view.value?.index.Bias).toBe(3);
    store.moveMarker(5);
    expect(model.last('frame').edition).toBe('2');
  });

  it('keeps limits that were set by hand', () => {
    const { store, model } = current;
    const limits = [2, 3] as const;
    store.update({
      contrast: { mode: 'manual', low: 1, high: 99, limits: [...limits] }
    });
    store.reload();
    const { view } = model.last('retry').params as { view: IViewState };
    expect(view.contrast.limits).toEqual(limits);
  });

  it('keeps the view until it can be loaded', async () => {
    const { store, model } = current;
    store.moveMarker(3);
    store.reload();
    await model.refuse(model.last('retry'), 'There is no file.', 'missing');
    expect(store.session.state.value).toBe('error');
    store.reload();
    const { view } = model.last('retry').params as { view: IViewState };
    expect(view.index.Frequency).toBe(3);
  });

  it('forgets a dataset that was asked for before', async () => {
    const { store, model } = current;
    store.openDataset('/Height');
    const late = model.last('describe');
    store.reload();
    await model.answer(model.last('retry'), opened());
    await model.answer(late, dataset('/Height'));
    await answerAll(current);
    expect(store.dataset.value?.path).toBe('/Raw_Data');
  });
});
