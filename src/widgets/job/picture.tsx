/** The first output as far as it is known: a small map and its colours. */

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { IJobMap } from '../../model/job';
import {
  axisLabel,
  formatScaled,
  prefixFor,
  type IPrefix
} from '../../model/units';
import { colorize } from '../../render/colorize';
import { colormap } from '../../render/colormap';
import { Ramp } from '../panels/ramp';

const COLOURS = colormap('viridis');
/** Beyond this a picture is not drawn to scale: it would be a line. */
const LONGEST = 4;

interface IProps {
  map: IJobMap;
  pixels: Float32Array;
}

export function Picture({ map, pixels }: IProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current) {
      paint(canvas.current, map, pixels);
    }
  }, [map, pixels]);
  const { label, units, limits } = map;
  const prefix = prefixFor(units, Math.max(...(limits ?? [0]).map(Math.abs)));
  const title = axisLabel(label, prefix.units);
  const shape = Math.min(Math.max(map.shape, 1 / LONGEST), LONGEST);
  return (
    <figure class="usid-job-picture">
      <figcaption title={title}>{title}</figcaption>
      <canvas
        ref={canvas}
        class="usid-job-map"
        style={{ aspectRatio: String(1 / shape) }}
        role="img"
        aria-label={`Map of ${label} so far`}
      />
      <Scale limits={limits} prefix={prefix} />
    </figure>
  );
}

/** The colours with the values at their ends; empty while nothing is known. */
function Scale({
  limits,
  prefix
}: {
  limits: IJobMap['limits'];
  prefix: IPrefix;
}) {
  if (!limits) {
    return <div class="usid-job-scale" />;
  }
  const step = (limits[1] - limits[0]) / 100;
  const [low, high] = limits.map(
    end => formatScaled(end, prefix, step > 0 ? step : undefined).text
  );
  return (
    <div class="usid-job-scale">
      <span>{low}</span>
      <Ramp map={COLOURS} orientation="horizontal" />
      <span>{high}</span>
    </div>
  );
}

function paint(
  canvas: HTMLCanvasElement,
  { rows, columns, limits }: IJobMap,
  pixels: Float32Array
): void {
  const context = canvas.getContext('2d');
  if (!context || rows * columns === 0 || pixels.length !== rows * columns) {
    return;
  }
  canvas.width = columns;
  canvas.height = rows;
  const [low, high] = limits ?? [0, 1];
  const image = new ImageData(columns, rows);
  const out = new Uint32Array(image.data.buffer);
  colorize(pixels, out, { kind: 'linear', low, high }, COLOURS);
  context.putImageData(image, 0, 0);
}
