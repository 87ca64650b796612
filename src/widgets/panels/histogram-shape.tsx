/** The histogram of a map as a shape that fills its place. */

import type { IHistogram } from '../../render/statistics';

interface IProps {
  histogram: IHistogram;
  orientation: 'vertical' | 'horizontal';
}

/** Square roots of counts, or a single peak would be all one sees. */
export function HistogramShape({ histogram, orientation }: IProps) {
  const heights = Array.from(histogram.counts, Math.sqrt);
  const highest = Math.max(...heights, 1);
  const bins = heights.length;
  const points = heights.flatMap((height, i) => [
    [i / bins, height / highest],
    [(i + 1) / bins, height / highest]
  ]);
  const outline = [[0, 0], ...points, [1, 0]];
  return (
    <svg
      class="usid-histogram"
      viewBox="0 0 1 1"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={pathOf(outline, orientation === 'vertical')} />
    </svg>
  );
}

/** Upright: values rise to the top, counts grow to the left. */
function pathOf(points: number[][], upright: boolean): string {
  const places = points.map(([along = 0, across = 0]) =>
    upright
      ? `${(1 - across).toFixed(4)} ${(1 - along).toFixed(4)}`
      : `${along.toFixed(4)} ${(1 - across).toFixed(4)}`
  );
  return `M${places.join('L')}Z`;
}
