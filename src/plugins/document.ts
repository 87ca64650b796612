import { IJupyterWidgetRegistry } from '@jupyter-widgets/base';
import { ILayoutRestorer, IRouter } from '@jupyterlab/application';
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
// eslint-disable-next-line jupyter/prefer-lazy-imports -- Layouts are restored by it.
import { WorkbenchFactory } from '../document/factory';
import type { WorkbenchDocument } from '../document/factory';
import { hdf5FileType, isOurs } from '../document/filetype';
import { DocumentKernels } from '../document/kernels';
import { openWhenNamed } from '../document/manager';
import { markDoubleClicks } from '../document/marks';
// eslint-disable-next-line jupyter/prefer-lazy-imports -- Links and layouts are answered by it.
import { Opener, isThere } from '../document/missing';
import { Hdf5ModelFactory } from '../document/model';
import { KernelSessions } from '../document/sessions';
import { DOCUMENT_PLUGIN, Preferences } from '../document/settings';
import { ISpareKernel } from '../document/spare';
import { SavedViews } from '../document/views';

const NAMESPACE = 'usid-lab';
const RESTORE = 'usid-lab:restore';
const LINK = 'usid-lab:link';

/** Before JupyterLab's own rule for links to files, after those of workspaces. */
const LINK_RANK = 90;

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
  optional: [
    ILayoutRestorer,
    IRouter,
    ISettingRegistry,
    ISpareKernel,
    ITranslator
  ],
  activate: async (
    app: JupyterFrontEnd,
    manager: IDocumentManager,
    rendermime: IRenderMimeRegistry,
    state: IStateDB,
    _widgets: IJupyterWidgetRegistry,
    restorer: ILayoutRestorer | null,
    router: IRouter | null,
    settings: ISettingRegistry | null,
    spare: ISpareKernel | null,
    translator: ITranslator | null
  ) => {
    const { contents } = app.serviceManager;
    const preferences = await Preferences.load(settings);
    const sessions = spare?.sessions ?? new KernelSessions(app.serviceManager);
    app.docRegistry.addFileType(hdf5FileType);
    app.docRegistry.addModelFactory(new Hdf5ModelFactory());
    const trans = (translator ?? nullTranslator).load('usid_lab');
    const opener = new Opener({ shell: app.shell, manager, trans });
    const factory = new WorkbenchFactory({
      contents,
      kernels: new DocumentKernels(sessions, preferences, spare, rendermime),
      openByDefault: preferences.openByDefault,
      trans,
      views: new SavedViews(state, contents)
    });
    app.docRegistry.addWidgetFactory(factory);
    track(app, factory, opener, restorer);
    if (router && preferences.openByDefault) {
      answerLinks(app, opener, router);
    }
    markDoubleClicks();
    void app.started.then(() => openWhenNamed(manager));
  }
};

/** Documents return when the page is loaded again. */
function track(
  app: JupyterFrontEnd,
  factory: WorkbenchFactory,
  opener: Opener,
  restorer: ILayoutRestorer | null
): void {
  const tracker = new WidgetTracker<WorkbenchDocument>({
    namespace: NAMESPACE
  });
  factory.widgetCreated.connect((_, widget) => {
    widget.context.pathChanged.connect(() => void tracker.save(widget));
    void tracker.add(widget);
  });
  app.commands.addCommand(RESTORE, {
    describedBy: { args: PATH },
    execute: async ({ path }) => {
      const missing = await opener.open(String(path));
      if (missing) {
        // It stands where the document was; failing, it does not return again.
        restorer?.add(missing, `${NAMESPACE}:${String(path)}`);
        throw new Error(missing.title.caption);
      }
    }
  });
  void restorer?.restore(tracker, {
    command: RESTORE,
    args: widget => ({ path: widget.context.path }),
    name: widget => widget.context.path
  });
}

/** A link to a file that is not there is answered in our words. */
function answerLinks(
  app: JupyterFrontEnd,
  opener: Opener,
  router: IRouter
): void {
  app.commands.addCommand(LINK, {
    describedBy: { args: {} },
    execute: async () => {
      const path = PageConfig.getOption('treePath');
      const { contents } = app.serviceManager;
      if (!isOurs(path) || (await isThere(contents, path))) {
        return undefined;
      }
      opener.tell(path);
      return router.stop;
    }
  });
  router.register({ command: LINK, pattern: /\/tree\/./, rank: LINK_RANK });
}

const PATH = {
  type: 'object',
  properties: {
    path: { type: 'string', description: 'The file' }
  },
  required: ['path']
};
