// Removes what the builds made, and nothing else.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MADE = ['lib', 'usid_lab/static', 'usid_lab/labextension'];

for (const folder of MADE) {
  const path = fileURLToPath(new URL(`../${folder}`, import.meta.url));
  rmSync(path, { recursive: true, force: true });
}
