/**
 * Sessions of the server, by what they are to us. Every kernel of ours begins
 * as a spare and becomes a document's afterwards: whatever a page leaves behind
 * when it is reloaded half-way is therefore found again as a spare.
 */

import { PathExt } from '@jupyterlab/coreutils';
import { SessionAPI } from '@jupyterlab/services';
import type { ServiceManager, Session } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';

const DOCUMENT = 'usid-lab';
const SPARE = 'usid-lab-spare';

export class KernelSessions {
  constructor(private readonly _services: ServiceManager.IManager) {
    this._api = new SessionAPI.SessionAPIClient({
      serverSettings: _services.serverSettings
    });
  }

  /** Name of the kernel specification that an empty name stands for. */
  async specification(name: string): Promise<string | undefined> {
    await this._services.kernelspecs.ready;
    return name || this._services.kernelspecs.specs?.default;
  }

  /** What people call the kernel. */
  displayName(name: string): string {
    const specs = this._services.kernelspecs.specs?.kernelspecs;
    return specs?.[name]?.display_name ?? name;
  }

  /** Start a kernel, as a spare. */
  async start(kernelName: string): Promise<Session.ISessionConnection> {
    const name = await this.specification(kernelName);
    const session = await this._services.sessions.startNew({
      path: `${SPARE}-${UUID.uuid4()}`,
      name: 'USID Workbench (spare)',
      type: SPARE,
      kernel: name ? { name } : undefined
    });
    this._known.add(session.id);
    return session;
  }

  connect(model: Session.IModel): Session.ISessionConnection {
    this._known.add(model.id);
    return this._services.sessions.connectTo({ model });
  }

  /** Make a spare the kernel of a document. */
  async assign(
    session: Session.ISessionConnection,
    path: string
  ): Promise<void> {
    const name = PathExt.basename(path);
    await this._api.update({ id: session.id, path, name, type: DOCUMENT });
    await this._services.sessions.refreshRunning();
  }

  /** The kernel that a document still has, from before a reload. */
  async ofDocument(path: string): Promise<Session.IModel | undefined> {
    await this._services.sessions.ready;
    return [...this._services.sessions.running()].find(
      ({ id, type, path: at }) =>
        type === DOCUMENT && at === path && !this._ending.has(id)
    );
  }

  /** Spares that somebody else has left, or that another window keeps. */
  async foundSpares(): Promise<Session.IModel[]> {
    const models = await this._api.listRunning();
    return models.filter(
      ({ id, type }) => type === SPARE && !this._known.has(id)
    );
  }

  /** Whether nobody, in another window, has taken this spare. */
  async isSpare(session: Session.ISessionConnection): Promise<boolean> {
    const model = await this._api.getModel(session.id).catch(() => null);
    return model?.type === SPARE;
  }

  /** Do not give a session out again: a kernel may take seconds to end. */
  retire(id: string): void {
    this._ending.add(id);
  }

  /** End a session and its kernel; that it has ended already is fine. */
  async shutdown(id: string): Promise<void> {
    this.retire(id);
    await this._services.sessions.shutdown(id).catch(() => undefined);
  }

  private readonly _api: SessionAPI.SessionAPIClient;
  private readonly _ending = new Set<string>();
  private readonly _known = new Set<string>();
}
