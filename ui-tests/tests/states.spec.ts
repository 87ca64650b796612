/** What is said where something is missing, odd or cannot be read. */

import { expect, test } from './lab';
import type { Lab } from './lab';
import { Workbench } from './workbench';

async function opened(lab: Lab, file: string): Promise<Workbench> {
  await lab.start(file);
  await lab.open(file);
  return new Workbench(lab.page, lab.workbench);
}

test('without Main data: a plain array with its dimension scales', async ({
  lab
}) => {
  const bench = await opened(lab, 'not-usid.h5');
  await bench.shows({ dataset: '/scan/height', x: 'X', y: 'Y' });
  await expect(bench.map).toContainText('X (µm)');
  await expect(bench.root).toContainText('height (nm)');
  await expect(bench.root.getByRole('alert')).toHaveCount(0);
});

test('what is nearly Main is shown with every reason', async ({ lab }) => {
  const bench = await opened(lab, 'null-references.h5');
  await bench.root.getByText(/4 things keep it from being/).click();
  const faults = bench.root.getByRole('list', { name: 'Faults' });
  await expect(faults.getByRole('listitem')).toHaveCount(4);
  for (const side of ['Position', 'Spectroscopic']) {
    for (const kind of ['Indices', 'Values']) {
      await expect(faults).toContainText(`${side}_${kind}`);
    }
  }
});

test('a read that fails is told in its panel, and sliders survive', async ({
  lab
}) => {
  const bench = await opened(lab, 'rotten.h5');
  const before = await bench.view();
  expect(before.index.Cycle).toBeLessThan(5);
  await bench.slider('Cycle').fill('5');
  const panel = bench.root.locator('[data-panel="map"]');
  await expect(panel.getByRole('alert')).toBeVisible();
  await expect(panel.getByRole('alert')).not.toContainText('Traceback');
  await expect(bench.slider('Cycle')).toHaveAttribute('aria-valuenow', '5');
  await bench.put('Cycle', 1);
  await expect(bench.root.getByRole('alert')).toHaveCount(0);
  await expect(bench.root).toHaveAttribute('data-state', 'ready');
});

test('a slice without any value says so', async ({ lab }) => {
  const bench = await opened(lab, 'gaps.h5');
  await bench.put('Cycle', 1);
  const words = bench.root.getByText('No values here: all are NaN.');
  await expect(words).toHaveCount(2);
  await bench.put('Cycle', 0);
  await expect(words).toHaveCount(0);
});

test('a slow read says how far it is, and can be cancelled', async ({
  lab
}) => {
  const bench = await opened(lab, 'slow.h5');
  const old = await bench.view();
  const panel = bench.root.locator('[data-panel="map"]');
  const title = /at [\d.−-]+ V/.exec(await panel.innerText())?.[0] ?? 'none';
  await bench.slider('Bias').press('End');
  const reading = panel.getByRole('status', { name: 'Reading' });
  await expect(reading).toHaveText(/^reading … [1-9]\d? %$/);
  await expect(reading).toBeInViewport();
  await expect(bench.slider('Bias')).toHaveAttribute('aria-valuenow', '1023');
  const preview = panel.getByText('preview', { exact: true });
  await expect(preview).toBeVisible();
  await expect(panel).toContainText('at 1 V');
  expect((await bench.view()).index).toEqual(old.index);
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await expect(reading).toHaveCount(0);
  await expect(preview).toHaveCount(0);
  await expect(panel).toContainText(title);
  const before = String(old.index.Bias);
  await expect(bench.slider('Bias')).toHaveAttribute('aria-valuenow', before);
  await bench.slider('Bias').press('Home');
  await expect(reading).toBeVisible();
  await bench.shows({ index: { Bias: 0 } });
  await expect(reading).toHaveCount(0);
  await expect(panel).toContainText('at -1 V');
});
