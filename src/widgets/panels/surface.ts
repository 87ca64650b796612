/** What panels draw on: its size, its resolution, and the theme around it. */

import type { ReadonlySignal, Signal } from '@preact/signals';
import { signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

export interface ISize {
  width: number;
  height: number;
}

export interface ISurface {
  readonly size: ReadonlySignal<ISize>;
  /** Device pixels for each CSS pixel. */
  readonly density: ReadonlySignal<number>;
  /** Changes with the theme: whoever draws in its colours draws anew. */
  readonly theme: ReadonlySignal<number>;
}

interface IMutableSurface {
  size: Signal<ISize>;
  density: Signal<number>;
  theme: Signal<number>;
}

/** Follow an element for as long as it is on the page. */
export function useSurface(ref: RefObject<HTMLElement>): ISurface {
  const surface = useMemo<IMutableSurface>(
    () => ({
      size: signal({ width: 0, height: 0 }),
      density: signal(globalThis.devicePixelRatio || 1),
      theme: signal(0)
    }),
    []
  );
  useEffect(() => follow(ref.current, surface), [ref, surface]);
  return surface;
}

function follow(
  element: HTMLElement | null,
  surface: IMutableSurface
): (() => void) | undefined {
  if (!element) {
    return undefined;
  }
  const ends = [
    followSize(element, surface.size),
    followDensity(surface.density),
    followTheme(surface.theme)
  ];
  return () => ends.forEach(end => end());
}

function followSize(element: HTMLElement, size: Signal<ISize>): () => void {
  const measure = () => {
    const { clientWidth: width, clientHeight: height } = element;
    const { value: old } = size;
    if (width !== old.width || height !== old.height) {
      size.value = { width, height };
    }
  };
  const observer = new ResizeObserver(measure);
  observer.observe(element);
  measure();
  return () => observer.disconnect();
}

function followDensity(density: Signal<number>): () => void {
  const measure = () => {
    density.value = window.devicePixelRatio || 1;
  };
  window.addEventListener('resize', measure);
  return () => window.removeEventListener('resize', measure);
}

function followTheme(theme: Signal<number>): () => void {
  const observer = new MutationObserver(() => {
    theme.value += 1;
  });
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name', 'class']
  });
  return () => observer.disconnect();
}

/** A custom property as it applies to an element, all `var()` resolved. */
export function themeColour(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}
