import { IJupyterWidgetRegistry } from '@jupyter-widgets/base';
import { ILayoutRestorer } from '@jupyterlab/application';
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
// eslint-disable-next-line jupyter/prefer-lazy-imports -- Layouts are restored by it.
import { WorkbenchFactory } from '../document/factory';
import type { WorkbenchDocument } from '../document/factory';
import { FACTORY, hdf5FileType } from '../document/filetype';
import { DocumentKernels } from '../document/kernels';
import { openWhenNamed } from '../document/manager';
import { markDoubleClicks } from '../document/marks';
import { Hdf5ModelFactory } from '../document/model';
import { KernelSessions } from '../document/sessions';
import { DOCUMENT_PLUGIN, Preferences } from '../document/settings';
import { ISpareKernel } from '../document/spare';
import { SavedViews } from '../document/views';

/** HDF5 files open as documents, each with a kernel of its own. */
export const documentPlugin: JupyterFrontEndPlugin<void> = {
  id: DOCUMENT_PLUGIN,
  description: 'Opens HDF5 files in the USID Workbench.',
  autoStart: true,
  requires: [
    IDocumentManager,
    IRenderMimeRegistry,
    IStateDB,
    // For the order only: the classes of widgets must be known.
    IJupyterWidgetRegistry
  ],
  optional: [ILayoutRestorer, ISettingRegistry, ISpareKernel, ITranslator],
  activate: async (
    app: JupyterFrontEnd,
    manager: IDocumentManager,
    rendermime: IRenderMimeRegistry,
    state: IStateDB,
    _widgets: IJupyterWidgetRegistry,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    spare: ISpareKernel | null,
    translator: ITranslator | null
  ) => {
    const { contents } = app.serviceManager;
    const preferences = await Preferences.load(settings);
    const sessions = spare?.sessions ?? new KernelSessions(app.serviceManager);
    app.docRegistry.addFileType(hdf5FileType);
    app.docRegistry.addModelFactory(new Hdf5ModelFactory());
    const factory = new WorkbenchFactory({
      contents,
      kernels: new DocumentKernels(sessions, preferences, spare, rendermime),
      openByDefault: preferences.openByDefault,
      trans: (translator ?? nullTranslator).load('usid_lab'),
      views: new SavedViews(state, contents)
    });
    app.docRegistry.addWidgetFactory(factory);
    track(factory, restorer);
    markDoubleClicks();
    void app.started.then(() => openWhenNamed(manager));
  }
};

/** Documents return when the page is loaded again. */
function track(
  factory: WorkbenchFactory,
  restorer: ILayoutRestorer | null
): void {
  const tracker = new WidgetTracker<WorkbenchDocument>({
    namespace: 'usid-lab'
  });
  factory.widgetCreated.connect((_, widget) => {
    widget.context.pathChanged.connect(() => void tracker.save(widget));
    void tracker.add(widget);
  });
  void restorer?.restore(tracker, {
    command: 'docmanager:open',
    args: widget => ({ path: widget.context.path, factory: FACTORY }),
    name: widget => widget.context.path
  });
}
