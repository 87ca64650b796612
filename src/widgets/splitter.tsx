/** The line between two panels, to drag or to move by keys. */

import type { Signal } from '@preact/signals';
import type { RefObject } from 'preact';

interface ISplitterProps {
  /** Part of the room, 0-1, that the first panel takes. */
  share: number;
  /** What the hand has chosen; null for what fits the picture. */
  chosen: Signal<number | null>;
  stacked: boolean;
  /** What is divided. */
  room: RefObject<HTMLElement>;
}

const STEP = 0.02;

export function Splitter({ share, chosen, stacked, room }: ISplitterProps) {
  const set = (value: number): void => {
    chosen.value = Math.min(Math.max(value, 0.1), 0.9);
  };
  const follow = (event: PointerEvent): void => {
    const target = event.currentTarget;
    const { current } = room;
    if (
      current &&
      target instanceof Element &&
      target.hasPointerCapture(event.pointerId)
    ) {
      set(shareAt(event, current.getBoundingClientRect(), stacked));
    }
  };
  return (
    <div
      class="usid-splitter"
      role="separator"
      aria-label="Size of the panels"
      aria-orientation={stacked ? 'horizontal' : 'vertical'}
      aria-valuemin={10}
      aria-valuemax={90}
      aria-valuenow={Math.round(100 * share)}
      tabIndex={0}
      onPointerDown={event =>
        event.currentTarget.setPointerCapture(event.pointerId)
      }
      onPointerMove={follow}
      onDblClick={() => (chosen.value = null)}
      onKeyDown={event => {
        const steps = stepsOf(event.key);
        if (steps !== undefined) {
          set(share + steps * STEP);
          event.preventDefault();
          event.stopPropagation();
        }
      }}
    />
  );
}

function shareAt(event: PointerEvent, box: DOMRect, stacked: boolean): number {
  return stacked
    ? (event.clientY - box.top) / box.height
    : (event.clientX - box.left) / box.width;
}

function stepsOf(key: string): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowUp: -1,
    ArrowRight: 1,
    ArrowDown: 1,
    Home: -50,
    End: 50
  };
  return steps[key];
}
