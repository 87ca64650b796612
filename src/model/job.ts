/** What the kernel says of a run, mirrored from `usid_lab/widgets/jobs.py`. */

import {
  flag,
  index,
  list,
  nullable,
  number,
  oneOf,
  optional,
  pair,
  record,
  text,
  type Check
} from './check';
import type { IFailure } from './messages';

export type JobState =
  'waiting' | 'running' | 'committing' | 'done' | 'cancelled' | 'failed';

/** The picture of the first output, apart from its pixels. */
export interface IJobMap {
  rows: number;
  columns: number;
  /** Of its colours; null where nothing is known. */
  limits: [number, number] | null;
  label: string;
  units: string;
  /** Height over width. */
  shape: number;
}

export interface IJob {
  tool: string;
  /** HDF5 path of the dataset, and the name of its file. */
  source: string;
  file: string;
  state: JobState;
  /** Positions. */
  done: number;
  total: number;
  /** Positions a second. */
  rate: number | null;
  /** Seconds. */
  remaining: number | null;
  message: string;
  /** A cell waits for the run: no message reaches the kernel. */
  awaited: boolean;
  /** Somebody has cancelled it. */
  stopping: boolean;
  failure: IFailure | null;
  results: { file: string; path: string }[];
  map: IJobMap | null;
}

export const job: Check<IJob> = record<IJob>({
  tool: text,
  source: text,
  file: text,
  state: oneOf(
    'waiting',
    'running',
    'committing',
    'done',
    'cancelled',
    'failed'
  ),
  done: index,
  total: index,
  rate: nullable(number),
  remaining: nullable(number),
  message: text,
  awaited: flag,
  stopping: flag,
  failure: nullable(
    record<IFailure>({
      message: text,
      reason: text,
      file: optional(oneOf('same', 'changed', 'missing'))
    })
  ),
  results: list(record<IJob['results'][number]>({ file: text, path: text })),
  map: nullable(
    record<IJobMap>({
      rows: index,
      columns: index,
      limits: nullable(pair(number)),
      label: text,
      units: text,
      shape: number
    })
  )
});
