/** A button that opens a small window of its own, above everything else. */

import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { useUniqueId } from '../ids';

interface IProps {
  label: string;
  /** Name of the small window. */
  title: string;
  icon: ComponentChildren;
  /** Made when the window opens only; they may close it. */
  children: (close: () => void) => ComponentChildren;
}

const GAP = 4;

/** The browser closes it on Escape and on a click elsewhere. */
export function PopoverButton({ label, title, icon, children }: IProps) {
  const id = useUniqueId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const toggled = (event: ToggleEvent) => {
    const opens = event.newState === 'open';
    setOpen(opens);
    if (opens && button.current && panel.current) {
      putBelow(panel.current, button.current);
    }
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="usid-button"
        popovertarget={id}
        aria-expanded={open}
        aria-haspopup="dialog"
        aria-label={label}
        title={label}
      >
        {icon}
        <span class="usid-button-text">{label}</span>
      </button>
      <div
        ref={panel}
        id={id}
        class="usid-popover"
        popover="auto"
        role="dialog"
        aria-label={title}
        onBeforeToggle={toggled}
        onToggle={toggled}
        onKeyDown={event => event.stopPropagation()}
      >
        {open && children(() => panel.current?.hidePopover())}
      </div>
    </>
  );
}

/** Below the button, but within the window. */
function putBelow(panel: HTMLElement, button: HTMLElement): void {
  const { left, bottom } = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const right = Math.max(GAP, innerWidth - width - GAP);
  const lowest = Math.max(GAP, innerHeight - height - GAP);
  panel.style.left = `${Math.min(left, right)}px`;
  panel.style.top = `${Math.min(bottom + GAP, lowest)}px`;
}
