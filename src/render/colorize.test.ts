import { describe, expect, it } from 'vitest';
import type { IComponent } from '../model/dataset';
import {
  COLORMAP_NAMES,
  colormap,
  colourAt,
  cssColour,
  defaultColormap,
  packColour
} from './colormap';
import type { ColourScale } from './colorize';
import { CLIP_MARKS, colorize, valueColour } from './colorize';

const viridis = colormap('viridis');

function pixels(
  values: ArrayLike<number>,
  scale: ColourScale,
  name = 'viridis',
  clip: typeof CLIP_MARKS | null = null
): number[] {
  const out = new Uint32Array(values.length);
  colorize(values, out, scale, colormap(name), clip);
  return [...out];
}

/** The definition, value by value, with no thought of speed. */
function reference(value: number, low: number, high: number): number {
  if (Number.isNaN(value)) {
    return 0;
  }
  const fraction = (value - low) / (high - low);
  const entry = Math.floor(Math.min(Math.max(fraction, 0), 1) * 256);
  return viridis.colours[Math.min(entry, 255)] as number;
}

describe('linear scale', () => {
  it('agrees with the plain definition', () => {
    const values = Float32Array.from({ length: 5000 }, (_, i) =>
      i % 97 === 0 ? NaN : Math.sin(i) * 3
    );
    const expected = [...values].map(value => reference(value, -2, 2.5));
    const scale: ColourScale = { kind: 'linear', low: -2, high: 2.5 };
    expect(pixels(values, scale)).toEqual(expected);
  });

  it('leaves NaN transparent and clips infinities', () => {
    const scale: ColourScale = { kind: 'linear', low: 0, high: 1 };
    const [first, last] = [viridis.colours[0], viridis.colours[255]];
    const values = [NaN, -Infinity, Infinity, 0, 1];
    expect(pixels(values, scale)).toEqual([0, first, last, first, last]);
  });

  it('marks what is beyond the limits when asked', () => {
    const scale: ColourScale = { kind: 'linear', low: 0, high: 1 };
    const [under, inside, over] = pixels(
      [-0.1, 0.5, 1.1],
      scale,
      'viridis',
      CLIP_MARKS
    );
    expect([under, over]).toEqual([CLIP_MARKS.under, CLIP_MARKS.over]);
    expect(inside).toBe(viridis.colours[128]);
  });

  it('survives limits without extent', () => {
    const scale: ColourScale = { kind: 'linear', low: 3, high: 3 };
    expect(pixels([3], scale)).toEqual([viridis.colours[0]]);
  });
});

describe('cyclic scale', () => {
  const scale: ColourScale = { kind: 'cyclic', low: -180, period: 360 };

  it('gives the same colour a period apart, also far below', () => {
    const [a, b, c] = pixels([-170, 190, -170 - 3600], scale, 'twilight');
    expect(b).toBe(a);
    expect(c).toBe(a);
  });

  it('wraps at the end and leaves NaN and infinity out', () => {
    const [start, end, gap, wild] = pixels(
      [-180, 180, NaN, Infinity],
      scale,
      'twilight'
    );
    expect(end).toBe(start);
    expect([gap, wild]).toEqual([0, 0]);
  });
});

describe('categorical scale', () => {
  it('gives each label its colour, and greys those below zero', () => {
    const map = colormap('tab10');
    const found = pixels([0, 1, 10, -1, NaN], { kind: 'categorical' }, 'tab10');
    expect(found.slice(0, 3)).toEqual([
      map.colours[0],
      map.colours[1],
      map.colours[0]
    ]);
    expect(cssColour(found[3] as number)).toBe('rgb(158, 158, 158)');
    expect(found[4]).toBe(0);
  });
});

describe('colour maps', () => {
  it('are the tables of matplotlib', () => {
    expect(cssColour(viridis.colours[0] as number)).toBe('rgb(68, 1, 84)');
    expect(cssColour(viridis.colours[255] as number)).toBe('rgb(253, 231, 37)');
    expect(colormap('tab10').colours).toHaveLength(10);
    expect(cssColour(colormap('tab10').colours[0] as number)).toBe(
      'rgb(31, 119, 180)'
    );
  });

  it.each(COLORMAP_NAMES)('%s is whole and opaque', name => {
    const { colours, kind } = colormap(name);
    expect(kind === 'categorical' || colours.length === 256).toBe(true);
    expect([...colours].every(pixel => pixel >>> 24 === 255)).toBe(true);
  });

  it('fall back to viridis, whatever a file or a saved view says', () => {
    expect(colormap('toString').name).toBe('viridis');
    expect(colormap('jet').name).toBe('viridis');
  });

  it('pack and write colours', () => {
    expect(cssColour(packColour(1, 2, 255))).toBe('rgb(1, 2, 255)');
    expect(colourAt(viridis, 2)).toBe('rgb(253, 231, 37)');
    const scale: ColourScale = { kind: 'linear', low: 0, high: 1 };
    expect(valueColour(0, scale, viridis)).toBe('rgb(68, 1, 84)');
    expect(valueColour(NaN, scale, viridis)).toBeNull();
  });

  it('suit what they draw', () => {
    const plain: IComponent = {
      name: 'a',
      label: 'A',
      units: '',
      period: null,
      categorical: false,
      limits: [0, 3],
      sample: { data: new Float32Array(0), shape: [0] }
    };
    expect(defaultColormap(plain)).toBe('viridis');
    expect(defaultColormap({ ...plain, period: 360 })).toBe('twilight');
    expect(defaultColormap({ ...plain, categorical: true })).toBe('tab10');
    expect(
      defaultColormap({ ...plain, categorical: true, limits: [0, 12] })
    ).toBe('tab20');
  });
});
