/** The axes of a map and what is drawn over it, as SVG. */

import type { IAxis, ITick } from '../../render/axis';
import type { IBox, IPlacement } from '../../render/transform';
import { toPixelX, toPixelY } from '../../render/transform';

interface IAxesProps {
  xAxis: IAxis;
  yAxis: IAxis;
  place: IPlacement;
}

/** CSS pixels that a tick's text needs beside its neighbours. */
const TICK_ROOM = { x: 62, y: 38 };

export function MapAxes({ xAxis, yAxis, place }: IAxesProps) {
  const { box, window } = place;
  const across = Math.max(2, Math.floor(box.width / TICK_ROOM.x));
  const down = Math.max(2, Math.floor(box.height / TICK_ROOM.y));
  return (
    <g class="usid-axes" aria-hidden="true">
      <rect
        class="usid-axes-frame"
        x={box.left - 0.5}
        y={box.top - 0.5}
        width={box.width + 1}
        height={box.height + 1}
      />
      <XTicks ticks={xAxis.ticks(window.x0, window.x1, across)} place={place} />
      <YTicks ticks={yAxis.ticks(window.y0, window.y1, down)} place={place} />
      <AxisLabels x={xAxis.label} y={yAxis.label} box={box} />
    </g>
  );
}

function XTicks({ ticks, place }: { ticks: ITick[]; place: IPlacement }) {
  const bottom = place.box.top + place.box.height;
  return (
    <g class="usid-ticks-x">
      {ticks.map(({ at, text }) => {
        const x = Math.round(toPixelX(place, at)) + 0.5;
        return (
          <g key={at}>
            <line x1={x} x2={x} y1={bottom} y2={bottom + 5} />
            <text x={x} y={bottom + 17}>
              {text}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function YTicks({ ticks, place }: { ticks: ITick[]; place: IPlacement }) {
  const { left } = place.box;
  return (
    <g class="usid-ticks-y">
      {ticks.map(({ at, text }) => {
        const y = Math.round(toPixelY(place, at)) + 0.5;
        return (
          <g key={at}>
            <line x1={left - 5} x2={left} y1={y} y2={y} />
            <text x={left - 8} y={y + 4}>
              {text}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function AxisLabels({ x, y, box }: { x: string; y: string; box: IBox }) {
  const middle = box.top + box.height / 2;
  const left = box.left - 46;
  return (
    <>
      <text
        class="usid-axis-label"
        x={box.left + box.width / 2}
        y={box.top + box.height + 34}
      >
        {x}
      </text>
      <text
        class="usid-axis-label"
        transform={`translate(${left} ${middle}) rotate(-90)`}
      >
        {y}
      </text>
    </>
  );
}

interface ICrossProps {
  place: IPlacement;
  /** Whole pixel; null on an axis without a cursor. */
  x: number;
  y: number;
  /** The vertical line is the marker of the curve. */
  marker: boolean;
}

/** The pixel that is chosen, and lines that lead to it. */
export function CursorCross({ place, x, y, marker }: ICrossProps) {
  const left = toPixelX(place, place.mirrorX ? x + 0.5 : x - 0.5);
  const right = toPixelX(place, place.mirrorX ? x - 0.5 : x + 0.5);
  const top = toPixelY(place, place.yUp ? y + 0.5 : y - 0.5);
  const bottom = toPixelY(place, place.yUp ? y - 0.5 : y + 0.5);
  const pixel = grown({ left, top, width: right - left, height: bottom - top });
  const path = marker
    ? markerPath(place.box, pixel)
    : crossPath(place.box, pixel);
  return (
    <g class="usid-cross">
      <path class="usid-halo" d={path} />
      <path class="usid-line" d={path} />
    </g>
  );
}

/** A pixel too small to see gets a box around it. */
function grown({ left, top, width, height }: IBox): IBox {
  const wide = Math.max(width, 7);
  const high = Math.max(height, 7);
  return {
    left: Math.round(left - (wide - width) / 2) + 0.5,
    top: Math.round(top - (high - height) / 2) + 0.5,
    width: Math.round(wide),
    height: Math.round(high)
  };
}

function crossPath(box: IBox, pixel: IBox): string {
  const x = Math.round(pixel.left + pixel.width / 2) - 0.5;
  const y = Math.round(pixel.top + pixel.height / 2) - 0.5;
  const right = pixel.left + pixel.width;
  const bottom = pixel.top + pixel.height;
  return [
    `M${pixel.left} ${pixel.top}H${right}V${bottom}H${pixel.left}Z`,
    `M${box.left} ${y}H${pixel.left}M${right} ${y}H${box.left + box.width}`,
    `M${x} ${box.top}V${pixel.top}M${x} ${bottom}V${box.top + box.height}`
  ].join('');
}

function markerPath(box: IBox, pixel: IBox): string {
  const x = Math.round(pixel.left + pixel.width / 2) - 0.5;
  const y = Math.round(pixel.top + pixel.height / 2) - 0.5;
  return `M${x} ${box.top}V${box.top + box.height}M${box.left} ${y}H${box.left + box.width}`;
}

/** The band of the curve on a map whose x is the curve's axis. */
export function BandShade({
  place,
  band
}: {
  place: IPlacement;
  band: readonly [number, number];
}) {
  const ends = [toPixelX(place, band[0] - 0.5), toPixelX(place, band[1] + 0.5)];
  const left = Math.min(...ends);
  return (
    <rect
      class="usid-band-shade"
      x={left}
      y={place.box.top}
      width={Math.max(...ends) - left}
      height={place.box.height}
    />
  );
}

/** A ring around the chosen point. */
export function PointRing({
  place,
  x,
  y,
  radius
}: {
  place: IPlacement;
  x: number;
  y: number;
  radius: number;
}) {
  const at = { cx: toPixelX(place, x), cy: toPixelY(place, y), r: radius + 3 };
  return (
    <g class="usid-cross usid-ring">
      <circle class="usid-halo" {...at} />
      <circle class="usid-line" {...at} />
    </g>
  );
}

/** Keeps what is drawn on a map within its frame. */
export function FrameClip({ id, box }: { id: string; box: IBox }) {
  return (
    <clipPath id={id}>
      <rect x={box.left} y={box.top} width={box.width} height={box.height} />
    </clipPath>
  );
}
