/** The workbench: everything that is seen of a file. */

import { effect, useSignal, type Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Dimensions } from './dimensions';
import { Header } from './header';
import { Help } from './help';
import { onKey, type IShell } from './keys';
import { Panes } from './panes';
import { Readout } from './readout';
import { Sidebar } from './sidebar';
import { useSize } from './size';
import { Empty, Notices, OpenFailure, Skeleton } from './states';
import type { Store } from './store';
import { Toolbar, type Room } from './toolbar';

const NARROW = 700;
const TINY = 480;

interface IWorkbenchProps {
  store: Store;
  place: 'tab' | 'notebook';
  /** Where it is known before the file is open. */
  path: string;
  /** In a notebook, where it can be dragged to another. */
  height: string | null;
}

function roomOf(width: number): Room {
  return width < TINY ? 'tiny' : width <= NARROW ? 'narrow' : 'wide';
}

export function Workbench({ store, place, path, height }: IWorkbenchProps) {
  const root = useRef<HTMLElement>(null);
  const { width } = useSize(root);
  const room = roomOf(width.value);
  const help = useSignal(false);
  const treeOpen = useSignal<boolean | null>(null);
  const drawer = room !== 'wide';
  const unfolded = treeOpen.value ?? (place === 'tab' && !drawer);
  const { state } = store.session;

  useLayoutEffect(() => {
    treeOpen.value = drawer ? false : null;
    store.showOnly(room === 'tiny' ? (store.onlyPanel.value ?? 'map') : null);
  }, [room]);
  useEffect(() => tellPainted(root, store), []);
  useEffect(() => foldDrawer(store, treeOpen, () => root.current), []);

  const shell: IShell = {
    showHelp: () => (help.value = true),
    closeOverlay: () => {
      const over = drawer && unfolded;
      if (over) {
        treeOpen.value = false;
      }
      return over;
    }
  };
  return (
    <section
      ref={root}
      class="usid-workbench"
      role="region"
      aria-label="USID workbench"
      data-state={state.value}
      data-place={place}
      data-room={room}
      style={place === 'notebook' && height ? { height } : undefined}
      data-lm-suppress-shortcuts={place === 'notebook' ? 'true' : undefined}
      onKeyDown={event => onKey(event, event.currentTarget, store, shell)}
      {...inputTimes(store)}
    >
      {state.value === 'loading' && <Skeleton store={store} path={path} />}
      {state.value === 'error' && <OpenFailure store={store} />}
      {state.value === 'ready' && (
        <>
          <Header
            store={store}
            treeOpen={unfolded}
            onToggleTree={() => (treeOpen.value = !unfolded)}
          />
          <Toolbar store={store} room={room} onHelp={shell.showHelp} />
          <div class="usid-body">
            {unfolded && <Sidebar store={store} />}
            {drawer && unfolded && (
              <div class="usid-veil" onClick={() => (treeOpen.value = false)} />
            )}
            <div class="usid-centre">
              <Notices store={store} />
              {store.dataset.value ? (
                <Panes store={store} narrow={room !== 'wide'} />
              ) : (
                <Empty store={store} />
              )}
              <Dimensions store={store} />
            </div>
          </div>
          <Readout store={store} />
        </>
      )}
      {help.value && <Help onClose={() => (help.value = false)} />}
    </section>
  );
}

/** Tests and scripts read from the element what has been painted. */
function tellPainted(root: RefObject<HTMLElement>, store: Store): () => void {
  return effect(() => {
    const { value: view } = store.painting.view;
    if (root.current && view) {
      root.current.dataset.view = JSON.stringify(view);
    } else {
      delete root.current?.dataset.view;
    }
  });
}

/** A drawer has done its duty once a dataset is chosen from it. */
function foldDrawer(
  store: Store,
  treeOpen: Signal<boolean | null>,
  root: () => HTMLElement | null
): () => void {
  return effect(() => {
    if (store.dataset.value && root()?.dataset.room !== 'wide') {
      treeOpen.value = false;
    }
  });
}

/** When a person last did something; taken before anybody handles it. */
function inputTimes(store: Store) {
  const touch = (event: Event): void => store.touched(event.timeStamp);
  return {
    onKeyDownCapture: touch,
    onInputCapture: touch,
    onWheelCapture: touch,
    onClickCapture: touch,
    onPointerMoveCapture: touch,
    onPointerDownCapture: (event: Event) =>
      store.touched(event.timeStamp, 'down'),
    onPointerUpCapture: (event: Event) => store.touched(event.timeStamp, 'up'),
    onPointerCancelCapture: (event: Event) =>
      store.touched(event.timeStamp, 'up')
  };
}
