/**
 * Numbers with units, as people read them: one SI prefix for an axis, values
 * rounded to the step of their grid, never `5e-9 m`.
 */

/** `value * factor` is the number to show, in `units`. */
export interface IPrefix {
  factor: number;
  units: string;
}

export interface IQuantityText {
  text: string;
  units: string;
}

/** Exponents of ten by prefix; both signs for micro and `u` are understood. */
const EXPONENTS: Readonly<Record<string, number>> = {
  f: -15,
  p: -12,
  n: -9,
  u: -6,
  µ: -6,
  μ: -6,
  m: -3,
  c: -2,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12
};

/** The prefixes that are written, by exponent. */
const WRITTEN: Readonly<Record<number, string>> = {
  [-15]: 'f',
  [-12]: 'p',
  [-9]: 'n',
  [-6]: 'µ',
  [-3]: 'm',
  0: '',
  3: 'k',
  6: 'M',
  9: 'G',
  12: 'T'
};

/** Largest exponent that people use with a unit: nobody says kiloseconds. */
const LARGEST: Readonly<Record<string, number>> = { s: 0, m: 3 };

const PREFIXABLE = /^([fpnuµμmckMGT]?)(m|V|A|Hz|s)$/;

interface IUnitParts {
  base: string;
  exponent: number;
}

function parseUnits(units: string): IUnitParts | null {
  const match = PREFIXABLE.exec(units.trim());
  if (!match) {
    return null;
  }
  const [, prefix = '', base = ''] = match;
  return { base, exponent: EXPONENTS[prefix] ?? 0 };
}

function engineeringExponent(magnitude: number, base: string): number {
  const exponent = 3 * Math.floor(Math.log10(magnitude * (1 + 1e-9)) / 3);
  return Math.min(Math.max(exponent, -15), LARGEST[base] ?? 12);
}

/** 10 ** exponent without the last-digit noise of `Math.pow`. */
function tenTo(exponent: number): number {
  return Number(`1e${exponent}`);
}

/**
 * The SI prefix for an axis whose largest magnitude is `maxAbs` (in `units`).
 * Arbitrary units, counts and composite units stay as they are.
 */
export function prefixFor(units: string, maxAbs: number): IPrefix {
  const parts = parseUnits(units);
  if (!parts || !Number.isFinite(maxAbs) || maxAbs <= 0) {
    return { factor: 1, units: units.trim() };
  }
  const { base, exponent } = parts;
  const wanted = engineeringExponent(maxAbs * tenTo(exponent), base);
  return {
    factor: tenTo(exponent - wanted),
    units: `${WRITTEN[wanted] ?? ''}${base}`
  };
}

/** Largest finite magnitude of some values; 0 if there is none. */
export function maxAbs(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i] ?? 0);
    if (magnitude > largest && magnitude < Infinity) {
      largest = magnitude;
    }
  }
  return largest;
}

/** Usual distance between neighbours; undefined for less than two values. */
export function stepOf(values: ArrayLike<number>): number | undefined {
  const steps: number[] = [];
  for (let i = 1; i < values.length; i++) {
    const step = Math.abs((values[i] ?? NaN) - (values[i - 1] ?? NaN));
    if (step > 0 && step < Infinity) {
      steps.push(step);
    }
  }
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1];
}

/** Decimals that show `value` exactly, or two digits of the step. */
function decimalsFor(value: number, step: number): number {
  const fine = Math.max(0, 1 - Math.floor(Math.log10(step)));
  for (let decimals = 0; decimals <= Math.min(fine + 1, 20); decimals++) {
    const rounded = Number(value.toFixed(decimals));
    if (Math.abs(rounded - value) <= step * 1e-6) {
      return decimals;
    }
  }
  return Math.min(fine, 20);
}

function withoutTrailingZeros(text: string): string {
  return text.includes('.')
    ? text.replace(/\.?0+(?=e|$)/, '').replace(/^-0$/, '0')
    : text.replace(/^-0$/, '0');
}

function formatSignificant(value: number, digits: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e6)) {
    const text = withoutTrailingZeros(value.toExponential(digits - 1));
    return text.replace('e+', 'e');
  }
  const whole = magnitude >= 10 ** digits;
  const text = whole ? value.toFixed(0) : value.toPrecision(digits);
  return withoutTrailingZeros(text);
}

/** A number, rounded to `step` if there is one, else to four digits. */
export function formatNumber(value: number, step?: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'no value' : value > 0 ? '∞' : '-∞';
  }
  const ordinary =
    step && step >= 1e-6 && Math.abs(value) < 1e9 && step < Infinity;
  if (!ordinary) {
    const negligible = step && Math.abs(value) < step * 1e-6;
    return formatSignificant(negligible ? 0 : value, 4);
  }
  return withoutTrailingZeros(value.toFixed(decimalsFor(value, step)));
}

/** `value`, in the units of the file, on an axis with the prefix `prefix`. */
export function formatScaled(
  value: number,
  prefix: IPrefix,
  step?: number
): IQuantityText {
  const scaled = step === undefined ? undefined : step * prefix.factor;
  const text = formatNumber(value * prefix.factor, scaled);
  return { text, units: prefix.units };
}

/** A value by itself, with the prefix that suits it. */
export function formatValue(
  value: number,
  units: string,
  step?: number
): IQuantityText {
  const magnitude = Math.max(Math.abs(value), step ?? 0);
  return formatScaled(value, prefixFor(units, magnitude), step);
}

/** "7.5 V"; no stray blank where there are no units. */
export function quantityText({ text, units }: IQuantityText): string {
  return units ? `${text} ${units}` : text;
}

/** "Frequency (kHz)". */
export function axisLabel(name: string, units: string): string {
  const clean = units.trim();
  return clean ? `${name} (${clean})`.trim() : name;
}

const TYPED = /^\s*([+\-−]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(\S.*)?$/i;

/**
 * What a person typed, in the units of the file; null if it is no number or in
 * units of another kind. A number alone is read on the scale that is shown.
 */
export function parseQuantity(
  typed: string,
  units: string,
  shown: IPrefix
): number | null {
  const match = TYPED.exec(typed.replace(',', '.'));
  if (!match) {
    return null;
  }
  const value = Number((match[1] ?? '').replace('−', '-'));
  const given = (match[2] ?? '').trim();
  if (!given || given === shown.units) {
    return value / shown.factor;
  }
  return given === units.trim() ? value : convert(value, given, units);
}

function convert(value: number, from: string, to: string): number | null {
  const source = parseUnits(from);
  const target = parseUnits(to);
  if (!source || !target || source.base !== target.base) {
    return null;
  }
  return value * tenTo(source.exponent - target.exponent);
}
