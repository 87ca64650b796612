/** One attempt to show a file: its kernel, its widgets and its view. */

import type { DOMWidgetView, WidgetModel } from '@jupyter-widgets/base';
import type { Kernel, Session } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';
import type { IFailure } from '../model/messages';
import { OpeningError } from './failure';
import type { DocumentKernels } from './kernels';
import { requestViewer } from './show';
import type { IShowRequest } from './show';
import { Watchdog } from './watchdog';
import type { IHostedKernel, IWidgetHost } from './widgets';

/** A cold kernel on a busy machine may need this long for its imports. */
const OPENING_PATIENCE_MS = 20000;
const PATIENCE_MS = 6000;

const STOPPED = ['dead', 'restarting', 'autorestarting'];

export interface IAttemptOptions {
  /** Path of the file as the kernel's session is named, without a drive. */
  path: string;
  kernels: DocumentKernels;
  trans: TranslationBundle;
  /** Called with each view, even while the attempt is ending. */
  onView: (view: JSONObject) => void;
}

export class Attempt implements IDisposable {
  constructor(private readonly _options: IAttemptOptions) {}

  /** The kernel is lost to this attempt. */
  get lost(): ISignal<this, IFailure> {
    return this._lost;
  }

  /** Emits true when the kernel stops answering, false when it answers again. */
  get silenced(): ISignal<this, boolean> {
    return this._silenced;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** End the attempt, and with it the kernel. */
  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._watchdog?.dispose();
    Signal.clearData(this);
    this._view?.dispose();
    if (this._session) {
      this._options.kernels.retire(this._session);
    }
    // The viewer hands over its last view as it goes, a moment later.
    window.setTimeout(() => this._disconnect());
  }

  private _disconnect(): void {
    this._model?.off('change:view', this._onView, this);
    this._host?.dispose();
    if (this._session) {
      this._release(this._session);
    }
  }

  /** Show a file; asked again with another path, the same kernel shows that. */
  async show(request: IShowRequest): Promise<Widget> {
    const kernel = await this._kernel();
    const { trans, kernels } = this._options;
    const kernelName = this._session ? kernels.displayName(this._session) : '';
    const id = await requestViewer(kernel, request, { trans, kernelName });
    return this._createView(id);
  }

  /** The first picture is there: from now on answers are expected soon. */
  settle(): void {
    this._watchdog?.expectWithin(PATIENCE_MS);
  }

  private async _kernel(): Promise<Kernel.IKernelConnection> {
    const session = this._session ?? (await this._connect());
    if (!session.kernel) {
      const message = this._options.trans.__('The kernel has been shut down.');
      throw new OpeningError({ message, reason: '' });
    }
    return session.kernel;
  }

  private async _connect(): Promise<Session.ISessionConnection> {
    const { path } = this._options;
    const { session, host } = await this._acquire();
    if (this._isDisposed) {
      host.dispose();
      this._release(session);
      throw new Error('The document was closed.');
    }
    this._session = session;
    this._host = host;
    this._watch(session);
    if (session.path !== path) {
      // Not waited for: the picture need not wait for the server's books.
      void this._assign(session, path);
    }
    return session;
  }

  private async _assign(
    session: Session.ISessionConnection,
    path: string
  ): Promise<void> {
    const { kernels, trans } = this._options;
    await kernels
      .assign(session, path)
      .catch(error =>
        this._lose(trans.__('The kernel has been shut down.'), String(error))
      );
  }

  private async _acquire(): Promise<IHostedKernel> {
    const { kernels, path, trans } = this._options;
    try {
      return await kernels.acquire(path);
    } catch (error) {
      const message = trans.__('No kernel could be started to read this file.');
      throw new OpeningError({ message, reason: String(error) });
    }
  }

  private _watch(session: Session.ISessionConnection): void {
    session.statusChanged.connect(this._onStatus, this);
    session.connectionStatusChanged.connect(this._onConnection, this);
    session.disposed.connect(this._onShutdown, this);
    if (session.kernel) {
      this._watchdog = new Watchdog(session.kernel, OPENING_PATIENCE_MS);
      this._watchdog.silenced.connect(this._onSilence, this);
    }
  }

  private async _createView(id: string): Promise<Widget> {
    const manager = await this._host?.manager;
    const model = await manager?.get_model(id);
    if (!manager || !model || model.get('_view_name') === 'ErrorWidgetView') {
      throw new OpeningError(this._noWidgets(model));
    }
    const view = (await manager.create_view(model)) as DOMWidgetView;
    this._follow(model);
    this._view?.dispose();
    this._view = view.luminoWidget;
    return this._view;
  }

  private _noWidgets(model: WidgetModel | undefined): IFailure {
    const message = this._options.trans.__(
      'JupyterLab cannot draw the viewer. Check that ipywidgets and anywidget are installed where JupyterLab runs, and load the page again.'
    );
    return { message, reason: String(model?.get('error') ?? '') };
  }

  private _follow(model: WidgetModel): void {
    this._model?.off('change:view', this._onView, this);
    this._model = model;
    model.on('change:view', this._onView, this);
  }

  private _onView(model: WidgetModel): void {
    const view = model.get('view') as JSONObject | null;
    if (view && Object.keys(view).length > 0) {
      this._options.onView(view);
    }
  }

  private _onStatus(_: unknown, status: string): void {
    if (STOPPED.includes(status)) {
      const { trans } = this._options;
      this._lose(
        trans.__('The kernel that read this file has stopped.'),
        trans.__('State of the kernel: %1', status)
      );
    }
  }

  private _onConnection(_: unknown, status: string): void {
    if (status === 'disconnected') {
      const { trans } = this._options;
      this._lose(trans.__('The connection to the kernel is lost.'), '');
    }
  }

  private _onShutdown(): void {
    const { trans } = this._options;
    this._lose(trans.__('The kernel that read this file was shut down.'), '');
  }

  private _onSilence(_: unknown, silent: boolean): void {
    this._silenced.emit(silent);
  }

  private _lose(sentence: string, reason: string): void {
    if (!this._isDisposed) {
      const { trans } = this._options;
      const unharmed = trans.__('Your file has not been changed.');
      this._lost.emit({ message: `${sentence} ${unharmed}`, reason });
    }
  }

  /** A kernel that cannot be shut down is gone, or the server is. */
  private _release(session: Session.ISessionConnection): void {
    this._options.kernels.release(session).catch(() => undefined);
  }

  private _host: IWidgetHost | null = null;
  private _isDisposed = false;
  private readonly _lost = new Signal<this, IFailure>(this);
  private _model: WidgetModel | null = null;
  private _session: Session.ISessionConnection | null = null;
  private readonly _silenced = new Signal<this, boolean>(this);
  private _view: Widget | null = null;
  private _watchdog: Watchdog | null = null;
}
