/** The tree of the file's contents; only rows in sight are in the document. */

import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { visibleRows, type IRow } from './files';
import { ChevronIcon, KindIcon, WarningIcon } from './icons';
import { Shortened } from './shortened';
import type { Store } from './store';
import { keyOf, rowAfterKey } from './tree-keys';

const ROW_HEIGHT = 24;

/** Unfold or fold groups, open what can be drawn, show attributes of all. */
function activate(store: Store, row: IRow): void {
  const { node } = row;
  if (!node) {
    return;
  }
  store.files.select(node);
  if (node.viewable) {
    store.chooseDataset(node.path);
  } else if (node.expandable) {
    store.files.setExpanded(node.path, !row.expanded);
  }
}

export function Tree({ store }: { store: Store }) {
  const { files } = store;
  const scroller = useRef<HTMLDivElement>(null);
  const scrolled = useSignal(0);
  const height = useSignal(600);
  const active = useSignal('');
  const moved = useSignal(false);
  const rows = files.rows.value;
  const selected = files.selected.value?.path;
  const [first, last] = visibleRows(
    scrolled.value,
    height.value,
    ROW_HEIGHT,
    rows.length
  );
  const at = useComputed(() => {
    const place = files.rows.value.findIndex(
      row => keyOf(row) === active.value
    );
    return Math.max(place, 0);
  }).value;

  useEffect(() => watchHeight(scroller.current, height), []);
  useEffect(() => {
    rows.slice(first, last).forEach(row => {
      if (!row.node) {
        files.need(row.parent, row.position);
      }
    });
  }, [rows, first, last]);
  useEffect(() => {
    const place = rows.findIndex(row => row.node?.path === selected);
    const row = rows[place];
    if (row) {
      if (keyOf(row) !== active.value) {
        active.value = keyOf(row);
        moved.value = holdsFocus(scroller.current);
      }
      reveal(scroller.current, place);
    }
  }, [selected]);
  useLayoutEffect(() => {
    if (moved.value) {
      moved.value = false;
      reveal(scroller.current, at);
      focusRow(scroller.current, at);
    }
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const target = rowAfterKey(event.key, rows, at, store.files);
    if (event.key === 'Enter' || event.key === ' ') {
      activate(store, row);
    } else if (target === null) {
      return;
    } else if (target !== at) {
      active.value = keyOf(rows[target] ?? row);
      moved.value = true;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const drawn = placesBetween(first, last, at, rows.length);
  return (
    <div
      class="usid-tree"
      role="tree"
      aria-label="File contents"
      ref={scroller}
      onScroll={() => (scrolled.value = scroller.current?.scrollTop ?? 0)}
      onKeyDown={onKeyDown}
    >
      <div
        role="presentation"
        class="usid-tree-rows"
        style={{ height: `${rows.length * ROW_HEIGHT}px` }}
      >
        {drawn.map(place => {
          const row = rows[place];
          return (
            row && (
              <TreeRow
                key={keyOf(row)}
                row={row}
                place={place}
                focusable={place === at}
                selected={row.node?.path === selected}
                onFocus={() => (active.value = keyOf(row))}
                onActivate={() => {
                  active.value = keyOf(row);
                  activate(store, row);
                }}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

/**
 * The row with the focus stays in the document wherever it is, and in its
 * order: a row that is moved within the document loses the focus.
 */
function placesBetween(
  first: number,
  last: number,
  kept: number,
  count: number
): number[] {
  const places = Array.from({ length: last - first }, (_, i) => first + i);
  if (kept >= count || (kept >= first && kept < last)) {
    return places;
  }
  return kept < first ? [kept, ...places] : [...places, kept];
}

interface ITreeRowProps {
  row: IRow;
  place: number;
  focusable: boolean;
  selected: boolean;
  /** Keys go on from here, however the focus came. */
  onFocus: () => void;
  onActivate: () => void;
}

function TreeRow({ row, place, ...props }: ITreeRowProps) {
  const { node, level, siblings, position, expanded } = row;
  const style = {
    top: `${place * ROW_HEIGHT}px`,
    paddingLeft: `${4 + 12 * (level - 1)}px`
  };
  return (
    <div
      role="treeitem"
      class="usid-tree-row"
      style={style}
      data-place={place}
      data-kind={node?.kind}
      data-viewable={node?.viewable}
      tabIndex={props.focusable ? 0 : -1}
      aria-label={node?.name ?? 'loading'}
      aria-level={level}
      aria-setsize={siblings}
      aria-posinset={position + 1}
      aria-expanded={node?.expandable ? expanded : undefined}
      aria-selected={props.selected}
      aria-description={node ? describe(row) : undefined}
      title={node && `${node.path}\n${describe(row)}`}
      onFocus={props.onFocus}
      onClick={props.onActivate}
    >
      <span class="usid-tree-chevron">
        {node?.expandable && <ChevronIcon />}
      </span>
      {node ? <RowText row={row} /> : <span class="usid-quiet">…</span>}
    </div>
  );
}

function describe({ node }: IRow): string {
  return node ? [node.summary, node.reason].filter(Boolean).join(' · ') : '';
}

function RowText({ row }: { row: IRow }) {
  const { node } = row;
  if (!node) {
    return null;
  }
  const { kind, summary, reason } = node;
  return (
    <>
      <KindIcon kind={kind} />
      <span class="usid-tree-name">
        <Shortened text={node.name} />
      </span>
      {reason && kind !== 'refused' && (
        <span class="usid-tree-flaw">
          <WarningIcon />
        </span>
      )}
      <span class="usid-tree-summary">
        {kind === 'refused' ? reason : summary}
      </span>
    </>
  );
}

function watchHeight(
  element: HTMLElement | null,
  height: { value: number }
): (() => void) | undefined {
  if (!element || typeof ResizeObserver === 'undefined') {
    return undefined;
  }
  const observer = new ResizeObserver(() => {
    height.value = element.clientHeight;
  });
  observer.observe(element);
  return () => observer.disconnect();
}

/** Scroll no further than needed. */
function reveal(element: HTMLElement | null, place: number): void {
  if (!element) {
    return;
  }
  const top = place * ROW_HEIGHT;
  const lowest = top + ROW_HEIGHT - element.clientHeight;
  element.scrollTop = Math.min(Math.max(element.scrollTop, lowest), top);
}

function holdsFocus(element: HTMLElement | null): boolean {
  return element?.contains(document.activeElement) ?? false;
}

function focusRow(element: HTMLElement | null, place: number): void {
  element
    ?.querySelector<HTMLElement>(`[data-place="${place}"]`)
    ?.focus({ preventScroll: true });
}
