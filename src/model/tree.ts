/** The contents of a file, one level at a time. */

export type NodeKind =
  'group' | 'main' | 'ancillary' | 'dataset' | 'link' | 'refused';

export interface ITreeNode {
  path: string;
  name: string;
  kind: NodeKind;
  /** "128 x 128 · Height nm", "3 objects", a link's target. */
  summary: string;
  /** Why it was refused or why it is not a Main dataset; empty if all is well. */
  reason: string;
  /** Groups: whether there is anything to unfold. */
  expandable: boolean;
  /** A viewer can show its values. */
  viewable: boolean;
}

/** Part of the children of `path`, from `start` on. */
export interface ITreePage {
  path: string;
  start: number;
  total: number;
  nodes: ITreeNode[];
}

export interface IAttribute {
  name: string;
  value: string;
  /** The value was longer than what is shown. */
  truncated: boolean;
}
