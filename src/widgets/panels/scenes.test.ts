import { describe, expect, it } from 'vitest';
import type {
  IComponent,
  IDatasetDescription,
  IDim
} from '../../model/dataset';
import type { IFrame } from '../../model/messages';
import type { IViewState } from '../../model/view';
import { pixelOf, placeAt } from './curve-model';
import {
  cursorText,
  curveScene,
  indexOf,
  markerText,
  ordinateName,
  placeOf,
  visibleRange
} from './curve-scene';
import { dataOf, scaleOf } from './curve-data';
import { bandPixels, nearestOnTrace } from './curve-target';
import { colouringOf } from './colouring';
import { keyedLimits, limitsFor, limitText, movedLimits } from './limits';
import { mapScene, mapTitle, placementOf } from './map-scene';

const room = { left: 0, top: 0, width: 400, height: 400 };

function dim(name: string, values: number[], change: Partial<IDim> = {}): IDim {
  return {
    name,
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

const amplitude: IComponent = {
  name: 'amplitude',
  label: 'Amplitude',
  units: 'V',
  period: null,
  categorical: false,
  limits: [0, 4],
  sample: { data: Float64Array.from([0, 1, 2, 3, 4]), shape: [5] }
};

const view: IViewState = {
  version: 1,
  dataset: '/m',
  x: 'X',
  y: 'Y',
  curve: 'Bias',
  overlay: null,
  index: { X: 1, Y: 2, Bias: 0 },
  band: null,
  component: 'amplitude',
  contrast: { mode: 'percentile', low: 0, high: 100, limits: null },
  colormap: null,
  flip: { x: false, y: false },
  zoom: { map: null, curve: null },
  channels: 'one'
};

const bias = dim('Bias', [-1, 0, 1, 2], {
  side: 'spectroscopic',
  units: 'V'
});

function dataset(
  change: Partial<IDatasetDescription> = {}
): IDatasetDescription {
  return {
    path: '/m',
    name: 'Raw_Data',
    kind: 'main',
    quantity: 'Amplitude',
    units: 'V',
    dtype: 'float32',
    layout: 'raster',
    dims: [dim('Y', [0, 1e-6, 2e-6]), dim('X', [0, 1e-6]), bias],
    components: [amplitude],
    channels: [],
    badges: [],
    faults: [],
    yUp: true,
    aspect: 1,
    points: null,
    view,
    ...change
  };
}

function array(values: number[], shape: number[]) {
  return { data: Float32Array.from(values), shape };
}

function shownMap(change: Partial<IViewState> = {}, title?: string) {
  const frame: IFrame = { map: array([0, 1, 2, 3, 4, 5], [3, 2]), title };
  return { frame, view: { ...view, ...change } };
}

describe('a map', () => {
  it('is drawn upwards in true aspect', () => {
    const scene = mapScene(dataset(), shownMap());
    const place = scene && placementOf(scene, view, room);
    expect(place).toMatchObject({ mirrorX: false, yUp: true, toScale: true });
    expect(place?.box).toMatchObject({ width: 267, height: 400 });
  });

  it('has larger values to the right and on top, whatever comes first', () => {
    const falling = dataset({
      dims: [dim('Y', [2e-6, 1e-6, 0]), dim('X', [1e-6, 0]), bias]
    });
    const scene = mapScene(falling, shownMap());
    expect(scene).toMatchObject({ mirrorX: true, yUp: false });
    const flipped = { ...view, flip: { x: true, y: true } };
    const place = scene && placementOf(scene, flipped, room);
    expect(place).toMatchObject({ mirrorX: false, yUp: true });
  });

  it('turns the aspect with its axes, and has none on others', () => {
    const turned = shownMap({ x: 'Y', y: 'X' });
    turned.frame.map = array([0, 1, 2, 3, 4, 5], [2, 3]);
    expect(mapScene(dataset({ aspect: 2 }), turned)?.aspect).toBe(0.5);
    const mixed = shownMap({ x: 'Bias', y: 'X' });
    mixed.frame.map = array([0, 1, 2, 3, 4, 5, 6, 7], [2, 4]);
    const scene = mapScene(dataset(), mixed);
    expect(scene).toMatchObject({ aspect: null, xIsCurve: true });
  });

  it('waits for a frame that fits its dataset', () => {
    const other = shownMap({ dataset: '/other' });
    expect(mapScene(dataset(), other)).toBeNull();
    const wrong = shownMap();
    wrong.frame.map = array([1, 2], [1, 2]);
    expect(mapScene(dataset(), wrong)).toBeNull();
    expect(mapScene(null, shownMap())).toBeNull();
  });

  it('says what it is', () => {
    const title = (slice?: string) => {
      const scene = mapScene(dataset(), shownMap({}, slice));
      const { name = '', slice: of = '' } =
        (scene && mapTitle(dataset(), scene, 'mV')) ?? {};
      return `${name} ${of}`.trim();
    };
    expect(title()).toBe('Amplitude (mV)');
    expect(title('at 2 V')).toBe('Amplitude (mV) at 2 V');
    expect(title('mean of 1-2 V')).toBe('Amplitude (mV), mean of 1-2 V');
  });

  it('may be of scattered points', () => {
    const x = { data: Float64Array.from([0, 1e-6]), shape: [2] };
    const points = {
      dim: 'Point',
      x,
      y: x,
      xName: 'X',
      yName: 'Y',
      xUnits: 'm',
      yUnits: 'm'
    };
    const sparse = dataset({ points, dims: [dim('Point', [0, 1]), bias] });
    const shown = shownMap({ x: null, y: null });
    shown.frame.map = array([1, NaN], [2]);
    const scene = mapScene(sparse, shown);
    expect(scene).toMatchObject({ kind: 'points', aspect: 1, empty: false });
    const at = { ...view, index: { Point: 1 } };
    expect(cursorText(sparse, at)).toBe('at X 1 µm, Y 1 µm');
  });
});

function curveOf(values: number[], change: Partial<IDim> = {}) {
  const axis = { ...bias, ...change };
  const described = dataset({
    dims: [dim('Y', [0, 1]), dim('X', [0, 1]), axis]
  });
  const frame: IFrame = { curve: array(values, [1, values.length]) };
  const scene = curveScene(described, { frame, view });
  if (!scene) {
    throw new Error('no scene');
  }
  return scene;
}

describe('curves of a family', () => {
  const ordinate = (names: string[], overlay: string | null = null) => {
    const scene = curveOf([1, 2, 3, 4]);
    const curves = names.map(name => ({
      name,
      values: new Float32Array(4),
      current: false
    }));
    const shown = { ...scene.shown, view: { ...view, overlay } };
    return ordinateName({ ...scene, shown, curves });
  };

  it('are measured in what their names have in common', () => {
    expect(ordinate(['Current forward', 'Current backward'])).toBe('Current');
    expect(ordinate(['Trace', 'Retrace'])).toBe('');
  });

  it('are of one component where they differ in a dimension', () => {
    expect(ordinate(['Field 0', 'Field 1'], 'Field')).toBe('Amplitude');
    expect(ordinate(['Amplitude'])).toBe('Amplitude');
  });
});

describe('a curve', () => {
  it('is drawn over rising values with gaps', () => {
    const scene = curveOf([1, NaN, 3, 4]);
    const picture = {
      scene,
      size: room,
      band: null,
      xRange: visibleRange(scene, null),
      yRange: [0, 4] as [number, number]
    };
    expect(picture.xRange).toEqual([-1, 2]);
    expect(dataOf(scene, scaleOf(picture))).toEqual([
      [-1, 0, 1, 2],
      [1, null, 3, 4]
    ]);
  });

  it('is turned where its axis falls', () => {
    const values = { data: Float64Array.from([2, 1, 0, -1]), shape: [4] };
    const scene = curveOf([1, 2, 3, 4], { values });
    expect(scene.course).toBe('falling');
    expect(dataOf(scene, { x: 1, y: 10 })).toEqual([
      [-1, 0, 1, 2],
      [40, 30, 20, 10]
    ]);
    expect(indexOf(scene, placeOf(scene, 2.5))).toBeCloseTo(2.5, 12);
  });

  it('makes tiny values ordinary for drawing', () => {
    const scene = curveOf([1e-18, 2e-18, 3e-18, 4e-18]);
    const picture = {
      scene,
      size: room,
      band: null,
      xRange: [0, 1] as [number, number],
      yRange: [1e-18, 4e-18] as [number, number]
    };
    expect(scaleOf(picture).y).toBeCloseTo(1e18, -10);
  });

  it('goes by index over words and back and forth over turning values', () => {
    expect(curveOf([1, 2, 3, 4], { labels: ['a', 'b', 'c', 'd'] }).course).toBe(
      'index'
    );
    const turning = curveOf([1, 2, 3, 4], {
      monotonic: false,
      values: { data: Float64Array.from([0, 1, 1, 0]), shape: [4] }
    });
    expect(turning.course).toBe('turning');
    const target = {
      scene: turning,
      box: room,
      xRange: [0, 1] as [number, number],
      yRange: [0, 4] as [number, number]
    };
    expect(nearestOnTrace(target, 0, 300, null)).toBe(0);
    expect(nearestOnTrace(target, 0, 0, null)).toBe(3);
  });

  it('has a band with edges between its pixels', () => {
    const scene = curveOf([1, 2, 3, 4]);
    const xRange = visibleRange(scene, null);
    const target = { scene, box: room, xRange, yRange: xRange };
    const [left, right] = bandPixels(target, [1, 2]);
    expect(left).toBeCloseTo(400 / 6, 9);
    expect(right).toBeCloseTo((400 * 5) / 6, 9);
    expect(bandPixels(target, [0, 3])).toEqual([0, 400]);
  });

  it('says where it is, with the step of its axis', () => {
    expect(markerText(curveOf([1, 2, 3, 4]), 3)).toBe('2 V');
    expect(cursorText(dataset(), view)).toBe('at X 1 µm, Y 2 µm');
    expect(placeAt([2, 4], 100, pixelOf([2, 4], 100, 3.3))).toBeCloseTo(
      3.3,
      12
    );
  });

  it('keeps within the axis whatever zoom was saved', () => {
    const scene = curveOf([1, 2, 3, 4]);
    expect(visibleRange(scene, [1, 2])).toEqual([0, 1]);
    expect(visibleRange(scene, [7, 9])).toEqual([-1, 2]);
  });
});

describe('colours', () => {
  it('are linear between the limits of the view', () => {
    const contrast = { ...view.contrast, limits: [1, 2] as [number, number] };
    const found = colouringOf(
      amplitude,
      { ...view, contrast },
      array([], []).data
    );
    expect(found.scale).toEqual({ kind: 'linear', low: 1, high: 2 });
    expect(found.prefix.units).toBe('V');
  });

  it('go round once for a phase, from zero or from minus a half', () => {
    const phase = { ...amplitude, period: 360 };
    const plain = colouringOf(phase, view, new Float32Array(0));
    expect(plain.scale).toEqual({ kind: 'cyclic', low: 0, period: 360 });
    expect(plain.map.name).toBe('twilight');
    const data = Float64Array.from([-170, 170]);
    const signed = { ...phase, sample: { data, shape: [2] } };
    const found = colouringOf(signed, view, new Float32Array(0));
    expect(found.limits).toEqual([-180, 180]);
    const chosen = { ...view, colormap: 'viridis' };
    expect(colouringOf(phase, chosen, data).scale.kind).toBe('linear');
  });

  it('are those of labels for labels', () => {
    const labels = { ...amplitude, categorical: true };
    const found = colouringOf(labels, view, new Float32Array(0));
    expect(found.scale.kind).toBe('categorical');
  });
});

describe('limits', () => {
  it('come from the sample, the map or by hand', () => {
    const { contrast } = view;
    const sample = amplitude.sample.data;
    expect(limitsFor(contrast, sample, [9])).toEqual([0, 4]);
    expect(limitsFor({ ...contrast, low: 25 }, sample, [])).toEqual([1, 4]);
    const extremes = { ...contrast, mode: 'minmax' as const };
    expect(limitsFor(extremes, sample, [-7, NaN, 9])).toEqual([-7, 9]);
    const manual = { ...contrast, mode: 'manual' as const };
    expect(limitsFor(manual, sample, [1])).toBeNull();
  });

  it('never cross', () => {
    expect(movedLimits([0, 1], 0, 5)).toEqual([0.999, 1]);
    expect(movedLimits([0, 1], 1, -5)).toEqual([0, 0.001]);
    expect(movedLimits([0, 1], 1, 3)).toEqual([0, 3]);
  });

  it('move by keys', () => {
    const key = (name: string, shiftKey = false) =>
      new KeyboardEvent('keydown', { key: name, shiftKey });
    expect(keyedLimits([0, 1], 1, key('ArrowUp'))).toEqual([0, 1.01]);
    expect(keyedLimits([0, 1], 0, key('ArrowLeft', true))).toEqual([-0.1, 1]);
    expect(keyedLimits([0, 1], 0, key('x'))).toBeNull();
  });

  it('are written to three digits of their span', () => {
    const text = limitText(1.23456e-3, [0, 2e-3], { factor: 1e3, units: 'mV' });
    expect(text).toBe('1.23');
  });
});
