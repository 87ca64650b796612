import { describe, expect, it } from 'vitest';
import { CLIP_MARKS, colorize } from './colorize';
import { colormap } from './colormap';
import { colorizeCodes, meanings, valuesOf } from './packed';
import { exactAt, suffices } from './picture';

const packing = { offset: -2, scale: 10 / 65532 };
const codes = Uint16Array.from([0, 32766, 65532, 65533, 65534, 65535]);

describe('codes', () => {
  it('mean values, and the last three what is no number', () => {
    const table = meanings(packing);
    const values = [...codes].map(code => table[code] ?? 0);
    [-2, 3, 8].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 5));
    expect(values.slice(3)).toEqual([-Infinity, Infinity, NaN]);
  });

  it.each([
    { kind: 'linear', low: 0, high: 5 } as const,
    { kind: 'cyclic', low: -1, period: 3 } as const
  ])('have the colours of their values: %o', scale => {
    const map = colormap('viridis');
    const many = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const looked = new Uint32Array(many.length);
    const painted = new Uint32Array(many.length);
    colorizeCodes(many, looked, packing, scale, map, CLIP_MARKS);
    colorize(meanings(packing), painted, scale, map, CLIP_MARKS);
    expect(looked).toEqual(painted);
    expect(looked[65535]).toBe(0);
  });

  it('give statistics their ends, and no more values than needed', () => {
    const data = Uint16Array.from({ length: 300_000 }, (_, i) => i % 65533);
    const map = { data, shape: [300, 1000] };
    const values = valuesOf({ map, packing });
    expect(values.length).toBeLessThan(66_000);
    expect(Math.min(...values.slice(0, 2))).toBeCloseTo(-2, 5);
    expect(Math.max(...values.slice(0, 2))).toBeCloseTo(8, 5);
    expect(valuesOf({ map, packing })).toBe(values);
    expect(valuesOf({ map })).toBe(data);
  });

  it('are never taken for exact values, nor for the last word', () => {
    const frame = { map: { data: codes, shape: [2, 3] }, packing };
    expect(exactAt(frame, 1, 1, 3)).toBeUndefined();
    expect(suffices(frame, { screen: [9, 9], window: [0, 3, 0, 2] })).toBe(
      false
    );
  });
});
