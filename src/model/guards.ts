/** Guards for the messages: nothing from outside is trusted to have its form. */

import type { INumericArray } from './arrays';
import {
  flag,
  index,
  isRecord,
  list,
  MalformedError,
  nullable,
  number,
  oneOf,
  optional,
  pair,
  record,
  table,
  text,
  type Check
} from './check';
import type {
  IBadge,
  IChannel,
  IComponent,
  IDatasetDescription,
  IDim,
  IPoints
} from './dataset';
import type {
  IDamage,
  IFailure,
  IFileInfo,
  IFrame,
  IOpened,
  IPacking,
  IProbed,
  IReduced,
  IRequests,
  ISaved,
  ISavingPlan,
  ReplyMessage
} from './messages';
import type { IAttribute, ITreeNode, ITreePage } from './tree';
import type { IContrast, IViewState, IZoom } from './view';

const numericArray: Check<INumericArray> = (value, where) => {
  if (!isRecord(value) || !ArrayBuffer.isView(value.data)) {
    throw new MalformedError(where, 'an array');
  }
  return value as unknown as INumericArray;
};

function window4(item: Check<number>): Check<[number, number, number, number]> {
  return (value, where) => {
    const [x0, x1, y0, y1] = list(item)(value, where);
    if (
      x0 === undefined ||
      x1 === undefined ||
      y0 === undefined ||
      y1 === undefined
    ) {
      throw new MalformedError(where, 'four numbers');
    }
    return [x0, x1, y0, y1];
  };
}

export const viewState: Check<IViewState> = record<IViewState>({
  version: oneOf(1),
  dataset: text,
  x: nullable(text),
  y: nullable(text),
  curve: nullable(text),
  overlay: nullable(text),
  index: table(index),
  band: nullable(pair(index)),
  component: text,
  contrast: record<IContrast>({
    mode: oneOf('percentile', 'minmax', 'manual'),
    low: number,
    high: number,
    limits: nullable(pair(number))
  }),
  colormap: nullable(text),
  flip: record<IViewState['flip']>({ x: flag, y: flag }),
  zoom: record<IZoom>({
    map: nullable(window4(number)),
    curve: nullable(pair(number))
  }),
  channels: oneOf('one', 'all')
});

/** Whether a saved view still has its form. */
export function isViewState(value: unknown): value is IViewState {
  try {
    viewState(value, 'view');
    return true;
  } catch {
    return false;
  }
}

const badge = record<IBadge>({
  text,
  detail: text,
  level: oneOf('info', 'warning')
});

const dim = record<IDim>({
  name: text,
  units: text,
  size: index,
  side: oneOf('position', 'spectroscopic', 'array'),
  values: numericArray,
  labels: nullable(list(text)),
  spatial: flag,
  monotonic: flag
});

const component = record<IComponent>({
  name: text,
  label: text,
  units: text,
  period: nullable(number),
  categorical: flag,
  limits: nullable(pair(number)),
  sample: numericArray
});

const points = record<IPoints>({
  dim: text,
  x: numericArray,
  y: numericArray,
  xName: text,
  yName: text,
  xUnits: text,
  yUnits: text
});

export const datasetDescription = record<IDatasetDescription>({
  path: text,
  name: text,
  kind: oneOf('main', 'array'),
  quantity: text,
  units: text,
  dtype: text,
  layout: oneOf(
    'raster',
    'shuffled',
    'incomplete',
    'sparse',
    'dependent',
    'array'
  ),
  dims: list(dim),
  components: list(component),
  channels: list(record<IChannel>({ path: text, label: text, units: text })),
  badges: list(badge),
  faults: list(text),
  yUp: flag,
  aspect: nullable(number),
  points: nullable(points),
  view: viewState
});

const treeNode = record<ITreeNode>({
  path: text,
  name: text,
  kind: oneOf('group', 'main', 'ancillary', 'dataset', 'link', 'refused'),
  summary: text,
  reason: text,
  expandable: flag,
  viewable: flag
});

export const treePage = record<ITreePage>({
  path: text,
  start: index,
  total: index,
  nodes: list(treeNode)
});

const attributes = record<IRequests['attributes']['result']>({
  total: index,
  attributes: list(
    record<IAttribute>({ name: text, value: text, truncated: flag })
  )
});

const reduced = record<IReduced>({
  window: window4(index),
  factors: pair(index),
  preview: flag,
  words: text
});

type GridFrame = NonNullable<IFrame['grid']>[number];
type TableRow = NonNullable<IFrame['table']>[number];

const packing = record<IPacking>({ offset: number, scale: number });

export const frame = record<IFrame>({
  map: optional(numericArray),
  title: optional(text),
  curve: optional(numericArray),
  curveNames: optional(list(text)),
  table: optional(
    list(record<TableRow>({ label: text, value: text, units: text }))
  ),
  grid: optional(
    list(
      record<GridFrame>({
        path: text,
        label: text,
        units: text,
        period: optional(nullable(number)),
        map: optional(numericArray),
        curve: optional(numericArray),
        reduced: optional(reduced)
      })
    )
  ),
  valid: optional(index),
  damage: optional(record<IDamage>({ chunks: index, of: index, reason: text })),
  reduced: optional(reduced),
  packing: optional(packing)
});

const fileState = oneOf('same', 'changed', 'missing');

const fileInfo = record<IFileInfo>({
  name: text,
  path: text,
  size: index,
  edition: text,
  badges: list(badge)
});

const opened = record<IOpened>({
  file: fileInfo,
  root: treePage,
  dataset: nullable(datasetDescription),
  unfolded: list(treePage),
  map: nullable(frame),
  curve: nullable(frame),
  grid: nullable(frame)
});

/** The check of each request's result. */
export const results: {
  [T in keyof IRequests]: Check<IRequests[T]['result']>;
} = {
  open: opened,
  retry: opened,
  describe: datasetDescription,
  frame,
  probe: record<IProbed>({ values: numericArray }),
  children: treePage,
  attributes,
  cancel: () => null,
  renew: fileInfo,
  watch: record<IRequests['watch']['result']>({
    state: oneOf('same', 'grown', 'changed', 'missing')
  }),
  savable: record<ISavingPlan>({
    choices: list(
      record<ISavingPlan['choices'][number]>({
        what: text,
        label: text,
        detail: text
      })
    ),
    file: text,
    inside: flag,
    reason: text
  }),
  save: record<ISaved>({
    file: text,
    paths: list(text),
    inside: flag,
    info: fileInfo
  })
};

const failure = record<IFailure>({
  message: text,
  reason: text,
  file: optional(fileState)
});
const ok = record<{ status: 'ok'; result: unknown }>({
  status: oneOf('ok'),
  result: value => value
});

/** A message of the kernel, or null for what is none of ours. */
export function replyMessage(value: unknown): ReplyMessage | null {
  if (!isRecord(value) || typeof value.id !== 'string') {
    return null;
  }
  const { id, kind, status } = value;
  if (kind === 'progress') {
    return { kind, id, fraction: number(value.fraction, 'progress') };
  }
  if (kind === 'partial') {
    return { kind, id, result: value.result };
  }
  if (kind !== 'reply') {
    return null;
  }
  if (status === 'stale') {
    return { kind, id, status };
  }
  return status === 'error'
    ? { kind, id, status, error: failure(value.error, 'error') }
    : { kind, id, ...ok(value, 'reply') };
}
