import { describe, expect, it } from 'vitest';
import { blitFor, cropFor, cropValues, isWhole } from './raster';
import type { IPlacement } from './transform';
import {
  fitBox,
  fromPixel,
  fullWindow,
  isInside,
  panned,
  pannedSpan,
  toPixelX,
  toPixelY,
  windowTuple,
  zoomAbout,
  zoomSpan,
  zoomedWindow
} from './transform';

const room = { left: 40, top: 10, width: 400, height: 300 };

function placement(change: Partial<IPlacement> = {}): IPlacement {
  const window = fullWindow(4, 3);
  return {
    box: room,
    window,
    mirrorX: false,
    yUp: true,
    toScale: true,
    ...change
  };
}

describe('places on the screen', () => {
  it('puts the middle of a pixel at its index', () => {
    const place = placement();
    expect(toPixelX(place, 0)).toBe(90);
    expect(toPixelY(place, 0)).toBe(260);
    expect(toPixelY(placement({ yUp: false }), 0)).toBe(60);
    expect(toPixelX(placement({ mirrorX: true }), 0)).toBe(390);
  });

  it.each([
    [false, true],
    [true, true],
    [false, false],
    [true, false]
  ])('goes both ways (mirrored %s, up %s)', (mirrorX, yUp) => {
    const window = { x0: 0.3, x1: 2.2, y0: -0.5, y1: 1.7 };
    const place = placement({ mirrorX, yUp, window });
    const back = fromPixel(place, toPixelX(place, 1.7), toPixelY(place, 0.1));
    expect(back.x).toBeCloseTo(1.7, 12);
    expect(back.y).toBeCloseTo(0.1, 12);
  });

  it('knows what lies on the map', () => {
    expect(isInside(room, 40, 10)).toBe(true);
    expect(isInside(room, 440, 10)).toBe(false);
    expect(isInside(room, 39, 50)).toBe(false);
  });
});

describe('aspect', () => {
  it('keeps pixels as long as they are', () => {
    const { box, toScale } = fitBox(room, fullWindow(100, 100), 2);
    expect(toScale).toBe(true);
    expect(box.height / box.width).toBeCloseTo(2, 12);
    expect(box.height).toBeCloseTo(300, 12);
    expect(box.left).toBeCloseTo(165, 12);
  });

  it('fills the panel beyond 8:1, and where units differ', () => {
    expect(fitBox(room, fullWindow(100, 10), 1).toScale).toBe(false);
    expect(fitBox(room, fullWindow(1, 9), 1).box).toEqual(room);
    const mixed = fitBox(room, fullWindow(100, 10), null);
    expect(mixed).toEqual({ box: room, toScale: true });
  });
});

describe('zoom', () => {
  const full = fullWindow(100, 50);

  it('keeps the point under the pointer', () => {
    const at = { x: 30, y: 20 };
    const near = zoomAbout(full, full, at, 0.5);
    const place = placement({ window: full });
    const zoomed = placement({ window: near ?? full });
    expect(toPixelX(zoomed, at.x)).toBeCloseTo(toPixelX(place, at.x), 9);
    expect(toPixelY(zoomed, at.y)).toBeCloseTo(toPixelY(place, at.y), 9);
  });

  it('ends at the whole map and at two pixels', () => {
    expect(zoomAbout(full, full, { x: 3, y: 3 }, 2)).toBeNull();
    const near = zoomAbout(full, full, { x: 50, y: 25 }, 1e-9);
    expect((near?.y1 ?? 0) - (near?.y0 ?? 0)).toBeCloseTo(2, 9);
    const out = zoomAbout(near ?? full, full, { x: 50, y: 25 }, 1e9);
    expect(out).toBeNull();
  });

  it('pans within the map', () => {
    const window = { x0: 10, x1: 20, y0: 10, y1: 15 };
    expect(panned(window, full, 5, -5)).toEqual({
      x0: 15,
      x1: 25,
      y0: 5,
      y1: 10
    });
    expect(panned(window, full, -100, 100)).toEqual({
      x0: -0.5,
      x1: 9.5,
      y0: 44.5,
      y1: 49.5
    });
  });

  it('survives a saved view that is no window', () => {
    expect(zoomedWindow([5, 5, 0, 1], full)).toBe(full);
    expect(zoomedWindow([NaN, 5, 0, 1], full)).toBe(full);
    expect(zoomedWindow([200, 300, 0, 1], full)).toBe(full);
    expect(zoomedWindow(null, full)).toBe(full);
    const some = zoomedWindow([1, 5, 0, 1], full);
    expect(windowTuple(some)).toEqual([1, 5, 0, 1]);
  });

  it('does the same along one axis', () => {
    const span = zoomSpan([0, 99], [0, 99], 0, 0.1);
    expect(span?.[0]).toBe(0);
    expect(span?.[1]).toBeCloseTo(9.9, 9);
    expect(zoomSpan([0, 9], [0, 99], 5, 100)).toBeNull();
    expect(pannedSpan([0, 9], [0, 99], -5)).toEqual([0, 9]);
    expect(pannedSpan([0, 9], [0, 99], 200)).toEqual([90, 99]);
  });
});

describe('rasters', () => {
  it('draws all of a map into its box', () => {
    const crop = cropFor(4, 3, fullWindow(4, 3));
    expect(isWhole(crop, 4, 3)).toBe(true);
    expect(blitFor(placement(), crop)).toEqual({
      sx: 0,
      sy: 0,
      sw: 4,
      sh: 3,
      dx: 40,
      dy: 10,
      dw: 400,
      dh: 300
    });
  });

  it('draws the visible pixels only, where they belong', () => {
    const window = { x0: 0.5, x1: 2.5, y0: 0.75, y1: 1.25 };
    const place = placement({ window, yUp: false });
    const blit = blitFor(place, cropFor(4, 3, window));
    expect([blit.sx, blit.sw, blit.sy, blit.sh]).toEqual([1, 2, 1, 1]);
    expect(blit.dx).toBeCloseTo(40, 9);
    expect(blit.dy).toBeCloseTo(toPixelY(place, 0.5), 9);
    expect(blit.dh).toBeCloseTo(600, 9);
  });

  it('thins out what no canvas holds, and less when zoomed', () => {
    const whole = cropFor(1000, 2, fullWindow(1000, 2), 100);
    expect(whole).toMatchObject({ columns: 100, strideX: 10, strideY: 1 });
    const near = { x0: 499.5, x1: 519.5, y0: -0.5, y1: 1.5 };
    const crop = cropFor(1000, 2, near, 100);
    expect(crop).toMatchObject({ column: 500, columns: 20, strideX: 1 });
    const values = Float32Array.from({ length: 2000 }, (_, i) => i);
    const cut = cropValues(values, 1000, crop);
    expect([cut[0], cut[19], cut[20]]).toEqual([500, 519, 1500]);
    const place = placement({ window: near });
    expect(blitFor(place, crop)).toMatchObject({ sx: 0, sw: 20, dw: 400 });
  });
});
