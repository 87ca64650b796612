/** What is open over the panels closes when a person turns to something else. */

import type { Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** Close on a press outside of `root`, and when the focus leaves it. */
export function useDismissal(
  root: RefObject<HTMLElement>,
  open: Signal<boolean>
): void {
  const { value: isOpen } = open;
  useEffect(() => {
    const { current } = root;
    if (!isOpen || !current) {
      return undefined;
    }
    const closeOutside = (target: EventTarget | null): void => {
      if (target instanceof Node && !current.contains(target)) {
        open.value = false;
      }
    };
    const pressed = (event: Event): void => closeOutside(event.target);
    const left = (event: FocusEvent): void => closeOutside(event.relatedTarget);
    document.addEventListener('pointerdown', pressed, true);
    current.addEventListener('focusout', left);
    return () => {
      document.removeEventListener('pointerdown', pressed, true);
      current.removeEventListener('focusout', left);
    };
  }, [isOpen]);
}
