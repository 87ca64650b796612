import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, InputDialog } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { TranslationBundle } from '@jupyterlab/translation';
import { isOurs, workbenchIcon } from '../document/filetype';
import { openWorkbench } from '../document/manager';
import { markStart } from '../document/marks';

const COMMANDS = 'usid-lab:commands';
const OPEN = 'usid-lab:open';

/** Opens files by command: from the palette and from the file browser's menu. */
export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: COMMANDS,
  description: 'Adds the command that opens an HDF5 file in the workbench.',
  autoStart: true,
  requires: [IDocumentManager],
  optional: [
    ICommandPalette,
    IFileBrowserFactory,
    ISettingRegistry,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    manager: IDocumentManager,
    palette: ICommandPalette | null,
    browsers: IFileBrowserFactory | null,
    settings: ISettingRegistry | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('usid_lab');
    app.commands.addCommand(OPEN, {
      label: trans.__('Open in USID Workbench'),
      caption: trans.__('See and slice the data of an HDF5 file'),
      icon: workbenchIcon,
      describedBy: { args: ARGUMENTS },
      // The menu of a row asks for the selected files: only for those we read,
      // and whichever extension has given them its own file type.
      isVisible: args => !args.selected || selected(browsers) !== null,
      execute: async args => {
        const path = pathOf(args.path) ?? selected(browsers);
        for (const each of path ?? (await ask(trans))) {
          markStart();
          openWorkbench(manager, each);
        }
      }
    });
    palette?.addItem({ command: OPEN, category: trans.__('USID') });
    // Loading the settings brings the entry of the context menu.
    void settings?.load(COMMANDS).catch(() => undefined);
  }
};

const ARGUMENTS = {
  type: 'object',
  properties: {
    path: {
      type: 'string',
      description: 'The file; without it, those selected in the file browser'
    },
    selected: {
      type: 'boolean',
      description: 'Offer the command only where such files are selected'
    }
  }
};

/** Arguments may come from anybody's link: a path, or nothing. */
function pathOf(path: unknown): string[] | null {
  return typeof path === 'string' && path !== '' ? [path] : null;
}

function selected(browsers: IFileBrowserFactory | null): string[] | null {
  const items = browsers?.tracker.currentWidget?.selectedItems() ?? [];
  const paths = [...items].map(item => item.path).filter(isOurs);
  return paths.length > 0 ? paths : null;
}

async function ask(trans: TranslationBundle): Promise<string[]> {
  const { button, value } = await InputDialog.getText({
    title: trans.__('Open in USID Workbench'),
    label: trans.__('Path of an HDF5 file'),
    placeholder: trans.__('folder/scan.h5')
  });
  return button.accept && value ? [value] : [];
}
