import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { answerInterrupts } from '../model/interrupt';

/**
 * A run can be cancelled while its cell waits for it: no message of a widget
 * reaches a kernel then, but it can be interrupted.
 */
export const interruptsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'usid-lab:interrupts',
  description: 'Lets the Cancel button of a run interrupt its kernel.',
  autoStart: true,
  activate: ({ shell }: JupyterFrontEnd) => {
    answerInterrupts(document, from => {
      const kernel = kernelAround(shell, from);
      void kernel?.interrupt();
      return kernel !== null;
    });
  }
};

/** The kernel of the notebook or console that holds an element. */
function kernelAround(
  shell: JupyterFrontEnd.IShell,
  element: Element
): Kernel.IKernelConnection | null {
  for (const widget of shell.widgets('main')) {
    if (widget.node.contains(element) && hasSession(widget)) {
      return widget.sessionContext.session?.kernel ?? null;
    }
  }
  return null;
}

function hasSession(
  widget: object
): widget is { sessionContext: ISessionContext } {
  return 'sessionContext' in widget;
}
