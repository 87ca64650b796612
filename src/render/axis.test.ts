import { describe, expect, it } from 'vitest';
import type { IDim } from '../model/dataset';
import {
  dimAxis,
  fittedLabel,
  indexAt,
  scaledTicks,
  valueAt,
  valueAxis
} from './axis';
import { niceStep, niceTicks, tickTexts } from './ticks';

function dim(values: number[], change: Partial<IDim> = {}): IDim {
  return {
    name: 'X',
    units: 'm',
    size: values.length,
    side: 'position',
    values: { data: Float64Array.from(values), shape: [values.length] },
    labels: null,
    spatial: true,
    monotonic: true,
    ...change
  };
}

describe('ticks', () => {
  it.each([
    [1, 5, 0.2],
    [10, 5, 2],
    [0.7, 7, 0.1],
    [9.9, 3, 5],
    [100, 10, 10]
  ])('step over %d with up to %d ticks is %d', (span, count, step) => {
    expect(niceStep(span, count)).toBeCloseTo(step, 12);
  });

  it('are multiples of the step within the range', () => {
    expect(niceTicks(-1.05, 1.05, 5)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(niceTicks(0, 0.3, 3)).toHaveLength(4);
    expect(niceTicks(2, 2, 5)).toEqual([]);
    expect(niceTicks(NaN, 1, 5)).toEqual([]);
  });

  it('share their decimals', () => {
    expect(tickTexts([0, 0.5, 1])).toEqual(['0.0', '0.5', '1.0']);
    expect(tickTexts([-200, -100, 0])).toEqual(['\u2212200', '\u2212100', '0']);
    expect(tickTexts(niceTicks(-0.3, 0.3, 6))).toContain('0.0');
  });

  it('keep their digits where they stand alone', () => {
    expect(tickTexts(niceTicks(5.45, 5.755, 3))).toEqual(['5.6']);
    expect(tickTexts([-0.15])).toEqual(['\u22120.15']);
    expect(tickTexts([3 * 0.1])).toEqual(['0.3']);
    expect(tickTexts([1500])).toEqual(['1500']);
    expect(tickTexts([0])).toEqual(['0']);
  });

  it('use exponents only where digits would not do', () => {
    expect(tickTexts([0, 2e-9, 4e-9])).toEqual(['0', '2e\u22129', '4e\u22129']);
    expect(tickTexts([1e7, 1.5e7])).toEqual(['1.0e7', '1.5e7']);
    expect(tickTexts([7])).toEqual(['7']);
    expect(tickTexts([2.5e7])).toEqual(['2.5e7']);
    expect(tickTexts([])).toEqual([]);
  });
});

describe('values and indices', () => {
  const rising = [0, 1, 3, 7];
  const falling = [5, 2, -4];

  it.each([-0.5, 0, 0.25, 1.5, 2.9, 3.4])('%d there and back', index => {
    expect(indexAt(rising, valueAt(rising, index))).toBeCloseTo(index, 12);
    expect(indexAt(falling, valueAt(falling, index))).toBeCloseTo(index, 12);
  });

  it('needs no second value', () => {
    expect(valueAt([4], 0)).toBe(4);
    expect(indexAt([4], 9)).toBe(0);
  });
});

describe('a label', () => {
  const letters = (text: string) => text.length;

  it('is shortened where it has too little room, but not its units', () => {
    expect(fittedLabel('Deflection (nm)', 15, letters)).toBe('Deflection (nm)');
    expect(fittedLabel('Deflection (nm)', 12, letters)).toBe('Deflec… (nm)');
    expect(fittedLabel('Lateral force (V)', 13, letters)).toBe('Lateral… (V)');
    expect(fittedLabel('Deflection', 5, letters)).toBe('Defl…');
    expect(fittedLabel('Defl (nm)', 3, letters)).toBe('… (nm)');
  });
});

describe('axes', () => {
  it('has round values with one prefix', () => {
    const axis = dimAxis(dim([0, 1e-6, 2e-6, 3e-6, 4e-6]));
    expect(axis.label).toBe('X (µm)');
    const ticks = axis.ticks(-0.5, 4.5, 5);
    expect(ticks.map(tick => tick.text)).toEqual(['0', '1', '2', '3', '4']);
    expect(ticks[3]?.at).toBeCloseTo(3, 9);
  });

  it('puts round values where they are on an uneven axis', () => {
    const ticks = dimAxis(dim([0, 1, 4, 9], { units: '' })).ticks(0, 3, 2);
    expect(ticks.map(tick => tick.text)).toEqual(['0', '5']);
    expect(ticks[1]?.at).toBeCloseTo(2.2, 12);
  });

  it('goes by index where values turn back or are words', () => {
    const turning = dim([0, 1.23456, 0], { units: 'V', monotonic: false });
    expect(dimAxis(turning).ticks(-0.5, 2.5, 3)).toEqual([
      { at: 0, text: '0' },
      { at: 1, text: '1.235' },
      { at: 2, text: '0' }
    ]);
    const words = dim([0, 1], { labels: ['Height', 'Phase'] });
    expect(dimAxis(words).label).toBe('X');
    expect(dimAxis(words).ticks(0, 1, 2)[1]?.text).toBe('Phase');
  });

  it('may show values themselves', () => {
    const axis = valueAxis('Deflection', 'm', 5e-9);
    expect(axis.label).toBe('Deflection (nm)');
    expect(axis.ticks(0, 5e-9, 5)[2]?.text).toBe('2');
    const scaled = scaledTicks(-2e-3, 2e-3, 4, { factor: 1e3, units: 'mV' });
    expect(scaled[0]).toEqual({ at: -0.002, text: '\u22122' });
  });
});
