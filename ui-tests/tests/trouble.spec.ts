/** A file that changes, vanishes or is damaged: nothing old is shown as new. */

import { renameSync, truncateSync, unlinkSync } from 'node:fs';
import type { Locator } from '@playwright/test';
import { expect, test } from './lab';
import type { Lab } from './lab';
import { REGULAR, truth, Workbench } from './workbench';

const CHANGED = 'was changed on disk since it was opened';
const MISSING = 'not there any more';
const { values } = truth().volume;

async function opened(lab: Lab, file: string): Promise<Workbench> {
  await lab.start(file);
  await lab.open(file);
  return new Workbench(lab.page, lab.workbench);
}

function panelOf(bench: Workbench, name: 'map' | 'curve'): Locator {
  return bench.root.locator(`[data-panel="${name}"]`);
}

/** What stands above the panels. */
function notice(bench: Workbench, words: string): Locator {
  return bench.root
    .locator('.usid-centre > [role="alert"]')
    .filter({ hasText: words });
}

/** The map is that of `regular.h5`, or of the file with `scale` times its values. */
async function expectScale(bench: Workbench, scale: number): Promise<void> {
  const { index } = await bench.view();
  const value = values[3]?.[4]?.[index.Cycle ?? 0]?.[index.Bias ?? 0] ?? NaN;
  await bench.expectPixel(REGULAR, { x: 4, y: 3, value: scale * value }, 'nA');
}

/** How bright the picture is: equal where limits follow the values. */
async function brightness(bench: Workbench): Promise<number> {
  const colour = await bench.colour(REGULAR, 4, 3);
  return colour.reduce((sum, part) => sum + part, 0);
}

test('a file that is written in place says so, and is loaded again', async ({
  lab
}) => {
  const bench = await opened(lab, 'regular.h5');
  await bench.put('Cycle', 1);
  const before = await bench.view();
  const shade = await brightness(bench);
  await expectScale(bench, 1);
  lab.copy('second.h5', 'regular.h5');
  await expect(notice(bench, CHANGED)).toBeVisible();
  expect(await bench.view()).toEqual(before);
  await expectScale(bench, 1);
  await bench.button('Load again').click();
  await expect(bench.root.getByRole('alert')).toHaveCount(0);
  await bench.shows({ index: before.index });
  await expectScale(bench, 2);
  await expect.poll(() => brightness(bench)).toBe(shade);
});

test('a file that is replaced answers with words, then with all that is new', async ({
  lab
}) => {
  const bench = await opened(lab, 'regular.h5');
  const before = await bench.view();
  lab.copy('second.h5', 'fresh.h5');
  renameSync(lab.path('fresh.h5'), lab.path('regular.h5'));
  await bench.root
    .getByRole('radiogroup', { name: 'Cycle' })
    .getByRole('radio', { name: '1' })
    .check();
  const alert = panelOf(bench, 'map').getByRole('alert');
  await expect(alert).toContainText(CHANGED);
  await expect(panelOf(bench, 'curve').getByRole('alert')).toBeVisible();
  expect((await bench.view()).index).toEqual(before.index);
  await alert.getByRole('button', { name: 'Load again' }).click();
  await bench.shows({ index: { Cycle: 1 } });
  await expect(bench.root.getByRole('alert')).toHaveCount(0);
  await expectScale(bench, 2);
});

test('a file that is cut short says so, and opens once it is whole', async ({
  lab
}) => {
  const bench = await opened(lab, 'regular.h5');
  truncateSync(lab.path('regular.h5'), 20_000);
  await expect(notice(bench, CHANGED)).toBeVisible();
  await bench.slider('Bias').press('End');
  await expect(panelOf(bench, 'map').getByRole('alert')).toContainText(CHANGED);
  await notice(bench, CHANGED)
    .getByRole('button', { name: 'Load again' })
    .click();
  await expect(bench.root).toHaveAttribute('data-state', 'error');
  const alert = bench.root.getByRole('alert');
  await expect(alert).toContainText('regular.h5');
  await expect(alert).not.toContainText('Traceback');
  lab.copy('regular.h5');
  await bench.button('Try again').click();
  await expect(bench.root).toHaveAttribute('data-state', 'ready');
  await bench.shows({ index: { Bias: 39 } });
  await expectScale(bench, 1);
});

test('a file that is deleted leaves its picture, marked', async ({ lab }) => {
  const bench = await opened(lab, 'regular.h5');
  const before = await bench.view();
  const aside = lab.path('aside.h5');
  renameSync(lab.path('regular.h5'), aside);
  await expect(notice(bench, MISSING)).toBeVisible();
  expect(await bench.view()).toEqual(before);
  await expectScale(bench, 1);
  await bench.slider('Bias').press('Home');
  const alert = panelOf(bench, 'map').getByRole('alert');
  await expect(alert).toContainText(MISSING);
  expect((await bench.view()).index).toEqual(before.index);

  renameSync(aside, lab.path('regular.h5'));
  // It was away: nobody can say that it is what it was until it is looked at.
  await notice(bench, CHANGED)
    .getByRole('button', { name: 'Load again' })
    .click();
  await bench.shows({ index: { Bias: 0 } });
  await expect(bench.root.getByRole('alert')).toHaveCount(0);
  await expectScale(bench, 1);

  unlinkSync(lab.path('regular.h5'));
  await expect(notice(bench, MISSING)).toBeVisible();
  lab.copy('second.h5', 'regular.h5');
  await expect(notice(bench, CHANGED)).toBeVisible();
  await bench.button('Load again').click();
  await expectScale(bench, 2);
});

test('the pixels of a damaged chunk are marked, and the rest is shown', async ({
  lab
}) => {
  const bench = await opened(lab, 'torn.h5');
  await bench.put('Cycle', 0);
  await bench.put('Bias', 25);
  const alert = panelOf(bench, 'map').getByRole('alert');
  const words = '1 of 96 chunks is damaged';
  await alert.getByText(words).click();
  await expect(alert).toContainText('[48:64, 20:30]');
  await bench.point(REGULAR, 5, 3);
  await expect.poll(() => bench.lastValue()).toMatch(/NaN|–|no value/i);
  const value = values[5]?.[5]?.[0]?.[25] ?? NaN;
  await bench.expectPixel(REGULAR, { x: 5, y: 5, value }, 'nA');

  await bench.click(REGULAR, 5, 3);
  const curve = panelOf(bench, 'curve').getByRole('alert');
  await expect(curve).toContainText(words);
  await bench.click(REGULAR, 5, 5);
  await expect(curve).toHaveCount(0);
  await bench.put('Bias', 35);
  await expect(bench.root.getByRole('alert')).toHaveCount(0);
});
