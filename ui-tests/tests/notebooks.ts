/** Notebooks of the tests: cells of code, run in a real kernel. */

import { writeFileSync } from 'node:fs';
import type { Lab } from './lab';

/** Open a notebook of one cell for each piece of code; nothing runs yet. */
export async function openNotebook(
  lab: Lab,
  ...codes: string[]
): Promise<void> {
  const cells = codes.map((source, i) => ({
    cell_type: 'code',
    id: `cell-${i}`,
    execution_count: null,
    metadata: {},
    outputs: [],
    source
  }));
  const kernelspec = { name: 'python3', display_name: '', language: 'python' };
  const notebook = {
    cells,
    metadata: { kernelspec },
    nbformat: 4,
    nbformat_minor: 5
  };
  writeFileSync(lab.path('look.ipynb'), JSON.stringify(notebook));
  await lab.page.notebook.openByPath(`${lab.folder}/look.ipynb`);
  await lab.page.notebook.activate('look.ipynb');
}
