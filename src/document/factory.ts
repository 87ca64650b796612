import { ABCWidgetFactory, DocumentWidget } from '@jupyterlab/docregistry';
import type {
  DocumentRegistry,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import { WorkbenchContent } from './content';
import type { IContentOptions } from './content';
import { FACTORY, FILE_TYPE, workbenchIcon } from './filetype';
import { markStart } from './marks';
import { MODEL } from './model';

export type WorkbenchDocument = IDocumentWidget<WorkbenchContent>;

export interface IFactoryOptions extends Omit<IContentOptions, 'context'> {
  openByDefault: boolean;
}

export class WorkbenchFactory extends ABCWidgetFactory<WorkbenchDocument> {
  constructor(private readonly _services: IFactoryOptions) {
    super({
      name: FACTORY,
      modelName: MODEL,
      fileTypes: [FILE_TYPE],
      defaultFor: _services.openByDefault ? [FILE_TYPE] : [],
      readOnly: true
    });
  }

  protected createNewWidget(
    context: DocumentRegistry.Context
  ): WorkbenchDocument {
    markStart();
    // The content looks after its kernel itself, without JupyterLab's dialogs.
    context.sessionContext.kernelPreference = {
      canStart: false,
      shouldStart: false,
      shouldReuse: false
    };
    const content = new WorkbenchContent({ ...this._services, context });
    content.title.icon = workbenchIcon;
    const widget = new DocumentWidget({ content, context });
    widget.toolbar.hide();
    // A renamed file is read where it is now. Only after the widget has its new
    // title: the focus that moves meanwhile would make it restore the old name.
    context.pathChanged.connect(content.retry, content);
    return widget;
  }
}
