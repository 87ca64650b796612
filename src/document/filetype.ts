import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { LabIcon } from '@jupyterlab/ui-components';
import iconSource from '../../style/icons/workbench.svg';

/** Name of the viewer, as it stands in "Open With". */
export const FACTORY = 'USID Workbench';

export const FILE_TYPE = 'usid-hdf5';

export const EXTENSIONS = ['.h5', '.hdf5', '.hf5', '.nxs', '.h5USID'];

export const workbenchIcon = new LabIcon({
  name: 'usid-lab:workbench',
  svgstr: iconSource
});

/** A file whose content never travels through the Contents API. */
export const hdf5FileType: Partial<DocumentRegistry.IFileType> &
  Pick<DocumentRegistry.IFileType, 'name'> = {
  name: FILE_TYPE,
  displayName: 'HDF5 (USID)',
  extensions: EXTENSIONS,
  mimeTypes: ['application/x-hdf5'],
  contentType: 'file',
  fileFormat: null,
  icon: workbenchIcon
};

export function isOurs(path: string): boolean {
  const name = path.toLowerCase();
  return EXTENSIONS.some(extension => name.endsWith(extension.toLowerCase()));
}
