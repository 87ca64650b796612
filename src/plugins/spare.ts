import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IJupyterWidgetRegistry } from '@jupyter-widgets/base';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { KernelSessions } from '../document/sessions';
import { Preferences } from '../document/settings';
import { ISpareKernel, SpareKernel } from '../document/spare';

/** A kernel waits for the next file. */
export const sparePlugin: JupyterFrontEndPlugin<ISpareKernel> = {
  id: 'usid-lab:spare-kernel',
  description: 'Keeps a kernel ready for the next HDF5 file.',
  autoStart: true,
  provides: ISpareKernel,
  // The registry is asked for so that the widgets' own plugin comes first.
  requires: [IRenderMimeRegistry, IJupyterWidgetRegistry],
  optional: [ISettingRegistry],
  activate: async (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    _: IJupyterWidgetRegistry,
    settings: ISettingRegistry | null
  ) => {
    const preferences = await Preferences.load(settings);
    const sessions = new KernelSessions(app.serviceManager);
    const spare = new SpareKernel(sessions, preferences, rendermime);
    // What the page restores comes first.
    void app.restored.then(() => spare.replenish());
    return spare;
  }
};
