import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { FACTORY } from './filetype';

type Open = IDocumentManager['open'];

/** JupyterLab's own way to open, whatever has been put over it. */
function plainOpen(manager: IDocumentManager): Open {
  const { open } = Object.getPrototypeOf(manager) as IDocumentManager;
  return open.bind(manager);
}

/** Open a file in the workbench, or show the tab that it has. */
export function openWorkbench(
  manager: IDocumentManager,
  path: string
): IDocumentWidget | undefined {
  const known = manager.findWidget(path, FACTORY);
  return known
    ? manager.openOrReveal(path, FACTORY)
    : plainOpen(manager)(path, FACTORY);
}

/**
 * Other extensions replace `open` to take every HDF5 file, whichever viewer was
 * asked for. Where the workbench is asked for by name, it is what opens.
 */
export function openWhenNamed(manager: IDocumentManager): void {
  if (!Object.hasOwn(manager, 'open')) {
    return;
  }
  const theirs = manager.open.bind(manager);
  const plain = plainOpen(manager);
  manager.open = (path, widgetName, ...rest) =>
    (widgetName === FACTORY ? plain : theirs)(path, widgetName, ...rest);
}
