import { describe, expect, it } from 'vitest';
import type { IDim } from './dataset';
import { indexTyped, unitsOf, valueText } from './scale';

function dim(units: string, values: number[], labels?: string[]): IDim {
  return {
    name: 'Bias',
    units,
    size: values.length,
    side: 'spectroscopic',
    values: { data: new Float64Array(values), shape: [values.length] },
    labels: labels ?? null,
    spatial: false,
    monotonic: false
  };
}

describe('the scale of a dim', () => {
  it('writes all values with one prefix, rounded to the step', () => {
    const bias = dim('V', [-5, -2.5, 7.8e-16, 2.5]);
    expect([0, 1, 2, 3].map(i => valueText(bias, i))).toEqual([
      '-5 V',
      '-2.5 V',
      '0 V',
      '2.5 V'
    ]);
    const place = dim('m', [0, 1e-8, 5e-6]);
    expect(valueText(place, 1)).toBe('0.01 µm');
  });

  it('finds the nearest value to what was typed', () => {
    const frequency = dim('Hz', [300e3, 310e3, 320e3]);
    expect(indexTyped(frequency, '312', 0)).toBe(1);
    expect(indexTyped(frequency, '0.32 MHz', 0)).toBe(2);
    expect(indexTyped(frequency, 'high', 0)).toBeNull();
  });

  it('stays on the branch of a loop that is shown', () => {
    const loop = dim('V', [0, 1, 2, 1, 0]);
    expect(indexTyped(loop, '1', 4)).toBe(3);
    expect(indexTyped(loop, '1', 0)).toBe(1);
  });

  it('knows labels', () => {
    const direction = dim('', [0, 1], ['forward', 'backward']);
    expect(valueText(direction, 1)).toBe('backward');
    expect(unitsOf(direction)).toBe('');
    expect(indexTyped(direction, 'backward', 0)).toBe(1);
  });
});
