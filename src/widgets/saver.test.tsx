import { render } from 'preact';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { IViewState } from '../model/view';
import { Client } from './client';
import { FakeModel, opened, settled, treeNode, treePage } from './fixtures';
import { Stopwatch } from './paint';
import { SaveForm } from './panels/save';
import { Notices } from './states';
import { Store } from './store';

const PLAN = {
  choices: [
    { what: 'Map', label: 'Map', detail: 'Current at 0.8 V, 6 x 7' },
    { what: 'Curve', label: 'Spectrum', detail: 'Current at X 2 nm, 12' }
  ],
  file: 'a.h5',
  inside: true,
  reason: ''
};
const NEW = '/Raw_Data-Map_000/Map';
const SAVED = {
  file: '/tmp/a.h5',
  paths: [NEW],
  inside: true,
  info: {
    name: 'a.h5',
    path: '/tmp/a.h5',
    size: 2,
    edition: '2',
    badges: []
  }
};

let model: FakeModel;
let store: Store;
let host: HTMLElement;
let closed: number;

beforeEach(async () => {
  model = new FakeModel();
  store = new Store(new Client(model), new Stopwatch('tab'));
  host = document.body.appendChild(document.createElement('div'));
  closed = 0;
  void store.session.open(null);
  await model.answer(model.last('open'), opened());
});

afterEach(() => {
  render(null, host);
  host.remove();
  store.stop();
});

async function shown(): Promise<void> {
  await settled();
  await new Promise(resolve => requestAnimationFrame(resolve));
  await new Promise(resolve => setTimeout(resolve, 10));
}

async function form(plan: object = PLAN): Promise<void> {
  render(<SaveForm store={store} onClose={() => closed++} />, host);
  await shown();
  await model.answer(model.last('savable'), plan);
  await shown();
}

async function notices(): Promise<void> {
  render(<Notices store={store} />, host);
  await shown();
}

function submit(): void {
  host.querySelector<HTMLButtonElement>('button[type="submit"]')?.click();
}

function save(): Promise<void> {
  return store.saver.save(store.view.value as IViewState, ['Map']);
}

it('says what is saved and where it goes, before it is', async () => {
  await form();
  for (const { label, detail } of PLAN.choices) {
    expect(host.textContent).toContain(label + detail);
  }
  expect(host.textContent).toContain('Into a.h5.');
  expect(model.requests('save')).toHaveLength(0);
});

it('says why it does not go into the file', async () => {
  const reason = "'a.h5' is read-only.";
  await form({ ...PLAN, file: 'a.results.h5', inside: false, reason });
  expect(host.textContent).toContain(reason);
  expect(host.textContent).toContain('a.results.h5');
});

it('saves the view with what is ticked, and closes', async () => {
  await form();
  host.querySelectorAll<HTMLInputElement>('input')[1]?.click();
  await shown();
  submit();
  const { view } = store;
  const params = { view: view.value, what: ['Map'] };
  expect(model.last('save').params).toEqual(params);
  expect(closed).toBe(1);
});

it('saves nothing where nothing is ticked', async () => {
  await form();
  host
    .querySelectorAll<HTMLInputElement>('input')
    .forEach(input => input.click());
  await shown();
  submit();
  expect(model.requests('save')).toHaveLength(0);
});

it('tells how far it is, and where it went', async () => {
  await notices();
  const saving = save();
  const { id } = model.last('save');
  model.emit('msg:custom', { kind: 'progress', id, fraction: 0.4 }, []);
  await shown();
  expect(host.textContent).toContain('Saving … 40 %');
  await model.answer(model.last('save'), SAVED);
  await saving;
  await shown();
  const status = host.querySelector('[aria-label="Saved"]');
  expect(status?.textContent).toBe(`Saved ${NEW} in /tmp/a.h5`);
  host.querySelector<HTMLElement>('[aria-label="Dismiss"]')?.click();
  await shown();
  expect(host.querySelector('[aria-label="Saved"]')).toBeNull();
});

it('can be cancelled until it is done', async () => {
  await notices();
  const saving = save();
  const { id } = model.last('save');
  await shown();
  const cancel = () =>
    [...host.querySelectorAll('button')].find(
      button => button.textContent === 'Cancel'
    );
  cancel()?.click();
  expect(model.last('cancel').params).toEqual({ request: id });
  await shown();
  expect(cancel()).toBeUndefined();
  expect(host.textContent).toContain('Saving …');
  await model.outdate(model.last('save'));
  await saving;
  await shown();
  expect(host.querySelector('[role="alert"]')).toBeNull();
  expect(host.textContent).not.toContain('Saving');
});

it('is an alert where it failed', async () => {
  await notices();
  const saving = save();
  await model.refuse(model.last('save'), 'The disk is full.');
  await saving;
  await shown();
  const alert = host.querySelector('[role="alert"]');
  expect(alert?.querySelector('p')?.textContent).toBe('The disk is full.');
});

it('shows the file on in its new state, the view as it was', async () => {
  const { value: before } = store.view;
  const saving = save();
  await model.answer(model.last('save'), SAVED);
  await saving;
  expect(store.view.value).toBe(before);
  expect(store.session.fileState.value).toBe('same');
  store.openDataset('/Height');
  expect(model.last('describe').edition).toBe('2');
});

it('shows the new dataset in the tree', async () => {
  const saving = save();
  await model.answer(model.last('save'), SAVED);
  await saving;
  const asked = model
    .requests('children')
    .map(({ params }) => (params as { path: string }).path);
  expect(asked).toEqual(['/', '/Raw_Data-Map_000']);
  const [root, group] = model.requests('children');
  const nodes = ['/Raw_Data', '/Group', '/Raw_Data-Map_000'].map(path =>
    treeNode(path)
  );
  await model.answer(root as never, treePage('/', nodes));
  await model.answer(
    group as never,
    treePage('/Raw_Data-Map_000', [treeNode(NEW, 'main')])
  );
  expect(store.files.selected.value?.path).toBe(NEW);
});

it('leaves the tree of the file where a side file took it', async () => {
  const info = { ...SAVED.info, edition: '1' };
  const saving = save();
  await model.answer(model.last('save'), { ...SAVED, info, inside: false });
  await saving;
  expect(store.session.file.value?.edition).toBe('1');
  expect(model.requests('watch')).toHaveLength(1);
});

it('saves one thing at a time', async () => {
  void save();
  void save();
  expect(model.requests('save')).toHaveLength(1);
});
