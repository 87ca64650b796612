/** The curves on their canvas: uPlot draws axes and lines, we what turns. */

import uPlot from 'uplot';
import type { IAxis } from '../../render/axis';
import { dimAxis, fittedLabel, valueAxis } from '../../render/axis';
import { maxAbs } from '../../model/units';
import type { ICurvePicture } from './curve-data';
import { dataOf, scaleOf, traceOf } from './curve-data';
import type { ICurveMargins } from './curve-model';
import type { ICurve } from './curve-scene';
import { indexOf, ordinateName, placeOf } from './curve-scene';
import type { ITrace } from './curve-trace';
import {
  drawArrows,
  familyColour,
  strokeInTime,
  strokePlain,
  timeColour
} from './curve-trace';
import type { ISize } from './surface';
import { themeColour } from './surface';

const TICK_ROOM = { x: 78, y: 42 };
const LABEL_ROOM = 20;

export class CurvePlot {
  private plot: uPlot | null = null;
  private picture: ICurvePicture | null = null;
  private axes: { x: IAxis; y: IAxis } | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly margins: ICurveMargins
  ) {}

  paint(picture: ICurvePicture): void {
    const old = this.picture;
    this.picture = picture;
    this.axes = axesOf(picture);
    const plot =
      this.plot && old && seriesKey(old) === seriesKey(picture)
        ? this.plot
        : this.build(picture);
    plot.batch(() => this.update(plot, picture, old));
  }

  dispose(): void {
    this.plot?.destroy();
    this.plot = null;
  }

  private update(
    plot: uPlot,
    picture: ICurvePicture,
    old: ICurvePicture | null
  ): void {
    const { size, scene, xRange, yRange } = picture;
    if (plot.width !== size.width || plot.height !== size.height) {
      plot.setSize(size);
    }
    const scale = scaleOf(picture);
    const oldScale = old && scaleOf(old);
    if (
      old?.scene !== scene ||
      oldScale?.y !== scale.y ||
      plot.data.length < 2
    ) {
      plot.setData(dataOf(scene, scale), false);
    }
    const [x0, x1] = xRange.map(value => value * scale.x);
    const [y0, y1] = yRange.map(value => value * scale.y);
    plot.setScale('y', { min: y0 as number, max: y1 as number });
    plot.setScale('x', { min: x0 as number, max: x1 as number });
    plot.redraw(false, true);
  }

  private build(picture: ICurvePicture): uPlot {
    this.dispose();
    const { size, scene } = picture;
    const data = dataOf(scene, scaleOf(picture));
    const plot = new uPlot(
      {
        ...size,
        padding: [this.margins.top, this.margins.right, 0, 0],
        scales: {
          x: { time: false, auto: false, range: (_, min, max) => [min, max] },
          y: { auto: false, range: (_, min, max) => [min, max] }
        },
        legend: { show: false },
        cursor: { show: false },
        axes: [this.axisOptions('x'), this.axisOptions('y')],
        series: [{}, ...scene.curves.map((_, k) => this.seriesOptions(k))],
        hooks: { draw: [plot => this.drawTraces(plot)] }
      },
      data,
      this.root
    );
    this.plot = plot;
    return plot;
  }

  private axisOptions(which: 'x' | 'y'): uPlot.Axis {
    const colour = (name: string) => () => themeColour(this.root, name);
    const ticks = () => this.ticks(which);
    const labelled = which === 'y' || this.margins.labelled;
    const room = which === 'x' ? this.margins.bottom : this.margins.left;
    return {
      scale: which,
      side: which === 'x' ? 2 : 3,
      size: labelled ? room - LABEL_ROOM : room,
      labelSize: LABEL_ROOM,
      labelGap: 0,
      gap: 4,
      font: this.font(),
      labelFont: this.font(),
      stroke: colour('--usid-ink'),
      grid: { stroke: colour('--usid-grid'), width: 1 },
      ticks: { stroke: colour('--usid-axis'), width: 1, size: 5 },
      border: { show: true, stroke: colour('--usid-axis'), width: 1 },
      ...(labelled && { label: (plot: uPlot) => this.label(plot, which) }),
      splits: () => ticks().map(({ at }) => at),
      values: () => ticks().map(({ text }) => (labelled ? text : ''))
    };
  }

  private label({ ctx, bbox }: uPlot, which: 'x' | 'y'): string {
    const room = which === 'x' ? bbox.width : bbox.height;
    const width = (text: string) => ctx.measureText(text).width;
    return fittedLabel(this.axes?.[which].label ?? '', room, width);
  }

  private font(): string {
    const { fontFamily } = getComputedStyle(this.root);
    return `11px ${fontFamily}`;
  }

  /** Places on uPlot's scales, where values have been made ordinary. */
  private ticks(which: 'x' | 'y'): { at: number; text: string }[] {
    const { picture, axes } = this;
    if (!picture || !axes) {
      return [];
    }
    const { scene, xRange, yRange, size } = picture;
    const scale = scaleOf(picture);
    if (which === 'y') {
      const count = Math.max(3, Math.floor(size.height / TICK_ROOM.y));
      const [low, high] = yRange;
      const few = axes.y.ticks(low, high, count);
      const found = few.length > 1 ? few : axes.y.ticks(low, high, 2 * count);
      return found.map(({ at, text }) => ({ at: at * scale.y, text }));
    }
    const count = Math.max(2, Math.floor(size.width / TICK_ROOM.x));
    const turning = scene.course === 'turning';
    const ends = turning ? xRange : xRange.map(at => indexOf(scene, at));
    const found = axes.x.ticks(ends[0] as number, ends[1] as number, count);
    return found
      .map(({ at, text }) => ({
        at: (turning ? at : placeOf(scene, at)) * scale.x,
        text
      }))
      .sort((a, b) => a.at - b.at);
  }

  private seriesOptions(k: number): uPlot.Series {
    const turning = this.picture?.scene.course === 'turning';
    return {
      stroke: () => this.colourOf(k),
      width: this.picture?.scene.curves[k]?.current ? 2.25 : 1.4,
      spanGaps: false,
      ...(turning ? { paths: () => null, points: { show: false } } : {})
    };
  }

  private colourOf(k: number): string {
    const count = this.picture?.scene.curves.length ?? 1;
    return count === 1
      ? themeColour(this.root, '--usid-curve')
      : familyColour(k, count);
  }

  private drawTraces(plot: uPlot): void {
    const { picture } = this;
    if (picture?.scene.course !== 'turning') {
      return;
    }
    const { left, top, width, height } = plot.bbox;
    const { ctx } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.translate(left, top);
    picture.scene.curves.forEach((curve, k) =>
      this.drawTrace(ctx, picture, curve, k, { width, height })
    );
    ctx.restore();
  }

  private drawTrace(
    context: CanvasRenderingContext2D,
    picture: ICurvePicture,
    curve: ICurve,
    k: number,
    size: ISize
  ): void {
    const density = devicePixelRatio || 1;
    const alone = picture.scene.curves.length === 1;
    const dark = isDark(this.root);
    const trace = traceOf(picture, curve, size);
    context.lineJoin = 'round';
    context.lineWidth = 1.6 * density;
    if (alone) {
      strokeInTime(context, trace, dark);
    } else {
      context.strokeStyle = this.colourOf(k);
      strokePlain(context, trace);
    }
    drawArrows(context, trace, 7 * density, fraction =>
      alone ? timeColour(fraction, dark) : this.colourOf(k)
    );
    this.drawBand(context, trace, picture.band, density);
  }

  /** A band of a curve that turns is a stretch of it. */
  private drawBand(
    context: CanvasRenderingContext2D,
    { px, py }: ITrace,
    band: readonly [number, number] | null,
    density: number
  ): void {
    if (band) {
      const [first, last] = band;
      context.strokeStyle = themeColour(this.root, '--usid-accent');
      context.lineWidth = 4 * density;
      strokePlain(context, {
        px: px.subarray(first, last + 1),
        py: py.subarray(first, last + 1)
      });
    }
  }
}

function axesOf({ scene, yRange }: ICurvePicture): { x: IAxis; y: IAxis } {
  const { dim, component, course } = scene;
  const largest = Math.max(Math.abs(yRange[0]), Math.abs(yRange[1]));
  const turning = course === 'turning';
  return {
    x: turning
      ? valueAxis(dim.name, dim.units, maxAbs(dim.values.data))
      : dimAxis(dim),
    y: valueAxis(ordinateName(scene), component.units, largest)
  };
}

/** What the series of a plot are built for: they cannot change later. */
function seriesKey({ scene }: ICurvePicture): string {
  const { curves, course } = scene;
  return `${curves.length} ${course} ${curves.findIndex(c => c.current)}`;
}

function isDark(root: Element): boolean {
  return themeColour(root, '--usid-dark') === '1';
}
