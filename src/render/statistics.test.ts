import { describe, expect, it } from 'vitest';
import { discRadius, nearestPoint, pointTowards, pointsWindow } from './points';
import { arrowAt, outline, thinned } from './polyline';
import {
  apart,
  extent,
  hasNumbers,
  histogram,
  percentile,
  percentileLimits,
  sortedSample,
  union
} from './statistics';

describe('limits', () => {
  it('are those of finite values', () => {
    expect(extent([3, NaN, -1, Infinity, -Infinity])).toEqual([-1, 3]);
    expect(extent([NaN, NaN])).toBeNull();
    expect(hasNumbers([NaN, -Infinity])).toBe(false);
    expect(hasNumbers([NaN, 0])).toBe(true);
    expect(union([0, 2], [-1, 1])).toEqual([-1, 2]);
    expect(union(null, [0, 1])).toEqual([0, 1]);
  });

  it('never meet', () => {
    expect(apart(2, 1)).toEqual([1, 2]);
    expect(apart(0, 0)).toEqual([-0.5, 0.5]);
    const [low, high] = apart(1e-9, 1e-9);
    expect(high).toBeGreaterThan(low);
  });
});

describe('percentiles', () => {
  it('are those of numpy', () => {
    const sorted = [1, 2, 4, 8];
    expect([0, 25, 50, 90, 100].map(p => percentile(sorted, p))).toEqual([
      1,
      1.75,
      3,
      expect.closeTo(6.8, 12),
      8
    ]);
    expect(percentile([5], 50)).toBe(5);
    expect(percentileLimits([], 1, 99)).toBeNull();
    expect(percentileLimits(sorted, 100, 0)).toEqual([1, 8]);
  });

  it('come from a sorted sample without NaN', () => {
    const values = Float32Array.from([3, NaN, 1, 2, Infinity]);
    expect([...sortedSample(values)]).toEqual([1, 2, 3]);
    const many = Float32Array.from({ length: 1000 }, (_, i) => 999 - i);
    const sample = sortedSample(many, 100);
    expect(sample).toHaveLength(100);
    expect(sample[0]).toBe(9);
  });
});

describe('histogram', () => {
  it('counts values, the last edge included, and what is outside', () => {
    const values = [0, 0.1, 0.5, 1, -1, 2, 3, NaN];
    const found = histogram(values, 0, 1, 2);
    expect([...found.counts]).toEqual([2, 2]);
    expect([found.under, found.over, found.total]).toEqual([1, 2, 7]);
  });

  it('samples long arrays and survives an empty range', () => {
    const values = new Float32Array(1000).fill(1);
    expect(histogram(values, 1, 1, 4, 100).total).toBe(100);
  });
});

describe('points', () => {
  const x = [0, 1, 2, 0];
  const y = [0, 0, 0, 5];

  it('finds the nearest as seen on the screen', () => {
    expect(nearestPoint(x, y, { x: 1.2, y: 0.4 }, 10, 10)).toBe(1);
    expect(nearestPoint(x, y, { x: 0.9, y: 4 }, 100, 1)).toBe(1);
    expect(nearestPoint(x, y, { x: 0.9, y: 4 }, 1, 100)).toBe(3);
    expect(nearestPoint(x, y, { x: 9, y: 9 }, 10, 10, 5)).toBe(-1);
  });

  it('steps in a direction, or stays', () => {
    expect(pointTowards(x, y, 0, { x: 1, y: 0 })).toBe(1);
    expect(pointTowards(x, y, 0, { x: 0, y: 1 })).toBe(3);
    expect(pointTowards(x, y, 0, { x: -1, y: 0 })).toBe(0);
  });

  it('surrounds them with some room', () => {
    expect(pointsWindow([0, 10], [5, 5], 0.1)).toEqual({
      x0: -1,
      x1: 11,
      y0: 4.5,
      y1: 5.5
    });
    expect(pointsWindow([], []).x1).toBeGreaterThan(0);
    expect(discRadius(4, 400, 400)).toBe(9);
    expect(discRadius(1e6, 400, 400)).toBe(1.5);
  });
});

describe('curves', () => {
  it('drops what falls on the same pixel, not the gaps nor the end', () => {
    const px = [0, 0.1, 0.2, 1, NaN, 1.1, 1.2];
    const py = [0, 0, 0, 0, NaN, 0, 0];
    expect(thinned(px, py, 0.5)).toEqual([0, 3, 4, 5, 6]);
  });

  it('keeps a peak one sample wide', () => {
    const x = Float64Array.from({ length: 10000 }, (_, i) => i);
    const y = new Float32Array(10000);
    y[5003] = 7;
    y.fill(NaN, 2000, 3000);
    const drawn = outline(x, y, 100);
    expect(drawn.x.length).toBeLessThanOrEqual(200);
    expect(drawn.x[drawn.y.indexOf(7)]).toBe(5003);
    expect(drawn.y.filter(value => value === null)).toHaveLength(10);
    expect([...drawn.x].sort((a, b) => a - b)).toEqual(drawn.x);
  });

  it('points along a loop', () => {
    const arrow = arrowAt([0, 1, 2], [0, 0, 0], 0.5);
    expect(arrow).toEqual({ x: 1, y: 0, angle: 0 });
    expect(arrowAt([0, 0], [0, 0], 0.5)).toBeNull();
    expect(arrowAt([0, NaN, 2], [0, 0, 0], 0.5)).toBeNull();
  });
});
