import { expect, it } from 'vitest';
import { duration, pace, percent } from './words';

it.each([
  [0.2, 'less than a second'],
  [12.4, '12 s'],
  [200, '3 min 20 s'],
  [180, '3 min'],
  [7500, '2 h 5 min'],
  [273600, '3 d 4 h']
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it.each([
  [null, ''],
  [0, ''],
  [0.05, '20 s a position'],
  [3.14159, '3.1 positions/s'],
  [12345.6, '12,346 positions/s']
])('%d a second is "%s"', (rate, text) => {
  expect(pace(rate)).toBe(text);
});

it('never says that all is done before it is', () => {
  const job = { done: 9999, total: 10000 } as Parameters<typeof percent>[0];
  expect(percent(job)).toBe(99);
  expect(percent({ ...job, total: 0 })).toBe(0);
});
