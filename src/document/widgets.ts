/**
 * Widgets of a kernel that belongs to no notebook. The registry of widget
 * classes is private to the widget manager's extension, so its manager is the
 * one to use; it wants a document context and is given what it reads of one.
 */

import { registerWidgetManager } from '@jupyter-widgets/jupyterlab-manager';
import type {
  WidgetManager,
  WidgetRenderer
} from '@jupyter-widgets/jupyterlab-manager';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { CommsOverSubshells } from '@jupyterlab/services';
import type { Session } from '@jupyterlab/services';
import { PromiseDelegate } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

type Context = Parameters<typeof registerWidgetManager>[0];

export interface IWidgetHost extends IDisposable {
  readonly manager: Promise<WidgetManager>;
}

/** A kernel, and the widgets that live in it. */
export interface IHostedKernel {
  session: Session.ISessionConnection;
  host: IWidgetHost;
}

export function hostWidgets(
  session: Session.ISessionConnection,
  rendermime: IRenderMimeRegistry
): IWidgetHost {
  if (session.kernel) {
    // The viewer's messages keep their order, and wait for no second shell.
    session.kernel.commsOverSubshells = CommsOverSubshells.Disabled;
  }
  const manager = new PromiseDelegate<WidgetManager>();
  const receiver = {
    set manager(value: WidgetManager) {
      manager.resolve(value);
    }
  };
  const registration = registerWidgetManager(
    contextOf(session, rendermime),
    rendermime.clone(),
    [receiver as unknown as WidgetRenderer].values()
  );
  return Object.assign(registration, { manager: manager.promise });
}

function contextOf(
  session: Session.ISessionConnection,
  rendermime: IRenderMimeRegistry
): Context {
  const context = {
    sessionContext: {
      ready: Promise.resolve(),
      session,
      kernelChanged: session.kernelChanged,
      statusChanged: session.statusChanged,
      connectionStatusChanged: session.connectionStatusChanged
    },
    model: { getMetadata: () => undefined },
    saveState: new Signal<unknown, string>(session),
    urlResolver: rendermime.resolver
  };
  return context as unknown as Context;
}
