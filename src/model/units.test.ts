import { describe, expect, it } from 'vitest';
import {
  axisLabel,
  formatNumber,
  formatScaled,
  formatValue,
  maxAbs,
  parseQuantity,
  prefixFor,
  quantityText,
  stepOf
} from './units';

describe('prefixFor', () => {
  it.each([
    ['m', 5e-6, 'µm', 1e6],
    ['m', 5e-9, 'nm', 1e9],
    ['nm', 5000, 'µm', 1e-3],
    ['um', 0.5, 'nm', 1e3],
    ['Hz', 320e3, 'kHz', 1e-3],
    ['V', 7.5, 'V', 1],
    ['nA', 0.1, 'pA', 1e3],
    ['s', 3600, 's', 1],
    ['m', 1e-3, 'mm', 1e3],
    ['cm', 1e-5, 'nm', 1e7]
  ])('%s up to %d is shown in %s', (units, largest, shown, factor) => {
    expect(prefixFor(units, largest)).toEqual({ units: shown, factor });
  });

  it.each(['a.u.', 'counts', 'pm/V', 'eV', '', 'min', 'A m', 'deg'])(
    'leaves %j alone',
    units => {
      expect(prefixFor(units, 5e-9)).toEqual({ units, factor: 1 });
    }
  );

  it('strips stray blanks and survives axes without extent', () => {
    expect(prefixFor(' V ', 0)).toEqual({ units: 'V', factor: 1 });
    expect(prefixFor('m', NaN)).toEqual({ units: 'm', factor: 1 });
  });
});

describe('formatNumber', () => {
  it.each([
    [7.8e-16, 2.5, '0'],
    [-7.8e-16, 2.5, '0'],
    [7.5, 2.5, '7.5'],
    [1.25, 2.5, '1.25'],
    [-10, 2.5, '-10'],
    [2.519685, 0.03937, '2.52'],
    [0.30000001192, 0.1, '0.3'],
    [0.5, 1, '0.5'],
    [100, 10, '100'],
    [320123.4, 1250, '320123.4']
  ])('%d on a grid of %d is %s', (value, step, text) => {
    expect(formatNumber(value, step)).toBe(text);
  });

  it('gives four digits where there is no grid', () => {
    expect(formatNumber(1234567)).toBe('1.235e6');
    expect(formatNumber(0.00012344)).toBe('1.234e-4');
    expect(formatNumber(12345.6)).toBe('12346');
    expect(formatNumber(3.14159)).toBe('3.142');
    expect(formatNumber(0)).toBe('0');
  });

  it('rounds to tiny steps without spelling out the zeros', () => {
    expect(formatNumber(5e-9, 1e-9)).toBe('5e-9');
    expect(formatNumber(1e-24, 1e-9)).toBe('0');
  });

  it('says what is not a number', () => {
    expect(formatNumber(NaN)).toBe('no value');
    expect(formatNumber(-Infinity, 1)).toBe('-∞');
  });
});

describe('formatValue', () => {
  it('chooses the prefix of the value, or of its step near zero', () => {
    expect(formatValue(5e-9, 'm')).toEqual({ text: '5', units: 'nm' });
    expect(formatValue(7.8e-16, 'V', 2.5)).toEqual({ text: '0', units: 'V' });
  });

  it('keeps one prefix for an axis', () => {
    const prefix = prefixFor('m', 5e-6);
    expect(formatScaled(1e-8, prefix, 1e-8)).toEqual({
      text: '0.01',
      units: 'µm'
    });
  });

  it('is joined to text without a stray blank', () => {
    expect(quantityText({ text: '7.5', units: 'V' })).toBe('7.5 V');
    expect(quantityText({ text: '3', units: '' })).toBe('3');
    expect(axisLabel('Bias', ' V ')).toBe('Bias (V)');
    expect(axisLabel('Cycle', '')).toBe('Cycle');
  });
});

describe('measures of an axis', () => {
  it('ignores what is not finite', () => {
    expect(maxAbs([1, -3, NaN, Infinity])).toBe(3);
    expect(stepOf([0, 1, 2, NaN, 4])).toBe(1);
    expect(stepOf([5])).toBeUndefined();
  });
});

describe('parseQuantity', () => {
  const kilohertz = prefixFor('Hz', 320e3);

  it('reads a bare number on the scale that is shown', () => {
    expect(parseQuantity('320', 'Hz', kilohertz)).toBe(320e3);
    expect(parseQuantity('320,5 kHz', 'Hz', kilohertz)).toBe(320500);
  });

  it('converts what has units of its own', () => {
    expect(parseQuantity('0.32 MHz', 'Hz', kilohertz)).toBe(320e3);
    expect(parseQuantity('−2.5e0V', 'V', prefixFor('V', 10))).toBe(-2.5);
  });

  it('refuses words and foreign units', () => {
    expect(parseQuantity('fast', 'Hz', kilohertz)).toBeNull();
    expect(parseQuantity('3 V', 'Hz', kilohertz)).toBeNull();
  });
});
