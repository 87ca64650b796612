/** The view in which each file was left, in JupyterLab's state database. */

import type { Contents } from '@jupyterlab/services';
import type { IStateDB } from '@jupyterlab/statedb';
import type { JSONObject, ReadonlyPartialJSONValue } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

const NAMESPACE = 'usid-lab-view';

/** The database travels with the workspace: it must stay small. */
const MOST_VIEWS = 100;

export class SavedViews implements IDisposable {
  constructor(
    private readonly _state: IStateDB,
    contents: Contents.IManager
  ) {
    contents.fileChanged.connect(this._onFileChanged, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  async load(path: string): Promise<JSONObject | null> {
    const saved = await this._state.fetch(keyOf(path)).catch(() => undefined);
    return viewOf(saved);
  }

  async save(path: string, view: JSONObject): Promise<void> {
    const key = keyOf(path);
    const known = (await this._state.fetch(key)) !== undefined;
    await this._state.save(key, { view, saved: Date.now() });
    if (!known) {
      await this._forgetOldest();
    }
  }

  private async _forgetOldest(): Promise<void> {
    const { ids, values } = await this._state.list(NAMESPACE);
    const byAge = ids
      .map((id, index) => ({ id, saved: savedAt(values[index]) }))
      .sort((a, b) => b.saved - a.saved);
    await Promise.all(
      byAge.slice(MOST_VIEWS).map(({ id }) => this._state.remove(id))
    );
  }

  private _onFileChanged(_: unknown, change: Contents.IChangedArgs): void {
    const old = change.oldValue?.path;
    if (old && change.type === 'delete') {
      void this._moveAll(old, null);
    } else if (old && change.type === 'rename') {
      void this._moveAll(old, change.newValue?.path ?? null);
    }
  }

  /** Of a file, or of all files in a folder; they are gone where `to` is null. */
  private async _moveAll(from: string, to: string | null): Promise<void> {
    const { ids, values } = await this._state.list(NAMESPACE);
    const start = keyOf(from);
    const moves = ids.map(async (id, index) => {
      if (id !== start && !id.startsWith(`${start}/`)) {
        return;
      }
      await this._state.remove(id);
      const value = values[index];
      if (to !== null && value !== undefined) {
        await this._state.save(keyOf(to) + id.slice(start.length), value);
      }
    });
    await Promise.all(moves);
  }

  private _isDisposed = false;
}

function keyOf(path: string): string {
  return `${NAMESPACE}:${path}`;
}

function viewOf(
  saved: ReadonlyPartialJSONValue | undefined
): JSONObject | null {
  const view = (saved as { view?: JSONObject } | undefined)?.view;
  return view && typeof view === 'object' ? view : null;
}

function savedAt(saved: ReadonlyPartialJSONValue | undefined): number {
  return (saved as { saved?: number } | undefined)?.saved ?? 0;
}
