/** The toolbar; what does not fit goes into "More". */

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { useDismissal } from './dismiss';
import { ComponentIcon, FitIcon, HelpIcon, MoreIcon } from './icons';
import { MenuButton } from './menu';
import { ColormapButton } from './panels/colormap';
import { ContrastButton } from './panels/contrast';
import { SaveButton } from './panels/save';
import { hasMap } from './slots';
import type { Store } from './store';

export type Room = 'wide' | 'narrow' | 'tiny';

interface IToolbarProps {
  store: Store;
  room: Room;
  onHelp: () => void;
}

export function Toolbar({ store, room, onHelp }: IToolbarProps) {
  const { value: dataset } = store.dataset;
  const { value: view } = store.view;
  const mapped = dataset && view ? hasMap(dataset, view) : false;
  const contrast = mapped && <ContrastButton controller={store} />;
  const rest = (
    <>
      {mapped && <ColormapButton controller={store} />}
      {room === 'wide' && mapped && <hr />}
      {dataset && <FitButton store={store} />}
      {dataset && (mapped || view?.curve) && (
        <>
          {room === 'wide' && <hr />}
          <SaveButton store={store} />
        </>
      )}
      {room === 'wide' && <span class="usid-spring" />}
      <HelpButton onHelp={onHelp} />
    </>
  );
  return (
    <div class="usid-toolbar" role="toolbar" aria-label="Tools">
      <ComponentMenu store={store} />
      {room !== 'tiny' && contrast}
      {room === 'wide' ? (
        rest
      ) : (
        <More>
          {room === 'tiny' && contrast}
          {rest}
        </More>
      )}
    </div>
  );
}

function ComponentMenu({ store }: { store: Store }) {
  const { value: view } = store.view;
  const components = store.dataset.value?.components ?? [];
  if (!view || components.length < 2) {
    return null;
  }
  return (
    <MenuButton
      name="Component"
      icon={<ComponentIcon />}
      choices={components.map(({ name, label, units }) => ({
        value: name,
        label,
        note: units
      }))}
      chosen={view.component}
      onChoose={component => store.update({ component })}
    />
  );
}

function FitButton({ store }: { store: Store }) {
  return (
    <button
      type="button"
      class="usid-button"
      aria-label="Fit view"
      title="Fit view (0)"
      onClick={() => store.fit()}
    >
      <FitIcon />
      <span class="usid-button-text">Fit view</span>
    </button>
  );
}

function HelpButton({ onHelp }: { onHelp: () => void }) {
  return (
    <button
      type="button"
      class="usid-button"
      aria-label="Help"
      title="Help (?)"
      onClick={onHelp}
    >
      <HelpIcon />
      <span class="usid-button-text">Help</span>
    </button>
  );
}

/** A second row of the toolbar, over the panels; its buttons open their own. */
function More({ children }: { children: preact.ComponentChildren }) {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  useDismissal(root, open);
  return (
    <div
      class="usid-more"
      ref={root}
      onKeyDown={event => {
        if (event.key === 'Escape' && open.value && !event.defaultPrevented) {
          open.value = false;
          event.stopPropagation();
        }
      }}
    >
      <button
        type="button"
        class="usid-button"
        aria-label="More"
        aria-expanded={open.value}
        title="More"
        onClick={() => (open.value = !open.value)}
      >
        <MoreIcon />
      </button>
      {open.value && <div class="usid-more-row">{children}</div>}
    </div>
  );
}
