/** For tests: a dataset, and a model whose kernel the test itself plays. */

import type { IArrayHeader } from '../model/arrays';
import type { FileState, IRequestMessage, IRequests } from '../model/messages';
import type { IModel } from './client';

/** The form of a message's result before it is decoded. */
export type Wire = Readonly<Record<string, unknown>>;

export function spread(from: number, to: number, size: number): Float64Array {
  return Float64Array.from(
    { length: size },
    (_, i) => from + ((to - from) * i) / Math.max(size - 1, 1)
  );
}

function dim(name: string, units: string, size: number, spatial: boolean) {
  return {
    name,
    units,
    size,
    side: spatial ? 'position' : 'spectroscopic',
    values: { data: spread(0, size - 1, size), shape: [size] },
    labels: null,
    spatial,
    monotonic: true
  };
}

function component(name: string, period: number | null) {
  return {
    name,
    label: name,
    units: period === null ? 'V' : 'rad',
    period,
    categorical: false,
    limits: period === null ? [0, 10] : [-period / 2, period / 2],
    sample: { data: new Float32Array([0, 10]), shape: [2] }
  };
}

/** Y, X, Field (2), Bias (17), Frequency (40): amplitude and phase. */
export function dataset(path = '/Raw_Data', quantity = 'Response') {
  return {
    path,
    name: path.slice(1),
    kind: 'main',
    quantity,
    units: 'V',
    dtype: 'complex64',
    layout: 'raster',
    dims: [
      dim('Y', 'm', 6, true),
      dim('X', 'm', 8, true),
      dim('Field', '', 2, false),
      dim('Bias', 'V', 17, false),
      dim('Frequency', 'Hz', 40, false)
    ],
    components: [component('amplitude', null), component('phase', 2)],
    channels: [
      { path: '/Raw_Data', label: 'Response', units: 'V' },
      { path: '/Height', label: 'Height', units: 'V' }
    ],
    badges: [],
    faults: [],
    yUp: true,
    aspect: 1,
    points: null,
    view: {
      version: 1,
      dataset: path,
      x: 'X',
      y: 'Y',
      curve: 'Frequency',
      overlay: null,
      index: { Y: 3, X: 4, Field: 0, Bias: 8, Frequency: 20 },
      band: null,
      component: 'amplitude',
      contrast: { mode: 'percentile', low: 1, high: 99, limits: null },
      colormap: null,
      flip: { x: false, y: false },
      zoom: { map: null, curve: null },
      channels: 'one'
    }
  } as const;
}

export const MAP: Wire = {
  map: { data: Float32Array.from({ length: 48 }, (_, i) => i), shape: [6, 8] },
  title: 'at 20 Hz'
};

export const CURVE: Wire = {
  curve: { data: new Float32Array(40), shape: [1, 40] }
};

export function treeNode(path: string, kind = 'group'): Wire {
  const name = path.split('/').at(-1) ?? '';
  return {
    path,
    name,
    kind,
    summary: '',
    reason: '',
    expandable: kind === 'group',
    viewable: kind === 'main'
  };
}

export function treePage(path: string, nodes: Wire[], total?: number): Wire {
  return { path, start: 0, total: total ?? nodes.length, nodes };
}

export function opened(): Wire {
  return {
    file: {
      name: 'a.h5',
      path: '/tmp/a.h5',
      size: 1,
      edition: '1',
      badges: []
    },
    root: treePage('/', [treeNode('/Raw_Data', 'main'), treeNode('/Group')]),
    dataset: dataset(),
    unfolded: [],
    map: MAP,
    curve: CURVE,
    grid: null
  };
}

type Listener = (...given: unknown[]) => void;

/** Keeps what is sent until the test answers it. */
export class FakeModel implements IModel {
  readonly sent: IRequestMessage[] = [];
  readonly traits: Record<string, unknown> = { view: {}, place: 'tab' };
  private readonly listeners = new Map<string, Set<Listener>>();

  get(name: string): unknown {
    return this.traits[name];
  }

  set(name: string, value: unknown): void {
    this.traits[name] = value;
  }

  save_changes(): void {
    this.emit('saved');
  }

  send(content: IRequestMessage): void {
    this.sent.push(content);
  }

  on(event: string, listener: Listener): void {
    const all = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, all.add(listener));
  }

  off(event: string, listener: Listener): void {
    this.listeners.get(event)?.delete(listener);
  }

  emit(event: string, ...given: unknown[]): void {
    this.listeners.get(event)?.forEach(listener => listener(...given));
  }

  /** Requests of one type, in order. */
  requests(type: keyof IRequests): IRequestMessage[] {
    return this.sent.filter(request => request.type === type);
  }

  last(type: keyof IRequests): IRequestMessage {
    const request = this.requests(type).at(-1);
    if (!request) {
      throw new Error(`nothing asked for ${type}`);
    }
    return request;
  }

  /** Arrays in `result` leave as the kernel sends them. */
  async answer({ id }: IRequestMessage, result: unknown): Promise<void> {
    const buffers: DataView[] = [];
    const wire = encoded(result, buffers);
    const message = { kind: 'reply', id, status: 'ok', result: wire };
    this.emit('msg:custom', message, buffers);
    await settled();
  }

  /** What has come so far; the answer is still to come. */
  partial({ id }: IRequestMessage, result: unknown): void {
    const buffers: DataView[] = [];
    const wire = encoded(result, buffers);
    this.emit('msg:custom', { kind: 'partial', id, result: wire }, buffers);
  }

  async outdate({ id }: IRequestMessage): Promise<void> {
    this.emit('msg:custom', { kind: 'reply', id, status: 'stale' }, []);
    await settled();
  }

  async refuse(
    { id }: IRequestMessage,
    message: string,
    file?: FileState
  ): Promise<void> {
    const error = { message, reason: 'because', file };
    this.emit('msg:custom', { kind: 'reply', id, status: 'error', error }, []);
    await settled();
  }
}

function encoded(value: unknown, buffers: DataView[]): unknown {
  if (Array.isArray(value)) {
    return value.map(entry => encoded(entry, buffers));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const { data, shape } = value as { data?: unknown; shape?: number[] };
  if (ArrayBuffer.isView(data) && shape) {
    buffers.push(new DataView(data.buffer, data.byteOffset, data.byteLength));
    const dtype = data instanceof Float64Array ? 'f8' : 'f4';
    return { $array: buffers.length - 1, dtype, shape } satisfies IArrayHeader;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, encoded(entry, buffers)])
  );
}

/** Promises that are kept have told everybody. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) {
    await Promise.resolve();
  }
}
