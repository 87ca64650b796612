import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { commandsPlugin } from './plugins/commands';
import { documentPlugin } from './plugins/document';
import { interruptsPlugin } from './plugins/interrupts';
import { sparePlugin } from './plugins/spare';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  documentPlugin,
  sparePlugin,
  commandsPlugin,
  interruptsPlugin
];

export default plugins;
