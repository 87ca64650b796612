/** One kernel that has its imports behind it and waits for the next file. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Session } from '@jupyterlab/services';
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { KernelSessions } from './sessions';
import type { Preferences } from './settings';
import { hostWidgets } from './widgets';
import type { IHostedKernel } from './widgets';

/** Makes the viewer that a double click needs, and leaves no other trace. */
const WARM_UP = 'from usid_lab.lab import document as _; _.prepare(); del _';

export interface ISpareKernel {
  /** The sessions of this page, of which the spare is one. */
  readonly sessions: KernelSessions;
  /** The spare, which is the caller's from now on; null if there is none. */
  take(): Promise<IHostedKernel | null>;
  /** See to it that there is a spare again. */
  replenish(): Promise<void>;
}

export const ISpareKernel = new Token<ISpareKernel>(
  'usid-lab:ISpareKernel',
  'A kernel that was started before it is needed.'
);

export class SpareKernel implements ISpareKernel, IDisposable {
  constructor(
    readonly sessions: KernelSessions,
    private readonly _preferences: Preferences,
    private readonly _rendermime: IRenderMimeRegistry
  ) {
    _preferences.changed.connect(this._onPreferences, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
    this._kept?.host.dispose();
    this._kept?.session.dispose();
  }

  async take(): Promise<IHostedKernel | null> {
    await this._work;
    const kept = this._kept;
    this._kept = null;
    if (!kept || kept.session.isDisposed) {
      return null;
    }
    const { session, host } = kept;
    session.disposed.disconnect(this._drop, this);
    session.statusChanged.disconnect(this._onStatus, this);
    if (await this.sessions.isSpare(session)) {
      return kept;
    }
    host.dispose();
    session.dispose();
    return null;
  }

  replenish(): Promise<void> {
    this._work = this._work
      .then(() => this._replenish())
      .catch(() => undefined);
    return this._work;
  }

  private async _replenish(): Promise<void> {
    if (this._isDisposed || this._kept) {
      return;
    }
    const found = await this._found();
    if (this._preferences.spareKernel) {
      this._keep(
        found
          ? this.sessions.connect(found)
          : await this.sessions.start(this._preferences.kernelName)
      );
    }
  }

  /** A spare from before a reload. Those that nobody needs are shut down. */
  private async _found(): Promise<Session.IModel | undefined> {
    const wanted = await this.sessions.specification(
      this._preferences.kernelName
    );
    const spares = await this.sessions.foundSpares();
    const kept = this._preferences.spareKernel
      ? spares.find(model => model.kernel?.name === wanted)
      : undefined;
    spares
      .filter(model => model !== kept && isAbandoned(model))
      .forEach(model => void this.sessions.shutdown(model.id));
    return kept;
  }

  private _keep(session: Session.ISessionConnection): void {
    // The widgets' manager comes first, so that it sees the viewer being made.
    this._kept = { session, host: hostWidgets(session, this._rendermime) };
    session.disposed.connect(this._drop, this);
    session.statusChanged.connect(this._onStatus, this);
    session.kernel
      ?.requestExecute({ code: WARM_UP, silent: true, store_history: false })
      .done.then(reply => reply.content.status === 'ok')
      .catch(() => false)
      .then(warm => (warm ? undefined : this._discard(session)));
  }

  private _onStatus(session: Session.ISessionConnection, status: string): void {
    if (['dead', 'restarting', 'autorestarting'].includes(status)) {
      this._discard(session);
    }
  }

  /** A spare that cannot import usid_lab, or has died, helps nobody. */
  private _discard(session: Session.ISessionConnection): void {
    if (session === this._kept?.session) {
      this._drop(session);
      void this.sessions.shutdown(session.id);
    }
  }

  private _drop(session: Session.ISessionConnection): void {
    if (session === this._kept?.session) {
      this._kept.host.dispose();
      this._kept = null;
    }
  }

  private _onPreferences(): void {
    if (this._kept) {
      this._discard(this._kept.session);
    }
    void this.replenish();
  }

  private _isDisposed = false;
  private _kept: IHostedKernel | null = null;
  private _work: Promise<void> = Promise.resolve();
}

/** Another window may be about to connect to a kernel that is starting. */
function isAbandoned({ kernel }: Session.IModel): boolean {
  return !kernel?.connections && kernel?.execution_state !== 'starting';
}
