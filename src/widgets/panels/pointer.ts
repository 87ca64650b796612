/** Events of the pointer, in terms of the element that listens. */

export function elementOf(event: Event): HTMLElement {
  return event.currentTarget as HTMLElement;
}

/** Place of the pointer within the element that listens. */
export function localPlace(event: MouseEvent): { x: number; y: number } {
  const { left, top } = elementOf(event).getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

/** Zoom for a turn of the wheel; lines and pages count as pixels. */
export function wheelFactor({ deltaY, deltaMode }: WheelEvent): number {
  const pixels = deltaY * ([1, 16, 200][deltaMode] ?? 1);
  return Math.exp(Math.min(Math.max(pixels, -240), 240) * 0.002);
}
