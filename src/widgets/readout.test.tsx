import { render } from 'preact';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Client } from './client';
import { CURVE, FakeModel, MAP, opened, settled } from './fixtures';
import { Stopwatch } from './paint';
import { Readout } from './readout';
import { Store } from './store';

let model: FakeModel;
let store: Store;
let host: HTMLElement;

beforeEach(() => {
  model = new FakeModel();
  store = new Store(new Client(model), new Stopwatch('tab'));
  host = document.body.appendChild(document.createElement('div'));
  render(<Readout store={store} />, host);
});

afterEach(() => {
  render(null, host);
  host.remove();
  store.stop();
});

/** Open with a map of which this has come. */
async function open(map: object): Promise<void> {
  void store.session.open(null);
  await model.answer(model.last('open'), { ...opened(), map, curve: CURVE });
  await shown();
}

async function shown(): Promise<void> {
  await settled();
  await new Promise(resolve => requestAnimationFrame(resolve));
  await new Promise(resolve => setTimeout(resolve, 10));
}

async function probed(value: number): Promise<void> {
  const values = { data: Float64Array.of(value), shape: [1] };
  await model.answer(model.last('probe'), { values });
  await shown();
}

const HALF = {
  map: { data: new Float32Array(12).fill(7), shape: [3, 4] },
  reduced: {
    window: [0, 8, 0, 6],
    factors: [2, 2],
    preview: true,
    words: '1 of 2 x 2 pixels'
  }
};

it('reads the values of a whole map from the map', async () => {
  await open(MAP);
  expect(host.textContent).toContain('amplitude 28');
  expect(model.requests('probe')).toHaveLength(0);
});

it('never shows a pixel of a picture as if it were the file’s', async () => {
  await open(HALF);
  expect(host.textContent).toContain('amplitude …');
  expect(host.textContent).not.toContain('7');
  const asked = model.last('probe').params as { view: { index: object } };
  expect(asked.view.index).toMatchObject({ X: 4, Y: 3, Frequency: 20 });
  await probed(3.25);
  expect(host.textContent).toContain('amplitude 3.25 V');
});

it('asks anew under the pointer, and shows no value at another place', async () => {
  await open(HALF);
  await probed(3.25);
  store.setHover({ panel: 'map', x: 1, y: 2 });
  await shown();
  expect(host.textContent).toContain('amplitude …');
  await probed(1.5);
  expect(host.textContent).toContain('amplitude 1.5 V');
  store.setHover(null);
  await shown();
  expect(host.textContent).not.toContain('1.5');
});

it('takes values from a picture in which every pixel is the map’s', async () => {
  const data = Float32Array.from({ length: 6 }, (_, i) => i);
  const reduced = { ...HALF.reduced, window: [3, 6, 2, 4], factors: [1, 1] };
  await open({ map: { data, shape: [2, 3] }, reduced });
  expect(host.textContent).toContain('amplitude 4');
  expect(model.requests('probe')).toHaveLength(0);
});
