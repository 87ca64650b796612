/** The size of an element: panes and notebooks are narrow, not the window. */

import { useSignal, type ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

interface ISize {
  width: ReadonlySignal<number>;
  height: ReadonlySignal<number>;
}

/** Before the first measurement, as wide as a tab. */
export function useSize(element: RefObject<HTMLElement>): ISize {
  const width = useSignal(1000);
  const height = useSignal(700);
  useLayoutEffect(() => {
    const { current } = element;
    if (!current || typeof ResizeObserver === 'undefined') {
      return undefined;
    }
    const measure = (): void => {
      if (current.clientWidth > 0) {
        width.value = current.clientWidth;
        height.value = current.clientHeight;
      }
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return { width, height };
}
