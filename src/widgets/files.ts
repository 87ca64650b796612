/** The contents of the file as far as they are known: pages of the tree. */

import { computed, signal } from '@preact/signals';
import type { IAttribute, ITreeNode, ITreePage } from '../model/tree';
import type { IFailure } from '../model/messages';
import { failureOf, type Client } from './client';

/** Children and attributes come in pages of this many. */
export const PAGE = 200;
/** Links can lead round in circles; nobody unfolds further than this. */
const DEEPEST = 64;

/** Children of one group; holes are not yet loaded. */
interface IFolder {
  total: number;
  nodes: ReadonlyMap<number, ITreeNode>;
}

/** A row of the tree as drawn: a node, or a place whose node is on its way. */
export interface IRow {
  parent: string;
  /** Number among its siblings, from 0. */
  position: number;
  siblings: number;
  /** From 1, as `aria-level` counts. */
  level: number;
  node: ITreeNode | undefined;
  expanded: boolean;
}

export interface IAttributeList {
  total: number;
  attributes: IAttribute[];
}

export class FileContents {
  readonly folders = signal<ReadonlyMap<string, IFolder>>(new Map());
  readonly expanded = signal<ReadonlySet<string>>(new Set());
  readonly selected = signal<ITreeNode | null>(null);
  readonly attributes = signal<IAttributeList | null>(null);
  readonly failure = signal<IFailure | null>(null);
  readonly rows = computed(() =>
    rowsOf(this.root, 1, this.folders.value, this.expanded.value)
  );
  private readonly asked = new Set<string>();
  private root = '/';
  /** Path of an object that is to be selected once its page has come. */
  private awaited: string | null = null;

  constructor(private readonly client: Client) {}

  /** Begin with the root and the pages that lead to the shown dataset. */
  start(root: ITreePage, unfolded: readonly ITreePage[]): void {
    this.root = root.path;
    this.asked.clear();
    const pages = [root, ...unfolded.filter(({ path }) => path !== root.path)];
    this.folders.value = pages.reduce(withPage, new Map());
    this.expanded.value = new Set(unfolded.map(page => page.path));
  }

  /** Ask again for what is unfolded: something was added. */
  renew(): void {
    this.asked.clear();
    const { value: expanded } = this.expanded;
    const shown = [...this.folders.value].filter(
      ([path]) => path === this.root || expanded.has(path)
    );
    this.folders.value = new Map(
      shown.map(([path, folder]) => [path, firstPage(folder)])
    );
    shown.forEach(([path]) => this.load(path, 0));
  }

  /** The known node of a path. */
  find(path: string): ITreeNode | undefined {
    for (const { nodes } of this.folders.value.values()) {
      for (const node of nodes.values()) {
        if (node.path === path) {
          return node;
        }
      }
    }
    return undefined;
  }

  setExpanded(path: string, on: boolean): void {
    const expanded = new Set(this.expanded.value);
    if (on) {
      expanded.add(path);
      this.need(path, 0);
    } else {
      expanded.delete(path);
    }
    this.expanded.value = expanded;
  }

  /** Load the page that holds a child, unless it is there or on its way. */
  need(parent: string, position: number): void {
    const start = position - (position % PAGE);
    const known = this.folders.value.get(parent);
    if (!known?.nodes.has(position)) {
      this.load(parent, start);
    }
  }

  private load(parent: string, start: number): void {
    const key = `${start} ${parent}`;
    if (this.asked.has(key)) {
      return;
    }
    this.asked.add(key);
    this.client.request('children', { path: parent, start, count: PAGE }).then(
      page => this.receive(page),
      error => this.refuse(key, error)
    );
  }

  /** Unfold what leads to a path, and select it as soon as it is known. */
  reveal(path: string): void {
    const folders = ancestorsOf(path);
    folders
      .filter(folder => folder !== this.root)
      .forEach(folder => this.setExpanded(folder, true));
    this.awaited = path;
    this.selectAwaited();
  }

  select(node: ITreeNode): void {
    this.awaited = null;
    this.selected.value = node;
    this.attributes.value = null;
    this.loadAttributes(node, 0);
  }

  /** The next page of attributes of the selected object. */
  moreAttributes(): void {
    const { value: node } = this.selected;
    if (node) {
      this.loadAttributes(node, this.attributes.value?.attributes.length ?? 0);
    }
  }

  private loadAttributes(node: ITreeNode, start: number): void {
    if (node.kind === 'refused') {
      return;
    }
    const { path } = node;
    this.client.request('attributes', { path, start, count: PAGE }).then(
      page => this.addAttributes(node, start, page),
      error => (this.failure.value = failureOf(error))
    );
  }

  private addAttributes(
    node: ITreeNode,
    start: number,
    { total, attributes }: IAttributeList
  ): void {
    if (this.selected.value === node) {
      const before = this.attributes.value?.attributes.slice(0, start) ?? [];
      const all = [...before, ...attributes];
      this.attributes.value = { total, attributes: all };
    }
  }

  private receive(page: ITreePage): void {
    this.failure.value = null;
    this.folders.value = withPage(new Map(this.folders.value), page);
    this.selectAwaited();
  }

  private selectAwaited(): void {
    const node = this.awaited === null ? undefined : this.find(this.awaited);
    if (node) {
      this.select(node);
    }
  }

  private refuse(key: string, error: unknown): void {
    this.asked.delete(key);
    this.failure.value = failureOf(error);
  }
}

/** "/a/b" lies in "/" and "/a". */
function ancestorsOf(path: string): string[] {
  const names = path.split('/').slice(1, -1);
  return names.reduce<string[]>(
    (above, name) => [
      ...above,
      `${(above.at(-1) ?? '').replace(/\/$/, '')}/${name}`
    ],
    ['/']
  );
}

function withPage(
  folders: Map<string, IFolder>,
  { path, start, total, nodes }: ITreePage
): Map<string, IFolder> {
  const known = new Map(folders.get(path)?.nodes);
  nodes.forEach((node, i) => known.set(start + i, node));
  return folders.set(path, { total, nodes: known });
}

/** What is on the pages behind may have moved. */
function firstPage({ total, nodes }: IFolder): IFolder {
  return { total, nodes: new Map([...nodes].filter(([at]) => at < PAGE)) };
}

/** The rows under `parent`, from top to bottom. */
export function rowsOf(
  parent: string,
  level: number,
  folders: ReadonlyMap<string, IFolder>,
  expanded: ReadonlySet<string>
): IRow[] {
  const { total, nodes } = folders.get(parent) ?? { total: 0, nodes: null };
  const deep = level >= DEEPEST;
  const rows: IRow[] = [];
  for (let position = 0; position < total; position++) {
    const node = nodes?.get(position);
    const open =
      !deep && node !== undefined && node.expandable && expanded.has(node.path);
    rows.push({
      parent,
      position,
      siblings: total,
      level,
      node,
      expanded: open
    });
    if (open) {
      for (const row of rowsOf(node.path, level + 1, folders, expanded)) {
        rows.push(row);
      }
    }
  }
  return rows;
}

/** First row to draw and the one after the last, some beyond either edge. */
export function visibleRows(
  scrolled: number,
  height: number,
  rowHeight: number,
  count: number
): [number, number] {
  const beyond = 8;
  const first = Math.floor(scrolled / rowHeight) - beyond;
  const last = Math.ceil((scrolled + height) / rowHeight) + beyond;
  return [Math.max(0, Math.min(first, count)), Math.min(count, last)];
}
