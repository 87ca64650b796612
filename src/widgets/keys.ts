/** The keys of the panels; they work only while a panel has the focus. */

import { controlledDims, MOST_SEGMENTS } from './slots';
import type { Store } from './store';

/** For the help: keys and what they do. */
export const KEYS: readonly (readonly [string, string])[] = [
  ['Arrows', 'Move the cursor, or the marker on the spectrum'],
  ['Shift + Arrows', 'The same in steps of ten'],
  ['[ and ]', 'Marker one step back or on'],
  [', and .', 'Active slider one step back or on'],
  ['A', 'Autoscale: fit colours and curve to what is shown'],
  ['L', 'Lock the limits of the colours, or release them'],
  ['C', 'Next component'],
  ['F', 'Flip Y'],
  ['0', 'Fit view'],
  ['H', 'The cursor follows the pointer; a click locks it'],
  ['Delete', 'From the band back to the marker'],
  ['Ctrl + Z', 'Undo'],
  ['Esc', 'Back: from an enlarged map to all, from following to the cursor'],
  ['F6', 'Next panel; with Shift the one before'],
  ['?', 'This help']
];

/** What the workbench itself does when asked by key. */
export interface IShell {
  showHelp(): void;
  /** Close what lies over the panels; false if there is nothing. */
  closeOverlay(): boolean;
}

type Action = () => void;

const ARROWS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1
};

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && target.type === 'text')
  );
}

/** Sliders and radio buttons have their own use for arrows. */
function ownsArrows(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    (target instanceof Element && target.getAttribute('role') === 'slider')
  );
}

function panelOf(target: EventTarget | null): string | null {
  return target instanceof Element
    ? (target.closest<HTMLElement>('[data-panel]')?.dataset.panel ?? null)
    : null;
}

export function onKey(
  event: KeyboardEvent,
  root: HTMLElement,
  store: Store,
  shell: IShell
): void {
  if (event.defaultPrevented) {
    return;
  }
  const action =
    event.key === 'F6'
      ? () => nextPanel(root, event.shiftKey ? -1 : 1)
      : actionOf(event, store, shell);
  if (action) {
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}

function actionOf(
  event: KeyboardEvent,
  store: Store,
  shell: IShell
): Action | undefined {
  const { key, target } = event;
  const panel = panelOf(target);
  if (key === 'Escape') {
    return escape(store, shell);
  }
  if (panel === null || panel === 'tree' || isTyping(target)) {
    return undefined;
  }
  const altGraph = event.getModifierState('AltGraph');
  if (!altGraph && (event.ctrlKey || event.metaKey)) {
    return key.toLowerCase() === 'z' && !event.shiftKey
      ? () => store.undo()
      : undefined;
  }
  if (event.altKey && !altGraph) {
    return undefined;
  }
  return key in ARROWS && !ownsArrows(target)
    ? arrow(event, panel, store)
    : letter(key, store, shell);
}

/** Maps move their cursor themselves: they know how their axes run. */
function arrow(
  { key, shiftKey }: KeyboardEvent,
  panel: string,
  store: Store
): Action | undefined {
  const by = (ARROWS[key] ?? 0) * (shiftKey ? 10 : 1);
  return panel === 'curve' ? () => stepMarker(store, by) : undefined;
}

function stepMarker(store: Store, by: number): void {
  const { value: view } = store.view;
  if (view?.curve) {
    store.moveMarker((view.index[view.curve] ?? 0) + by);
  }
}

function stepActive(store: Store, by: number): void {
  const { value: dataset } = store.dataset;
  const { value: view } = store.view;
  const dims = dataset && view ? controlledDims(dataset, view) : [];
  const active =
    dims.find(({ name }) => name === store.activeDim.value) ??
    dims.find(({ size }) => size > MOST_SEGMENTS) ??
    dims[0];
  if (active) {
    store.stepIndex(active.name, by);
  }
}

function nextComponent(store: Store): void {
  const names = store.dataset.value?.components.map(({ name }) => name) ?? [];
  const at = names.indexOf(store.view.value?.component ?? '');
  const component = names[(at + 1) % names.length];
  if (component !== undefined) {
    store.update({ component });
  }
}

function flipY(store: Store): void {
  const flip = store.view.value?.flip;
  if (flip) {
    store.update({ flip: { ...flip, y: !flip.y } });
  }
}

function letter(key: string, store: Store, shell: IShell): Action | undefined {
  const actions: Readonly<Record<string, Action>> = {
    '[': () => stepMarker(store, -1),
    ']': () => stepMarker(store, 1),
    ',': () => stepActive(store, -1),
    '.': () => stepActive(store, 1),
    '0': () => store.fit(),
    '?': () => shell.showHelp(),
    a: () => store.autoscale(),
    c: () => nextComponent(store),
    f: () => flipY(store),
    h: () => store.setFollowing(!store.following.value),
    l: () => store.lockLimits(!store.limitsLocked.value),
    delete: () => store.setBand(null)
  };
  return actions[key.toLowerCase()];
}

/** The uppermost thing goes first; nothing is taken from others in vain. */
function escape(store: Store, shell: IShell): Action | undefined {
  if (shell.closeOverlay()) {
    return () => undefined;
  }
  if (store.following.value) {
    return () => store.setFollowing(false);
  }
  return store.shrink() ? () => undefined : undefined;
}

const FOCUSABLE = '[tabindex="0"], button:not([disabled]), input';

/** Round the panels; a map is entered at the map and not at its buttons. */
function nextPanel(root: HTMLElement, by: number): void {
  const panels = [...root.querySelectorAll<HTMLElement>('[data-panel]')].filter(
    panel => panel.querySelector(FOCUSABLE) !== null
  );
  const at = panels.findIndex(panel => panel.contains(document.activeElement));
  const start = at < 0 && by < 0 ? 0 : at;
  const next = panels.at((start + by) % panels.length);
  const main = next?.querySelector<HTMLElement>(
    '[aria-label="Map"], [aria-label="Spectrum"]'
  );
  (main ?? next?.querySelector<HTMLElement>(FOCUSABLE))?.focus();
}
