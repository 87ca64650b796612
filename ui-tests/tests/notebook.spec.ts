/** The same workbench as the output of a notebook's cell. */

import { expect, test } from './lab';
import type { Lab } from './lab';
import { openNotebook } from './notebooks';
import { boxOf, REGULAR, Workbench } from './workbench';

/** A notebook of one cell for each piece of code, run from top to bottom. */
async function run(lab: Lab, ...codes: string[]): Promise<void> {
  await openNotebook(lab, ...codes);
  await lab.page.notebook.run();
}

function bench(lab: Lab, number: number): Workbench {
  const regions = lab.page
    .locator('.jp-NotebookPanel')
    .getByRole('region', { name: 'USID workbench' });
  return new Workbench(lab.page, regions.nth(number));
}

test('a notebook shows what the tab shows, and follows the hand', async ({
  lab,
  page
}) => {
  await lab.start('regular.h5');
  await lab.open('regular.h5');
  const inTab = await lab.viewState();
  await run(
    lab,
    'import usid_lab as ul',
    `ul.open(r"${lab.path('regular.h5')}")`
  );
  const viewer = bench(lab, 0);
  await expect(viewer.root).toHaveAttribute('data-state', 'ready');
  expect(await viewer.view()).toEqual(inTab);
  expect((await boxOf(viewer.root)).height).toBe(520);
  await expect(viewer.tree).toBeHidden();
  await viewer.root.scrollIntoViewIfNeeded();
  await viewer.click(REGULAR, 2, 2);
  await page.mouse.down();
  for (const step of [5, 8]) {
    await viewer.point(REGULAR, step, step);
    await viewer.shows({ index: { X: step, Y: step } });
  }
  await page.mouse.up();
  await viewer.map.press('f');
  await viewer.shows({ flip: { y: true } });
  await expect(page.locator('.jp-Notebook .jp-Cell')).toHaveCount(2);
});

test('two viewers in one notebook do not disturb each other', async ({
  lab,
  page
}) => {
  await lab.start('regular.h5');
  await run(
    lab,
    `import usid_lab as ul\nul.open(r"${lab.path('regular.h5')}")`,
    `ul.open(r"${lab.path('regular.h5')}")`
  );
  const [first, second] = [bench(lab, 0), bench(lab, 1)];
  await second.put('Cycle', 1);
  await first.put('Bias', 5);
  await second.put('Bias', 30);
  await first.shows({ index: { Cycle: 0, Bias: 5 } });
  await second.shows({ index: { Cycle: 1, Bias: 30 } });
  await first.root.scrollIntoViewIfNeeded();
  await page.locator('.jp-Notebook .jp-InputArea').first().hover();
  await first.point(REGULAR, 8, 6);
  const before = await boxOf(first.root);
  await page.mouse.wheel(0, 120);
  await expect.poll(async () => (await boxOf(first.root)).y).not.toBe(before.y);
  await first.shows({ zoom: { map: null } });
});
