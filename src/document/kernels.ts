/** Gives each document its kernel. */

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Session } from '@jupyterlab/services';
import type { KernelSessions } from './sessions';
import type { Preferences } from './settings';
import type { ISpareKernel } from './spare';
import { hostWidgets } from './widgets';
import type { IHostedKernel } from './widgets';

export class DocumentKernels {
  constructor(
    private readonly _sessions: KernelSessions,
    private readonly _preferences: Preferences,
    private readonly _spare: ISpareKernel | null,
    private readonly _rendermime: IRenderMimeRegistry
  ) {}

  /** The kernel that the document has already, else the spare, else a new one. */
  async acquire(path: string): Promise<IHostedKernel> {
    const own = await this._sessions.ofDocument(path);
    if (own) {
      return this._hosted(this._sessions.connect(own));
    }
    return (
      (await this._spare?.take()) ??
      this._hosted(await this._sessions.start(this._preferences.kernelName))
    );
  }

  private _hosted(session: Session.ISessionConnection): IHostedKernel {
    return { session, host: hostWidgets(session, this._rendermime) };
  }

  /** From now on the kernel is found by the document's path. */
  assign(session: Session.ISessionConnection, path: string): Promise<void> {
    return this._sessions.assign(session, path);
  }

  /** The document is done with its kernel, and will ask for another. */
  retire(session: Session.ISessionConnection): void {
    this._sessions.retire(session.id);
  }

  async release(session: Session.ISessionConnection): Promise<void> {
    const { id } = session;
    session.dispose();
    await this._sessions.shutdown(id);
  }

  displayName(session: Session.ISessionConnection): string {
    return this._sessions.displayName(session.kernel?.name ?? '');
  }

  /** A document is up; there is time to prepare the next kernel. */
  replenish(): void {
    void this._spare?.replenish();
  }
}
