/** Where a key leads to in the tree. */

import type { FileContents, IRow } from './files';

/** Names a row for as long as the tree is the same. */
export function keyOf(row: IRow): string {
  return `${row.position} ${row.parent}`;
}

function parentOf(rows: readonly IRow[], at: number): number {
  const level = rows[at]?.level ?? 1;
  for (let place = at - 1; place >= 0; place--) {
    if ((rows[place]?.level ?? 1) < level) {
      return place;
    }
  }
  return at;
}

/** The next row, from `at` on and round, whose name begins with `letter`. */
function nextNamed(rows: readonly IRow[], at: number, letter: string): number {
  for (let step = 1; step <= rows.length; step++) {
    const place = (at + step) % rows.length;
    const name = rows[place]?.node?.name.toLowerCase();
    if (name?.startsWith(letter.toLowerCase())) {
      return place;
    }
  }
  return at;
}

function unfold(
  rows: readonly IRow[],
  at: number,
  files: FileContents
): number {
  const row = rows[at];
  if (row?.node?.expandable && !row.expanded) {
    files.setExpanded(row.node.path, true);
    return at;
  }
  return row?.expanded ? Math.min(at + 1, rows.length - 1) : at;
}

function fold(rows: readonly IRow[], at: number, files: FileContents): number {
  const row = rows[at];
  if (row?.node && row.expanded) {
    files.setExpanded(row.node.path, false);
    return at;
  }
  return parentOf(rows, at);
}

/** The row that has the focus after `key`; null if the tree has no use for it. */
export function rowAfterKey(
  key: string,
  rows: readonly IRow[],
  at: number,
  files: FileContents
): number | null {
  const last = rows.length - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, last);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'PageDown':
      return Math.min(at + 10, last);
    case 'PageUp':
      return Math.max(at - 10, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'ArrowRight':
      return unfold(rows, at, files);
    case 'ArrowLeft':
      return fold(rows, at, files);
    default:
      return /^\S$/.test(key) && key !== '?' ? nextNamed(rows, at, key) : null;
  }
}
