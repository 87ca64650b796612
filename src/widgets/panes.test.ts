import { describe, expect, it, vi } from 'vitest';

// What the panels draw on has no place in jsdom.
vi.mock('./panels/map', () => ({ MapPanel: () => null }));
vi.mock('./panels/curve', () => ({ CurvePanel: () => null }));
vi.mock('./panels/stack', () => ({ StackPanel: () => null }));
vi.mock('./panels/grid', () => ({ GridPanel: () => null }));

const { fittingShare } = await import('./panes');

describe('the share of a map beside a spectrum', () => {
  const share = (width: number, height: number, ratio: number) =>
    fittingShare({ width, height }, ratio, false);

  it('lets the picture fill its pane both ways', () => {
    const width = share(1000, 400, 1) * 1000;
    expect(width - 138).toBeCloseTo(400 - 84);
  });

  it('leaves room for both, however wide or high the map', () => {
    expect(share(850, 630, 2)).toBe(0.58);
    expect(share(850, 630, 0.1)).toBe(0.38);
  });

  it('is half of a room that has no size yet', () => {
    expect(share(0, 0, 1)).toBe(0.5);
  });
});

describe('the share of a map above a spectrum', () => {
  it('is as high as its picture', () => {
    const height = fittingShare({ width: 700, height: 800 }, 2, true) * 800;
    expect(height - 84).toBeCloseTo((700 - 138) / 2);
  });
});
