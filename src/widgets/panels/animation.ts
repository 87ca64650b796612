/** Painting at most once for each frame of the screen. */

import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/**
 * Call `paint` in the next animation frame after any signal that `read` reads
 * has changed, with what `read` gave last; not at all where that is null.
 */
export function usePainting<T>(
  read: () => T | null,
  paint: (scene: T) => void
): void {
  const newest = useRef(paint);
  newest.current = paint;
  useEffect(() => {
    let scene: T | null = null;
    let request = 0;
    const draw = () => {
      request = 0;
      if (scene !== null) {
        newest.current(scene);
      }
    };
    const stop = effect(() => {
      scene = read();
      request ||= requestAnimationFrame(draw);
    });
    return () => {
      stop();
      cancelAnimationFrame(request);
    };
  }, []);
}
