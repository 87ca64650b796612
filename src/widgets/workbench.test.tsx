import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CURVE,
  dataset,
  FakeModel,
  opened,
  settled,
  treeNode,
  treePage
} from './fixtures';
import widget from './index';

// What the panels draw on has no place in jsdom; they have tests of their own.
vi.mock('./panels/map', () => ({
  MapPanel: () => <div role="img" aria-label="Map" tabIndex={0} />
}));
vi.mock('./panels/curve', () => ({
  CurvePanel: () => <div role="img" aria-label="Spectrum" tabIndex={0} />
}));
vi.mock('./panels/stack', () => ({
  StackPanel: () => <div role="img" aria-label="Stack" tabIndex={0} />
}));
vi.mock('./panels/grid', () => ({ GridPanel: () => <div /> }));
vi.mock('./panels/contrast', () => ({ ContrastButton: () => <button /> }));
vi.mock('./panels/colormap', () => ({ ColormapButton: () => <button /> }));

let model: FakeModel;
let host: HTMLElement;
let dispose: () => void;

async function show(place: string): Promise<void> {
  model = new FakeModel();
  model.traits.place = place;
  host = document.body.appendChild(document.createElement('div'));
  dispose = widget.render({ model, el: host });
  await settled();
}

async function rendered(): Promise<void> {
  await settled();
  await new Promise(resolve => setTimeout(resolve, 0));
}

function find(selector: string): HTMLElement {
  const element = host.querySelector<HTMLElement>(selector);
  if (!element) {
    throw new Error(`no ${selector}`);
  }
  return element;
}

function press(target: HTMLElement, key: string): boolean {
  const event = new KeyboardEvent('keydown', {
    key,
    bubbles: true,
    cancelable: true
  });
  return !target.dispatchEvent(event);
}

const slider = '[role="slider"][aria-label="Bias"]';

describe('the workbench', () => {
  beforeEach(async () => {
    await show('tab');
    await model.answer(model.last('open'), opened());
    await rendered();
  });
  afterEach(() => {
    dispose();
    host.remove();
  });

  it('has the names that tests and screen readers rely on', () => {
    const root = find('[role="region"]');
    expect(root.getAttribute('aria-label')).toBe('USID workbench');
    expect(root.dataset.state).toBe('ready');
    expect(find('[role="tree"]').getAttribute('aria-label')).toBe(
      'File contents'
    );
    expect(find('[role="treeitem"]').dataset.kind).toBe('main');
    expect(find('[role="status"][aria-label="Readout"]').textContent).toContain(
      'X 4 m'
    );
    ['Component', 'Fit view', 'Help'].forEach(name =>
      find(`button[aria-label="${name}"]`)
    );
  });

  it('marks what has faults in the tree, and says them', async () => {
    const node = { ...treeNode('/Near', 'dataset'), reason: 'It is odd.' };
    const root = treePage('/', [treeNode('/Raw_Data', 'main'), node]);
    dispose();
    await show('tab');
    await model.answer(model.last('open'), { ...opened(), root });
    await rendered();
    const near = find('[role="treeitem"][aria-label="Near"]');
    expect(near.getAttribute('aria-description')).toContain('It is odd.');
    expect(near.querySelector('.usid-tree-flaw')).not.toBeNull();
    expect(host.querySelectorAll('.usid-tree-flaw')).toHaveLength(1);
  });

  it('has a slider for many values, and choices for few', () => {
    const bias = find(slider);
    expect(bias.getAttribute('aria-valuenow')).toBe('8');
    expect(bias.getAttribute('aria-valuetext')).toBe('8 V');
    const field = find('[role="radiogroup"][aria-label="Field"]');
    const labels = [...field.querySelectorAll('input')].map(input =>
      input.getAttribute('aria-label')
    );
    expect(labels).toEqual(['0', '1', 'Overlay']);
  });

  it('says of every dim what it is of, and what it does', async () => {
    const roles = [...host.querySelectorAll('.usid-dim-role')];
    const words = roles.map(role => role.getAttribute('aria-label'));
    expect(words).toEqual([
      'Spectroscopic dim, on a slider',
      'Spectroscopic dim, on a slider'
    ]);
    (find('input[aria-label="Overlay"]') as HTMLInputElement).click();
    await rendered();
    expect(find('.usid-dim-role[aria-label$="overlaid"]').title).toBe(
      'Spectroscopic dim, overlaid'
    );
  });

  it('lays few curves of a dim over each other, and takes them apart', async () => {
    const plain = dataset();
    const dims = plain.dims.map(dim =>
      dim.name === 'Bias' ? { ...dim, size: 9 } : dim
    );
    dispose();
    await show('tab');
    const described = {
      ...plain,
      dims,
      view: { ...plain.view, overlay: 'Bias' }
    };
    await model.answer(model.last('open'), { ...opened(), dataset: described });
    await rendered();
    const toggle = find('button[aria-label="Overlay Bias"]');
    expect(toggle.getAttribute('aria-pressed')).toBe('true');
    toggle.click();
    await rendered();
    expect(toggle.getAttribute('aria-pressed')).toBe('false');
    expect(model.last('frame').params).toMatchObject({
      view: { overlay: null }
    });
  });

  it('takes a value that is typed', async () => {
    const field = find('[aria-label="Bias value"]') as HTMLInputElement;
    field.value = '12.4 V';
    press(field, 'Enter');
    await rendered();
    expect(find(slider).getAttribute('aria-valuenow')).toBe('12');
    expect(field.value).toBe('12');
  });

  it('obeys keys while a panel has the focus, and only then', async () => {
    expect(press(find('[aria-label="Spectrum"]'), 'ArrowRight')).toBe(true);
    expect(press(find('[aria-label="Map"]'), '.')).toBe(true);
    expect(press(find('.usid-header button'), 'ArrowRight')).toBe(false);
    expect(press(find('[aria-label="Bias value"]'), 'f')).toBe(false);
    expect(press(find(slider), 'ArrowRight')).toBe(false);
    await rendered();
    expect(model.last('frame').params).toMatchObject({
      view: { index: { Frequency: 21, Bias: 9 } }
    });
    expect(find(slider).getAttribute('aria-valuenow')).toBe('9');
  });

  it('shows names from the file as text', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    await model.answer(model.last('attributes'), {
      total: 1,
      attributes: [{ name: hostile, value: hostile, truncated: false }]
    });
    await rendered();
    expect(host.querySelector('img')).toBeNull();
    expect(find('dt').textContent).toBe(hostile);
  });

  it('keeps the view in the model when it is taken away', () => {
    press(find('[aria-label="Spectrum"]'), 'ArrowRight');
    dispose();
    expect(model.get('view')).toMatchObject({ index: { Frequency: 21 } });
    expect(host.childElementCount).toBe(0);
  });
});

