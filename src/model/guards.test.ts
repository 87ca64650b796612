import { describe, expect, it } from 'vitest';
import { decodeArrays } from './decode';
import { frame, isViewState, replyMessage, treePage } from './guards';

const view = {
  version: 1,
  dataset: '/Raw_Data',
  x: 'X',
  y: 'Y',
  curve: null,
  overlay: null,
  index: { X: 1, Y: 2 },
  band: [1, 3],
  component: 'value',
  contrast: { mode: 'percentile', low: 1, high: 99, limits: [0, 1] },
  colormap: null,
  flip: { x: false, y: true },
  zoom: { map: [0, 1, 2, 3], curve: null },
  channels: 'one'
};

describe('isViewState', () => {
  it('accepts a view, also with fields of a later version', () => {
    expect(isViewState(view)).toBe(true);
    expect(isViewState({ ...view, pins: [] })).toBe(true);
  });

  it.each([
    ['nothing', {}],
    ['another version', { ...view, version: 2 }],
    ['an index below 0', { ...view, index: { X: -1 } }],
    ['an index that is no number', { ...view, index: { X: '1' } }],
    ['a band of three', { ...view, band: [1, 2, 3] }],
    ['limits that are not finite', { ...view, zoom: { map: [0, 1, NaN, 2] } }],
    ['a list', [view]],
    ['null', null]
  ])('refuses %s', (_, value) => {
    expect(isViewState(value)).toBe(false);
  });
});

describe('guards', () => {
  it('say where a message is malformed', () => {
    const page = { path: '/', start: 0, total: 1, nodes: [{ path: '/a' }] };
    expect(() => treePage(page, 'children')).toThrow(
      'children.nodes[0].name should be text'
    );
  });

  it('want every part of what a picture stands for', () => {
    const reduced = {
      window: [0, 8, 0, 6],
      factors: [2, 2],
      preview: true,
      words: '1 of 2 x 2 pixels'
    };
    expect(frame({ reduced }, 'frame').reduced).toEqual(reduced);
    expect(frame({}, 'frame').reduced).toBeUndefined();
    const wrong = [
      { window: [0, 8, 0] },
      { window: [0, 8, -1, 6] },
      { factors: [2] },
      { factors: [2, 0.5] },
      { preview: 1 },
      { words: null }
    ];
    wrong.forEach(change =>
      expect(() =>
        frame({ reduced: { ...reduced, ...change } }, 'frame')
      ).toThrow(/frame\.reduced/)
    );
  });

  it('leave out what is not known', () => {
    const page = { path: '/', start: 0, total: 0, nodes: [], html: '<b>' };
    expect(treePage(page, 'children')).not.toHaveProperty('html');
  });

  it('take null for what is optional', () => {
    expect(frame({ title: null, valid: 3 }, 'frame')).toEqual({ valid: 3 });
  });

  it('take a map or a curve of each channel', () => {
    const curve = { data: new Float32Array(3), shape: [1, 3] };
    const item = { path: '/a', label: 'A', units: 'm', curve };
    expect(frame({ grid: [item] }, 'frame').grid).toEqual([item]);
    const wrong = { ...item, curve: [1, 2, 3] };
    expect(() => frame({ grid: [wrong] }, 'frame')).toThrow(
      'frame.grid[0].curve should be an array'
    );
  });

  it('know the messages of the kernel', () => {
    expect(replyMessage('hello')).toBeNull();
    expect(replyMessage({ kind: 'other', id: '1' })).toBeNull();
    expect(replyMessage({ kind: 'reply', id: '1', status: 'stale' })).toEqual({
      kind: 'reply',
      id: '1',
      status: 'stale'
    });
    expect(() =>
      replyMessage({ kind: 'reply', id: '1', status: 'error', error: 'no' })
    ).toThrow('error should be an object');
  });
});

describe('decodeArrays', () => {
  const numbers = new Float32Array([1, 2, 3, 4, 5, 6]);
  const header = { $array: 0, dtype: 'f4', shape: [2, 3] };

  it('puts arrays where they are announced, without copying them', () => {
    const bytes = new DataView(numbers.buffer);
    const decoded = decodeArrays({ map: header, deep: [{ map: header }] }, [
      bytes
    ]);
    expect(decoded).toEqual({
      map: { data: numbers, shape: [2, 3] },
      deep: [{ map: { data: numbers, shape: [2, 3] } }]
    });
    const { map } = decoded as { map: { data: Float32Array } };
    expect(map.data.buffer).toBe(numbers.buffer);
  });

  it('reads bytes that are not aligned', () => {
    const odd = new Uint8Array(numbers.byteLength + 1);
    odd.set(new Uint8Array(numbers.buffer), 1);
    const decoded = decodeArrays(header, [new DataView(odd.buffer, 1)]);
    expect(decoded).toEqual({ data: numbers, shape: [2, 3] });
  });

  it.each([
    ['too few bytes', { ...header, shape: [7] }],
    ['a buffer that is not there', { ...header, $array: 3 }],
    ['a type that is not known', { ...header, dtype: 'i8' }],
    ['a shape that is no shape', { ...header, shape: [-2, -3] }]
  ])('refuses %s', (_, wrong) => {
    const bytes = new DataView(numbers.buffer);
    expect(() => decodeArrays(wrong, [bytes])).toThrow('should be');
  });
});
