/** A button that opens a menu of choices, one of them taken. */

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useDismissal } from './dismiss';

export interface IChoice {
  value: string;
  label: string;
  /** Said beside it in a quieter voice: units. */
  note: string;
}

interface IMenuButtonProps {
  /** What the button does; its accessible name. */
  name: string;
  icon: ComponentChildren;
  choices: readonly IChoice[];
  chosen: string;
  onChoose: (value: string) => void;
}

export function MenuButton(props: IMenuButtonProps) {
  const { name, icon, choices, chosen } = props;
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useDismissal(root, open);
  const close = (): void => {
    open.value = false;
    button.current?.focus();
  };
  const label = choices.find(({ value }) => value === chosen)?.label ?? '';
  return (
    <div class="usid-menu-holder" ref={root}>
      <button
        ref={button}
        type="button"
        class="usid-button"
        aria-label={name}
        aria-haspopup="menu"
        aria-expanded={open.value}
        title={`${name}: ${label}`}
        onClick={() => (open.value = !open.value)}
      >
        {icon}
        <span class="usid-button-text">{label}</span>
      </button>
      {open.value && <Menu {...props} onClose={close} />}
    </div>
  );
}

function Menu({
  name,
  choices,
  chosen,
  onChoose,
  onClose
}: IMenuButtonProps & { onClose: () => void }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = list;
    current?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
  }, []);
  return (
    <div
      class="usid-menu"
      role="menu"
      aria-label={name}
      ref={list}
      onKeyDown={event => moveInMenu(event, list.current, onClose)}
    >
      {choices.map(({ value, label, note }) => (
        <button
          key={value}
          type="button"
          class="usid-menu-item"
          role="menuitemradio"
          aria-checked={value === chosen}
          aria-label={note ? `${label} ${note}` : label}
          tabIndex={-1}
          onClick={() => {
            onChoose(value);
            onClose();
          }}
        >
          <span>{label}</span>
          <span class="usid-quiet">{note}</span>
        </button>
      ))}
    </div>
  );
}

function moveInMenu(
  event: KeyboardEvent,
  list: HTMLElement | null,
  onClose: () => void
): void {
  const items = [...(list?.querySelectorAll<HTMLElement>('button') ?? [])];
  const at = items.findIndex(item => item === document.activeElement);
  const places: Readonly<Record<string, number>> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1
  };
  const place = places[event.key];
  if (event.key === 'Escape') {
    onClose();
  } else if (place !== undefined) {
    items[place]?.focus();
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}
