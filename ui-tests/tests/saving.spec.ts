/** Save to file: what is shown becomes datasets of the file, and is shown on. */

import { execFileSync } from 'node:child_process';
import { expect, test } from './lab';
import type { Lab } from './lab';
import { openNotebook } from './notebooks';
import { REGULAR, truth, Workbench } from './workbench';

/** What h5py finds in a file, by a process of its own. */
function stored(
  file: string,
  path: string
): { values: number[]; view: string } {
  const code = `
import h5py, json, sys
with h5py.File(sys.argv[1]) as file:
    main = file[sys.argv[2]]
    view = main.parent.attrs["view_state"]
    print(json.dumps({"values": main[()].ravel().tolist(), "view": view}))
`;
  const told = execFileSync('python', ['-c', code, file, path]);
  return JSON.parse(told.toString()) as { values: number[]; view: string };
}

async function opened(lab: Lab): Promise<Workbench> {
  await lab.start('regular.h5');
  await lab.open('regular.h5');
  return new Workbench(lab.page, lab.workbench);
}

const CHANNEL = '/Measurement_000/Channel_000';

test('map and curve go into the file, into the tree, and open', async ({
  lab,
  page
}) => {
  const bench = await opened(lab);
  await bench.put('Cycle', 1);
  await bench.put('Bias', 30);
  await bench.click(REGULAR, 5, 7);
  const before = await bench.view();
  await bench.button('Save to file').click();
  const dialog = page.getByRole('dialog', { name: 'Save what is shown' });
  await expect(dialog).toContainText('Into regular.h5.');
  await expect(dialog.getByRole('checkbox')).toHaveCount(2);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  const map = `${CHANNEL}/Raw_Data-Map_000/Map`;
  const curve = `${CHANNEL}/Raw_Data-Curve_000/Curve`;
  const status = bench.root.getByRole('status', { name: 'Saved' });
  await expect(status).toContainText(map);
  await expect(status).toContainText(lab.path('regular.h5'));

  expect(await bench.view()).toEqual(before);
  await expect(bench.root.getByRole('alert')).toHaveCount(0);
  await expect(bench.item('Map')).toBeVisible();
  await expect(bench.item('Map')).toHaveAttribute('data-kind', 'main');

  const { volume } = truth();
  const seen = stored(lab.path('regular.h5'), map);
  expect(seen.values).toEqual(
    volume.values.flatMap(row => row.map(at => at[1]?.[30]))
  );
  expect(JSON.parse(seen.view)).toEqual(before);
  expect(stored(lab.path('regular.h5'), curve).values).toEqual(
    volume.values[7]?.[5]?.[1]
  );

  // The file is read on in its new state, and is watched in it.
  await bench.put('Bias', 12);
  await bench.expectPixel(
    REGULAR,
    { x: 3, y: 4, value: volume.values[4]?.[3]?.[1]?.[12] ?? NaN },
    'nA'
  );
  await expect(bench.root.getByRole('alert')).toHaveCount(0);
  await bench.chooseDataset(map);
  const value = volume.values[7]?.[5]?.[1]?.[30] ?? NaN;
  await bench.expectPixel(REGULAR, { x: 5, y: 7, value }, 'nA');
});

test('the mean of a band is saved, and nothing else', async ({ lab, page }) => {
  const bench = await opened(lab);
  const [first, last] = [10, 19];
  await page.keyboard.down('Shift');
  const from = await bench.abscissa(first, 40);
  const to = await bench.abscissa(last, 40);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await bench.shows({ band: [first, last] });
  await bench.button('Save to file').click();
  const dialog = page.getByRole('dialog', { name: 'Save what is shown' });
  await expect(dialog).toContainText('mean of');
  await dialog.getByRole('checkbox', { name: /Spectrum/ }).uncheck();
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(bench.root.getByRole('status', { name: 'Saved' })).toBeVisible();
  await expect(bench.item('Map')).toBeVisible();
  await expect(bench.item('Curve')).toHaveCount(0);
  const { values } = stored(
    lab.path('regular.h5'),
    `${CHANNEL}/Raw_Data-Map_000/Map`
  );
  truth()
    .volume.values.flat()
    .forEach((at, pixel) => {
      const steps = at[0]?.slice(first, last + 1) ?? [];
      const mean = steps.reduce((sum, value) => sum + value, 0) / steps.length;
      expect(values[pixel]).toBeCloseTo(mean, 10);
    });
});

/** The file is read-only for the kernel's user, as far as the system says. */
function lockedFor(file: string): string {
  return `
import os
from pathlib import Path
file = Path(r"${file}")
file.chmod(0o444)
for folder in list(file.parents)[:2]:
    folder.chmod(0o777)
if getattr(os, "getuid", lambda: 1)() == 0:
    os.setreuid(65534, -1)  # root may write everything: ask as somebody else
import usid_lab as ul
ul.open(file)`;
}

test('beside a file that cannot be written, and it says why', async ({
  lab,
  page
}) => {
  await lab.start('regular.h5');
  await openNotebook(lab, lockedFor(lab.path('regular.h5')));
  const before = lab.hash('regular.h5');
  await page.notebook.run();
  const panel = page.locator('.jp-NotebookPanel');
  const region = panel.getByRole('region', { name: 'USID workbench' });
  const bench = new Workbench(page, region);
  const view = await bench.view();
  await bench.button('Save to file').click();
  const dialog = page.getByRole('dialog', { name: 'Save what is shown' });
  await expect(dialog).toContainText("'regular.h5' is read-only.");
  await expect(dialog).toContainText('regular.results.h5');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  const status = region.getByRole('status', { name: 'Saved' });
  const side = lab.path('regular.results.h5');
  await expect(status).toContainText(side);
  expect(await bench.view()).toEqual(view);
  await expect(region.getByRole('alert')).toHaveCount(0);
  expect(lab.hash('regular.h5')).toBe(before);
  const path = `${CHANNEL}/Raw_Data-Map_000/Map`;
  const at = [view.index.Cycle ?? 0, view.index.Bias ?? 0] as const;
  expect(stored(side, path).values).toEqual(
    truth()
      .volume.values.flat()
      .map(pixel => pixel[at[0]]?.[at[1]])
  );
});
