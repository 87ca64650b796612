import type { Contents } from '@jupyterlab/services';
import { StateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { beforeEach, expect, test, vi } from 'vitest';
import { SavedViews } from './views';

type Change = Contents.IChangedArgs;

const contents = {
  fileChanged: new Signal<unknown, Change>({})
};

let views: SavedViews;

beforeEach(() => {
  Signal.clearData(contents.fileChanged);
  const state = new StateDB<ReadonlyPartialJSONValue>();
  views = new SavedViews(state, contents as unknown as Contents.IManager);
});

function changed(type: Change['type'], from: string, to?: string): void {
  contents.fileChanged.emit({
    type,
    oldValue: { path: from },
    newValue: to === undefined ? null : { path: to }
  });
}

test('a file that was never seen has no view', async () => {
  expect(await views.load('a.h5')).toBeNull();
});

test('the last view of each file is kept', async () => {
  await views.save('a.h5', { n: 1 });
  await views.save('b.h5', { n: 2 });
  await views.save('a.h5', { n: 3 });
  expect(await views.load('a.h5')).toEqual({ n: 3 });
  expect(await views.load('b.h5')).toEqual({ n: 2 });
});

test('a view goes with its file', async () => {
  await views.save('a.h5', { n: 1 });
  changed('delete', 'a.h5');
  await vi.waitFor(async () => expect(await views.load('a.h5')).toBeNull());
});

test('a view moves with its file', async () => {
  await views.save('a.h5', { n: 1 });
  changed('rename', 'a.h5', 'b.h5');
  await vi.waitFor(async () =>
    expect(await views.load('b.h5')).toEqual({ n: 1 })
  );
  expect(await views.load('a.h5')).toBeNull();
});

test('views move with their folder, and with no folder named alike', async () => {
  await views.save('old/a.h5', { n: 1 });
  await views.save('older/a.h5', { n: 2 });
  changed('rename', 'old', 'new');
  await vi.waitFor(async () =>
    expect(await views.load('new/a.h5')).toEqual({ n: 1 })
  );
  expect(await views.load('old/a.h5')).toBeNull();
  expect(await views.load('older/a.h5')).toEqual({ n: 2 });
});

test('the oldest view is forgotten when there are many', async () => {
  vi.useFakeTimers();
  for (let file = 0; file <= 100; file += 1) {
    vi.setSystemTime(file);
    await views.save(`${file}.h5`, { n: file });
  }
  vi.useRealTimers();
  expect(await views.load('0.h5')).toBeNull();
  expect(await views.load('1.h5')).toEqual({ n: 1 });
  expect(await views.load('100.h5')).toEqual({ n: 100 });
});
