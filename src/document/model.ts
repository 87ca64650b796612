import { DocumentModel } from '@jupyterlab/docregistry';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';

export const MODEL = 'usid-hdf5-model';

/**
 * Models without content. The format `null` keeps JupyterLab from fetching the
 * file; "collaborative" keeps it from saving, and from copying the whole file
 * into a checkpoint when it opens.
 */
export class Hdf5ModelFactory implements DocumentRegistry.ModelFactory {
  readonly name = MODEL;
  readonly contentType: Contents.ContentType = 'file';
  readonly fileFormat: Contents.FileFormat = null;
  /** No shared model is to be made of the bytes of a data file. */
  readonly collaborative = false;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
  }

  createNew(): DocumentRegistry.ICodeModel {
    return new DocumentModel({ collaborationEnabled: true });
  }

  preferredLanguage(): string {
    return '';
  }

  private _isDisposed = false;
}
