/** A tab for a file that is not there: a link or a layout may outlive its file. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { ServerConnection } from '@jupyterlab/services';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { createAlert } from './failure';
import { workbenchIcon } from './filetype';
import { openWorkbench } from './manager';

/** Whether a file is there. Where nobody can say, opening it will tell. */
export async function isThere(
  contents: Contents.IManager,
  path: string
): Promise<boolean> {
  try {
    await contents.get(path, { content: false });
    return true;
  } catch (error) {
    return !(
      error instanceof ServerConnection.ResponseError &&
      error.response.status === 404
    );
  }
}

export interface IOpenerOptions {
  shell: JupyterFrontEnd.IShell;
  manager: IDocumentManager;
  trans: TranslationBundle;
}

/** Opens files by their paths, and tells of those that are not there. */
export class Opener {
  constructor(private readonly _options: IOpenerOptions) {}

  /** The tab that tells that there is no such file; null where there is one. */
  async open(path: string): Promise<Widget | null> {
    const { manager } = this._options;
    if (await isThere(manager.services.contents, path)) {
      openWorkbench(manager, path);
      return null;
    }
    return this.tell(path);
  }

  tell(path: string): Widget {
    const { shell } = this._options;
    const id = `usid-missing-${path}`;
    const known = [...shell.widgets('main')].find(widget => widget.id === id);
    const tab = known ?? this._tab(id, path);
    if (!known) {
      shell.add(tab, 'main', { type: 'Document Viewer' });
    }
    return tab;
  }

  private _tab(id: string, path: string): Widget {
    const { trans } = this._options;
    const tab = new Widget();
    tab.id = id;
    tab.addClass('usid-Document');
    tab.node.dataset.phase = 'failed';
    Object.assign(tab.title, {
      caption: path,
      closable: true,
      icon: workbenchIcon,
      label: PathExt.basename(path)
    });
    const message = trans.__(
      'There is no file "%1" here. It may have been moved, renamed or deleted.',
      path
    );
    const retry = (): void => void this._retry(tab, path);
    tab.node.append(
      createAlert({ failure: { message, reason: '' }, trans, retry })
    );
    return tab;
  }

  private async _retry(tab: Widget, path: string): Promise<void> {
    if ((await this.open(path)) === null) {
      tab.dispose();
    }
  }
}
