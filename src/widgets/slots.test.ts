import { describe, expect, it } from 'vitest';
import type { IDatasetDescription } from '../model/dataset';
import { fittedLimits } from './contrast';
import { dataset } from './fixtures';
import { controlledDims, frameKey, slotsOf } from './slots';

const described = dataset() as unknown as IDatasetDescription;
const { view } = described;

function controls(change: Partial<typeof view>): string[] {
  const dims = controlledDims(described, { ...view, ...change });
  return dims.map(({ name }) => name);
}

describe('controls', () => {
  it('are for dims that are not drawn', () => {
    expect(controls({})).toEqual(['Field', 'Bias']);
    expect(controls({ curve: 'Bias' })).toEqual(['Field', 'Frequency']);
    expect(controls({ overlay: 'Field' })).toEqual(['Field', 'Bias']);
    const plain = { x: null, y: null, overlay: 'Bias' };
    expect(controls(plain)).toContain('Bias');
  });

  it('are for no dim of one value', () => {
    const dims = described.dims.map(dim => ({ ...dim, size: 1 }));
    expect(controlledDims({ ...described, dims }, view)).toEqual([]);
  });
});

describe('panels', () => {
  const image = { ...view, curve: null };
  const flat = { ...described, dims: described.dims.slice(0, 2) };

  it('are those that have something to show', () => {
    expect(slotsOf(described, view)).toEqual(['map', 'curve']);
    expect(slotsOf(flat, image)).toEqual(['map']);
    expect(slotsOf(described, { ...view, x: null, y: null })).toEqual([
      'curve'
    ]);
  });

  it('make room for a table where there is no curve axis', () => {
    expect(slotsOf(described, image)).toEqual(['map', 'curve']);
    const compound = { ...flat, dtype: 'compound of 5' };
    expect(slotsOf(compound, image)).toEqual(['map', 'curve']);
  });

  it('are a grid only where there are a few channels', () => {
    const all = { ...view, channels: 'all' } as const;
    expect(slotsOf(described, all)).toEqual(['grid', 'curve']);
    expect(slotsOf({ ...described, channels: [] }, all)).toEqual([
      'map',
      'curve'
    ]);
  });
});

describe('a stack of curves', () => {
  const all = { ...view, x: null, y: null, channels: 'all' } as const;

  it('takes the place of the curve where there is no map', () => {
    expect(slotsOf(described, all)).toEqual(['grid']);
    expect(slotsOf(described, { ...all, channels: 'one' })).toEqual(['curve']);
    expect(slotsOf(described, { ...all, curve: null })).toEqual(['curve']);
  });

  it('is of two to nine channels', () => {
    const [channel] = described.channels;
    const many = (length: number) =>
      slotsOf({ ...described, channels: new Array(length).fill(channel) }, all);
    expect(many(1)).toEqual(['curve']);
    expect(many(9)).toEqual(['grid']);
    expect(many(10)).toEqual(['curve']);
  });

  it('changes with sliders, and not with marker or band', () => {
    const key = frameKey('grid', described, all);
    const at = (dim: string) => ({
      ...all,
      index: { ...all.index, [dim]: 1 }
    });
    expect(frameKey('grid', described, at('Frequency'))).toBe(key);
    expect(frameKey('grid', described, { ...all, band: [1, 2] })).toBe(key);
    expect(frameKey('grid', described, at('Bias'))).not.toBe(key);
  });
});

describe('a position by curve image', () => {
  const x = 'Frequency';
  const image = { ...view, x };

  it('does not change with marker or band', () => {
    const moved = { ...view.index, Frequency: 3 };
    const key = frameKey('map', described, image);
    expect(frameKey('map', described, { ...image, index: moved })).toBe(key);
    expect(frameKey('map', described, { ...image, band: [1, 2] })).toBe(key);
  });
});

describe('limits', () => {
  const contrast = { low: 10, high: 90, limits: null };
  const values = Float32Array.from({ length: 101 }, (_, i) => i);

  it('are percentiles, as numpy interpolates them', () => {
    expect(fittedLimits({ ...contrast, mode: 'percentile' }, values)).toEqual([
      10, 90
    ]);
  });

  it('leave out what is not finite', () => {
    values[0] = NaN;
    values[1] = Infinity;
    expect(
      fittedLimits({ ...contrast, mode: 'minmax', limits: null }, values)
    ).toEqual([2, 100]);
    const none = new Float32Array([NaN, NaN]);
    expect(
      fittedLimits({ ...contrast, mode: 'minmax', limits: null }, none)
    ).toBeNull();
  });
});
