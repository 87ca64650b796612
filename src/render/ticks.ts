/** Round places for the ticks of an axis: steps of 1, 2 or 5. */

/** The smallest step 1, 2 or 5 x 10^n of which at most `count` fit. */
export function niceStep(span: number, count: number): number {
  const rough = span / Math.max(count, 1);
  const decade = 10 ** Math.floor(Math.log10(rough));
  const mantissa = (rough / decade) * (1 - 1e-9);
  const nice = mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10;
  return nice * decade;
}

/** Multiples of a nice step within [low, high]; empty without extent. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span) || count < 1) {
    return [];
  }
  const step = niceStep(span, count);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks: number[] = [];
  for (let k = first; k <= last && ticks.length < 100; k++) {
    ticks.push(k * step + 0);
  }
  return ticks;
}

/** Texts of ticks, all with as many decimals as their step asks for. */
export function tickTexts(ticks: readonly number[]): string[] {
  const [first = 0, second] = ticks;
  const step = second === undefined ? lastPlace(first) : second - first;
  const largest = Math.max(0, ...ticks.map(Math.abs));
  const write = writerFor(Math.abs(step) || 1, largest);
  return ticks.map(tick => write(tick).replaceAll('-', '\u2212'));
}

/** The place of the last digit of a tick that stands alone: 0.1 for 5.6. */
function lastPlace(tick: number): number {
  const top = Math.floor(Math.log10(Math.abs(tick) || 1));
  const digits = Number(tick.toPrecision(12)).toExponential();
  const decimals = digits.slice(0, digits.indexOf('e')).split('.')[1] ?? '';
  return 10 ** (top - decimals.length);
}

function writerFor(step: number, largest: number): (tick: number) => string {
  const place = Math.floor(Math.log10(step) + 1e-9);
  if (largest >= 1e6 || step < 1e-4) {
    const digits = Math.max(0, Math.floor(Math.log10(largest)) - place);
    return tick => exponential(negligible(tick, step) ? 0 : tick, digits);
  }
  const decimals = Math.max(0, -place);
  return tick => (negligible(tick, step) ? 0 : tick).toFixed(decimals);
}

function negligible(tick: number, step: number): boolean {
  return Math.abs(tick) < step * 1e-6;
}

function exponential(tick: number, digits: number): string {
  return tick === 0
    ? '0'
    : tick.toExponential(Math.min(digits, 20)).replace('e+', 'e');
}
