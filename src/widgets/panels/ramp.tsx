/** The colours of a colour map, in a row or in a column. */

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { IColormap } from '../../render/colormap';

interface IProps {
  map: IColormap;
  orientation: 'vertical' | 'horizontal';
}

/** Stretched to its place by the style sheet. */
export function Ramp({ map, orientation }: IProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current) {
      paint(canvas.current, map, orientation);
    }
  }, [map, orientation]);
  return <canvas ref={canvas} class="usid-ramp" aria-hidden="true" />;
}

function paint(
  canvas: HTMLCanvasElement,
  { colours }: IColormap,
  orientation: IProps['orientation']
): void {
  const upright = orientation === 'vertical';
  const order = upright ? colours.slice().reverse() : colours.slice();
  canvas.width = upright ? 1 : order.length;
  canvas.height = upright ? order.length : 1;
  const bytes = new Uint8ClampedArray(order.buffer);
  const pixels = new ImageData(bytes, canvas.width, canvas.height);
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
}
