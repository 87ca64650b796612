import { describe, expect, it } from 'vitest';
import type { IReduced } from '../model/messages';
import { covers, exactAt, indicesIn, pictureOf, suffices } from './picture';
import { blitFor, cropFor, onMap, windowOn } from './raster';
import type { IPlacement, IWindow } from './transform';
import { fullWindow } from './transform';

function reduced(change: Partial<IReduced> = {}): IReduced {
  return {
    window: [8, 21, 4, 10],
    factors: [4, 3],
    preview: false,
    words: '',
    ...change
  };
}

/** A frame of numbered pixels: 4 columns, 2 rows for the window above. */
function frame(change: Partial<IReduced> = {}, shape = [2, 4]) {
  const size = shape.reduce((product, side) => product * side, 1);
  const data = Float32Array.from({ length: size }, (_, i) => i);
  return { map: { data, shape }, reduced: reduced(change) };
}

function place(window: IWindow, width: number, height: number): IPlacement {
  const box = { left: 0, top: 0, width, height };
  return { box, window, mirrorX: false, yUp: false, toScale: true };
}

describe('a picture of a map', () => {
  it('begins where its window begins and has its steps', () => {
    expect(pictureOf(frame(), 21, 12)).toMatchObject({
      column: 8,
      row: 4,
      columns: 4,
      rows: 2,
      strideX: 4,
      strideY: 3
    });
  });

  it('is the whole map where nothing is said', () => {
    const map = { data: new Float32Array(6), shape: [2, 3] };
    const whole = { column: 0, row: 0, columns: 3, rows: 2, strideX: 1 };
    expect(pictureOf({ map }, 3, 2)).toMatchObject(whole);
    expect(pictureOf({ map }, 2, 3)).toBeNull();
  });

  it.each([
    ['another shape', frame({}, [3, 4])],
    ['columns that the map has not', frame({ window: [8, 24, 4, 10] })],
    ['nothing', frame({ window: [8, 8, 4, 10] })],
    ['steps of nothing', frame({ factors: [0, 3] })]
  ])('does not fit if it has %s', (_, wrong) => {
    expect(pictureOf(wrong, 21, 12)).toBeNull();
  });
});

describe('where a picture is drawn', () => {
  /** Map coordinates of the edges of what is drawn, by the blit. */
  function edges(picture: ReturnType<typeof pictureOf>, at: IPlacement) {
    if (!picture) {
      throw new Error('it does not fit');
    }
    const crop = onMap(
      cropFor(picture.columns, picture.rows, windowOn(picture, at.window)),
      picture
    );
    const { sx, sw, dx, dw } = blitFor(at, crop);
    const { x0, x1 } = at.window;
    const back = (px: number) => x0 + (px / at.box.width) * (x1 - x0);
    return { sx, sw, from: back(dx), to: back(dx + dw) };
  }

  it('every pixel covers its block, edge to edge', () => {
    const all = edges(
      pictureOf(frame(), 21, 12),
      place(fullWindow(21, 12), 210, 120)
    );
    // The last block reaches beyond the map, where the canvas ends.
    expect(all).toMatchObject({ sx: 0, sw: 4 });
    expect(all.from).toBeCloseTo(7.5);
    expect(all.to).toBeCloseTo(23.5);
  });

  it('lies in the same place, however coarse', () => {
    const window = { x0: 9.2, x1: 14.9, y0: 4, y1: 8 };
    const at = place(window, 570, 400);
    for (const factor of [1, 2, 4, 8]) {
      const size = 32 / factor;
      const change: Partial<IReduced> = {
        window: [0, 32, 0, 32],
        factors: [factor, factor]
      };
      const { sx, sw, from, to } = edges(
        pictureOf(frame(change, [size, size]), 32, 32),
        at
      );
      expect(from).toBeCloseTo(sx * factor - 0.5);
      expect(to).toBeCloseTo((sx + sw) * factor - 0.5);
      expect(from).toBeLessThanOrEqual(window.x0);
      expect(to).toBeGreaterThanOrEqual(window.x1);
    }
  });
});

describe('what can be seen', () => {
  it('is whole pixels, within the map', () => {
    const window = { x0: 2.6, x1: 6.4, y0: -3, y1: 99 };
    expect(indicesIn(window, 20, 10)).toEqual([3, 7, 0, 10]);
    expect(indicesIn(fullWindow(20, 10), 20, 10)).toEqual([0, 20, 0, 10]);
    expect(indicesIn({ x0: 50, x1: 60, y0: 0, y1: 1 }, 20, 10)).toEqual([
      19, 20, 0, 2
    ]);
  });

  it('is covered by a picture of more', () => {
    expect(covers(frame(), [9, 20, 4, 9])).toBe(true);
    expect(covers(frame(), [7, 20, 4, 9])).toBe(false);
    expect(covers({}, [0, 1e6, 0, 1e6])).toBe(true);
  });

  it('could be finer where a pixel is wider than one of the screen', () => {
    const window: [number, number, number, number] = [8, 20, 4, 10];
    const sight = (width: number, height: number) => ({
      window,
      screen: [width, height] as [number, number]
    });
    expect(suffices(frame(), sight(3, 2))).toBe(true);
    expect(suffices(frame(), sight(4, 2))).toBe(false);
    expect(suffices(frame({ preview: true }), sight(3, 2))).toBe(false);
    const exact = frame({ factors: [1, 1] }, [6, 13]);
    expect(suffices(exact, sight(9999, 9999))).toBe(true);
  });
});

describe('the value at a pixel', () => {
  it('is known where the pixels are the map’s', () => {
    const exact = frame({ factors: [1, 1] }, [6, 13]);
    expect(exactAt(exact, 8, 4, 21)).toBe(0);
    expect(exactAt(exact, 20, 9, 21)).toBe(6 * 13 - 1);
    expect(exactAt(exact, 10, 5, 21)).toBe(15);
    expect(exactAt(exact, 7, 4, 21)).toBeUndefined();
    expect(exactAt({ map: exact.map }, 2, 1, 3)).toBe(5);
  });

  it('is not that of a block', () => {
    expect(exactAt(frame(), 8, 4, 21)).toBeUndefined();
  });
});
