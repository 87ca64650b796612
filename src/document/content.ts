/** What the tab of a document holds: the viewer, or why there is none yet. */

import { PageConfig } from '@jupyterlab/coreutils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Panel } from '@lumino/widgets';
import type { Widget } from '@lumino/widgets';
import type { IFailure } from '../model/messages';
import { Attempt } from './attempt';
import { OpeningError, asFailure, createAlert } from './failure';
import type { DocumentKernels } from './kernels';
import { Skeleton } from './skeleton';
import type { SavedViews } from './views';

/** Drives whose paths are paths below the server's folder. */
const LOCAL_DRIVES = ['', 'RTC'];

/** The first picture comes before the start of another kernel. */
const REST_MS = 300;

/** What the keyboard and the wheel are for when a tab comes to the front. */
const FIRST = [
  '[role="alert"] button',
  '[aria-label="Map"][tabindex="0"]',
  '[aria-label="Spectrum"][tabindex="0"]',
  '[tabindex="0"]'
];

export interface IContentOptions {
  context: DocumentRegistry.Context;
  contents: Contents.IManager;
  kernels: DocumentKernels;
  trans: TranslationBundle;
  views: SavedViews;
}

export class WorkbenchContent extends Panel {
  constructor(private readonly _options: IContentOptions) {
    super();
    this.addClass('usid-Document');
    void this._open();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._end();
      Signal.clearData(this);
      super.dispose();
    }
  }

  /** Begin anew, with another kernel. */
  retry(): Promise<void> {
    this._end();
    return this._open();
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    const inner = FIRST.map(selector =>
      this.node.querySelector<HTMLElement>(selector)
    ).find(found => found !== null);
    (inner ?? this.node).focus();
  }

  private async _open(): Promise<void> {
    const { kernels, trans } = this._options;
    const path = this._options.context.localPath;
    const attempt = new Attempt({
      path,
      kernels,
      trans,
      onView: view => this._keep(view)
    });
    attempt.lost.connect(this._onLost, this);
    attempt.silenced.connect(this._onSilenced, this);
    this._attempt = attempt;
    await this._show(attempt);
  }

  private async _show(attempt: Attempt): Promise<void> {
    this._begin();
    try {
      const view = await attempt.show(await this._request());
      if (!attempt.isDisposed) {
        this._place(view);
      }
    } catch (error) {
      if (!attempt.isDisposed) {
        this._fail(asFailure(error, this._options.trans));
      }
    }
  }

  private async _request(): Promise<Parameters<Attempt['show']>[0]> {
    const { context, views } = this._options;
    this._checkDrive();
    return {
      path: context.localPath,
      root: PageConfig.getOption('serverRoot'),
      view: this._view ?? (await views.load(context.path))
    };
  }

  private _checkDrive(): void {
    const { context, contents, trans } = this._options;
    const drive = contents.driveName(context.path);
    if (!LOCAL_DRIVES.includes(drive)) {
      const message = trans.__(
        'This file lies on "%1", where a kernel cannot read it. Copy it to a folder of the Jupyter server and open it there.',
        drive
      );
      throw new OpeningError({ message, reason: context.path });
    }
  }

  private _begin(): void {
    this._clear();
    this.node.dataset.phase = 'opening';
    const { context, trans } = this._options;
    this._skeleton = new Skeleton(trans.__('Opening %1', context.localPath));
    this.node.append(this._skeleton.node);
  }

  private _place(view: Widget): void {
    view.addClass('usid-Document-view');
    this.addWidget(view);
    this._skeleton?.waitFor(view.node, () => this._settle());
  }

  private _settle(): void {
    this.node.dataset.phase = 'shown';
    this._attempt?.settle();
    window.setTimeout(() => this._options.kernels.replenish(), REST_MS);
    if (this.isVisible && this.node === document.activeElement) {
      this.activate();
    }
  }

  /** Later failures of the same attempt say nothing new. */
  private _fail(failure: IFailure): void {
    if (this.node.dataset.phase !== 'failed') {
      this.node.dataset.phase = 'failed';
      this._skeleton?.dispose();
      this.widgets.forEach(view => (view.node.inert = true));
      this._alert(failure);
      this._options.kernels.replenish();
    }
  }

  private _alert(failure: IFailure): void {
    this._withdraw();
    const { trans } = this._options;
    const retry = (): void => void this.retry();
    this._shownAlert = createAlert({ failure, trans, retry });
    this.node.append(this._shownAlert);
  }

  private _withdraw(): void {
    this._shownAlert?.remove();
    this._shownAlert = null;
  }

  private _clear(): void {
    this._withdraw();
    this._skeleton?.dispose();
    this._skeleton = null;
  }

  private _end(): void {
    this._clear();
    this._attempt?.dispose();
    this._attempt = null;
  }

  private _onLost(_: Attempt, failure: IFailure): void {
    this._fail(failure);
  }

  /** Silence may end by itself; then the alert goes. */
  private _onSilenced(_: Attempt, silent: boolean): void {
    if (this.node.dataset.phase === 'failed') {
      return;
    }
    if (silent) {
      this._alert(this._silence());
    } else {
      this._withdraw();
    }
  }

  private _silence(): IFailure {
    const { trans } = this._options;
    const message = trans.__(
      'The kernel that reads this file does not answer. Your file has not been changed.'
    );
    return {
      message,
      reason: trans.__('A probe of the kernel was not answered.')
    };
  }

  private _keep(view: JSONObject): void {
    const { context, views } = this._options;
    this._view = view;
    void views.save(context.path, view);
  }

  private _attempt: Attempt | null = null;
  private _shownAlert: HTMLElement | null = null;
  private _skeleton: Skeleton | null = null;
  private _view: JSONObject | null = null;
}