describe('a channel set without a map', () => {
  afterEach(() => {
    dispose();
    host.remove();
  });

  it('is stacked, or one of it alone', async () => {
    await show('tab');
    const plain = dataset();
    const view = { ...plain.view, x: null, y: null, channels: 'all' };
    await model.answer(model.last('open'), {
      ...opened(),
      dataset: { ...plain, view },
      map: null,
      curve: null,
      grid: { grid: plain.channels.map(each => ({ ...each, ...CURVE })) }
    });
    await rendered();
    expect(host.querySelector('[aria-label="Spectrum"]')).toBeNull();
    const channel = find('[role="radiogroup"][aria-label="Channel"]');
    const radios = [...channel.querySelectorAll('input')];
    expect(radios.map(({ checked }) => checked)).toEqual([false, false, true]);
    expect(press(find('[aria-label="Stack"]'), 'ArrowRight')).toBe(true);
    radios[0]?.click();
    await rendered();
    expect(model.last('frame').params).toMatchObject({
      slot: 'curve',
      view: { channels: 'one', index: { Frequency: 21 } }
    });
    find('[aria-label="Spectrum"]');
  });
});

describe('in a notebook', () => {
  afterEach(() => {
    dispose();
    host.remove();
  });

  it('hides the tree and keeps its keys from the notebook', async () => {
    await show('notebook');
    await model.answer(model.last('open'), opened());
    await rendered();
    expect(host.querySelector('[role="tree"]')).toBeNull();
    expect(find('[role="region"]').dataset.lmSuppressShortcuts).toBe('true');
  });

  it('says why a file will not open', async () => {
    await show('notebook');
    await model.refuse(model.last('open'), 'The file is empty.');
    await rendered();
    expect(find('[role="region"]').dataset.state).toBe('error');
    expect(find('[role="alert"]').textContent).toContain('The file is empty.');
    expect(find('details').textContent).toContain('because');
    find('[role="alert"] button').click();
    expect(model.last('retry').params).toEqual({ view: null });
  });
});
