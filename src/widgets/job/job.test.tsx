import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { answerInterrupts } from '../../model/interrupt';
import type { IJob } from '../../model/job';
import jobs, { type IJobModel } from './index';

const RUNNING: IJob = {
  tool: 'SHO Fit',
  source: '/Measurement_000/Raw_Data',
  file: 'beps.h5',
  state: 'running',
  done: 1240,
  total: 16384,
  rate: 350.4,
  remaining: 43.2,
  message: '',
  awaited: false,
  stopping: false,
  failure: null,
  results: [],
  map: null
};

class FakeModel implements IJobModel {
  readonly sent: unknown[] = [];
  picture = new DataView(new ArrayBuffer(0));
  private readonly listeners = new Map<string, () => void>();

  constructor(private status: unknown) {}

  get(name: string): unknown {
    return name === 'status' ? this.status : this.picture;
  }

  send(content: unknown): void {
    this.sent.push(content);
  }

  on(event: string, listener: () => void): void {
    this.listeners.set(event, listener);
  }

  off(event: string): void {
    this.listeners.delete(event);
  }

  say(event: string): void {
    this.listeners.get(event)?.();
  }

  async tell(change: Partial<IJob>): Promise<void> {
    this.status = { ...(this.status as IJob), ...change };
    this.say('change:status');
    await drawn();
  }

  get heard(): number {
    return this.listeners.size;
  }
}

let model: FakeModel;
let host: HTMLElement;
let end: () => void;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  model = new FakeModel(RUNNING);
  host = document.body.appendChild(document.createElement('div'));
  end = jobs.render({ model, el: host });
});

afterEach(() => {
  end();
  host.remove();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function drawn(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await Promise.resolve();
    await vi.advanceTimersByTimeAsync(0);
  }
}

function find(selector: string): HTMLElement {
  const found = host.querySelector<HTMLElement>(selector);
  if (!found) {
    throw new Error(`no ${selector} in ${host.textContent}`);
  }
  return found;
}

function button(): HTMLButtonElement {
  return find('button') as HTMLButtonElement;
}

it('says what runs, how far it is and how long it will take', () => {
  const bar = find('[role="progressbar"]');
  expect(bar.getAttribute('aria-valuenow')).toBe('7');
  expect(find('[role="region"]').dataset.state).toBe('running');
  const text = host.textContent ?? '';
  for (const part of [
    'SHO Fit',
    'beps.h5',
    '1,240 of 16,384 positions',
    '350 positions/s',
    '43 s',
    'Running'
  ]) {
    expect(text).toContain(part);
  }
});

it('tells the kernel of the button, once it is pressed', async () => {
  expect(button().textContent).toBe('Cancel');
  button().click();
  expect(model.sent).toEqual([{ kind: 'cancel' }]);
  await model.tell({ stopping: true });
  expect(button().disabled).toBe(true);
  expect(host.textContent).toContain('Cancelling');
  await model.tell({ state: 'cancelled' });
  expect(host.querySelector('button')).toBeNull();
  expect(host.textContent).toContain('run it again');
});

it('can be cancelled while the results are written, too', async () => {
  await model.tell({ state: 'committing' });
  expect(host.textContent).toContain('Writing the results');
  expect(button().disabled).toBe(false);
});

it('has the kernel interrupted while a cell waits for the run', async () => {
  const asked: Element[] = [];
  const stop = answerInterrupts(document, from => asked.push(from) > 0);
  await model.tell({ awaited: true });
  button().click();
  expect(asked).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual([find('.usid-job')]);
  expect(host.textContent).toContain('interrupted');
  stop();
});

it('interrupts nothing where the kernel has answered', async () => {
  const interrupt = vi.fn(() => true);
  const stop = answerInterrupts(document, interrupt);
  await model.tell({ awaited: true });
  button().click();
  await model.tell({ stopping: true });
  await vi.advanceTimersByTimeAsync(1000);
  expect(interrupt).not.toHaveBeenCalled();
  stop();
});

it('interrupts no other cell', async () => {
  const interrupt = vi.fn(() => true);
  const stop = answerInterrupts(document, interrupt);
  button().click();
  await vi.advanceTimersByTimeAsync(1000);
  expect(interrupt).not.toHaveBeenCalled();
  expect(host.textContent).toContain('Another cell is running');
  stop();
});

it('says how to interrupt where nobody can do it', async () => {
  await model.tell({ awaited: true });
  button().click();
  await vi.advanceTimersByTimeAsync(1000);
  expect(host.textContent).toContain('Kernel > Interrupt');
});

it('shows a failure in words, the reason folded', async () => {
  await model.tell({
    state: 'failed',
    failure: { message: 'The disk is full.', reason: 'ENOSPC' }
  });
  expect(find('[role="alert"] p').textContent).toBe('The disk is full.');
  expect(find('details').hasAttribute('open')).toBe(false);
  expect(find('pre').textContent).toBe('ENOSPC');
});

it('lists what was written, as text', async () => {
  const path = '/a/<b>Fit</b>';
  await model.tell({ state: 'done', results: [{ file: '/d/x.h5', path }] });
  expect(find('[aria-label="Results"] code').textContent).toBe(path);
  expect(host.querySelector('b b, code b')).toBeNull();
});

it('draws the map with its limits, one prefix for both', async () => {
  vi.stubGlobal(
    'ImageData',
    class {
      readonly width = 0;
    }
  );
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  model.picture = new DataView(Float32Array.of(0, 1, NaN, 2).buffer);
  const map = {
    rows: 2,
    columns: 2,
    limits: [0, 2e-9] as [number, number],
    label: 'Current',
    units: 'A',
    shape: 1
  };
  await model.tell({ map });
  expect(find('figcaption').textContent).toBe('Current (nA)');
  expect(find('.usid-job-scale').textContent).toBe('02');
  expect(find('canvas').getAttribute('aria-label')).toContain('Current');
});

it('draws no map of a run that ended before anything was known', async () => {
  vi.stubGlobal(
    'ImageData',
    class {
      readonly width = 0;
    }
  );
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  const form = { rows: 2, columns: 2, limits: null, units: 'A', shape: 1 };
  await model.tell({ map: { ...form, label: 'Current' } });
  expect(find('.usid-job-scale').textContent).toBe('');
  await model.tell({ state: 'failed' });
  expect(host.querySelector('canvas')).toBeNull();
});

it('says so when the kernel is gone', async () => {
  model.say('comm:close');
  await drawn();
  expect(find('.usid-job').dataset.state).toBe('gone');
  expect(host.querySelector('button')).toBeNull();
  expect(find('[role="alert"]').textContent).toContain('kernel');
});

it('hears nothing any more once it is taken away', () => {
  end();
  expect(model.heard).toBe(0);
  expect(host.childElementCount).toBe(0);
});

it('refuses what is no run', () => {
  const broken = new FakeModel({ ...RUNNING, done: '<b>' });
  const el = document.createElement('div');
  expect(() => jobs.render({ model: broken, el })).toThrow('status.done');
});
