/** What takes long shows what has come of it, and how far it is, and can be ended. */

import { execFileSync } from 'node:child_process';
import type { Locator } from '@playwright/test';
import { expect, test } from './lab';
import type { Lab } from './lab';
import { REGULAR, truth, Workbench } from './workbench';

async function opened(lab: Lab, file: string): Promise<Workbench> {
  await lab.start(file);
  await lab.open(file);
  return new Workbench(lab.page, lab.workbench);
}

const NAMES = ['Deflection', 'Current', 'Clock'];

/** The plots of a stack: their names, whether they wait, and where they are. */
async function plots(bench: Workbench) {
  return bench.spectrum.locator('.usid-stack-plot').evaluateAll(found =>
    found.map(plot => ({
      name: plot.getAttribute('aria-label'),
      waits: plot.getAttribute('aria-busy') === 'true',
      top: Math.round(plot.getBoundingClientRect().top)
    }))
  );
}

test('curves of a stack come one after the other, each in its place', async ({
  lab
}) => {
  const bench = await opened(lab, 'slow-stack.h5');
  const seen: Awaited<ReturnType<typeof plots>>[] = [];
  await expect(async () => {
    seen.push(await plots(bench));
    const now = seen.at(-1) ?? [];
    expect(now.length > 0 && now.every(({ waits }) => !waits)).toBe(true);
  }).toPass({ intervals: [50], timeout: 30_000 });
  const begun = seen.filter(now => now.length > 0);
  const last = begun.at(-1)?.map(({ name, top }) => [name, top]);
  expect(last?.map(([name]) => name)).toEqual(NAMES);
  for (const now of begun) {
    expect(now.map(({ name, top }) => [name, top])).toEqual(last);
    // What has come stands before what has not.
    const waits = now.map(plot => Number(plot.waits));
    expect(waits).toEqual([...waits].sort());
  }
  expect(begun.some(now => now.some(({ waits }) => waits))).toBe(true);
  await bench.view();

  // The curve of another repeat stands dimmed until the new one comes.
  const panel = bench.root.locator('[data-panel="curve"]');
  const before = await bench.view();
  await bench.slider('Repeat').press('End');
  await expect(panel.locator('[aria-busy="true"]').first()).toBeVisible();
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await expect(panel.locator('[aria-busy="true"]')).toHaveCount(0);
  await expect(panel.getByRole('status', { name: 'Reading' })).toHaveCount(0);
  expect(await bench.view()).toEqual(before);
});

/** Colours of a column of the map, from top to bottom; alpha apart. */
async function column(bench: Workbench) {
  return bench.map.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const context = canvas.getContext('2d');
    const { width, height } = canvas;
    const x = Math.floor(width / 2);
    const { data } = context?.getImageData(x, 0, 1, height) ?? {};
    return Array.from({ length: height }, (_, y) =>
      Array.from(data?.slice(4 * y, 4 * y + 4) ?? [])
    );
  });
}

type Column = Awaited<ReturnType<typeof column>>;

function rowsLike(some: Column, other: Column): number {
  return some.filter((pixel, y) => `${pixel}` === `${other[y]}`).length;
}

async function refining(panel: Locator): Promise<Locator> {
  const status = panel.getByRole('status', { name: 'Refining' });
  await expect(status).toHaveText(/^refining … \d+ %$/, { timeout: 30_000 });
  await expect(status).toBeInViewport();
  return status;
}

test('rows of the fine picture replace the coarse ones as they come', async ({
  lab
}) => {
  const bench = await opened(lab, 'slow-image.h5');
  const panel = bench.root.locator('[data-panel="map"]');
  await bench.view();
  const coarse = await column(bench);
  await refining(panel);
  const half = await column(bench);
  await expect
    .poll(async () => {
      half.splice(0, half.length, ...(await column(bench)));
      return half.length - rowsLike(half, coarse);
    })
    .toBeGreaterThan(half.length / 10);
  await expect(bench.map).toHaveAttribute('data-preview', 'false');
  await expect(panel.getByRole('status', { name: 'Refining' })).toHaveCount(0);
  const fine = await column(bench);
  expect(rowsLike(fine, coarse)).toBeLessThan(fine.length / 4);
  // Each row was a coarse or a fine one: no holes.
  half.forEach((pixel, y) => {
    expect([`${coarse[y]}`, `${fine[y]}`]).toContain(`${pixel}`);
    expect(pixel[3]).toBe(255);
  });
});

test('refining can be ended: the coarse picture stays', async ({ lab }) => {
  const bench = await opened(lab, 'slow-image.h5');
  const panel = bench.root.locator('[data-panel="map"]');
  const status = await refining(panel);
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await expect(status).toHaveCount(0);
  await expect(bench.map).toHaveAttribute('data-preview', 'true');
  const coarse = await column(bench);
  await bench.view();
  await expect(panel.getByText('preview', { exact: true })).toBeVisible();
  expect(rowsLike(await column(bench), coarse)).toBe(coarse.length);
  // Another window is refined: the fine rows are others than those that stayed.
  await bench.map.dblclick();
  await bench.map.hover();
  await lab.page.keyboard.down('Control');
  await lab.page.mouse.wheel(0, -120);
  await lab.page.keyboard.up('Control');
  await expect(bench.map).toHaveAttribute('data-preview', 'false');
});

test('a slow first picture holds up nothing else', async ({ lab }) => {
  const bench = await opened(lab, 'slow.h5');
  const panel = bench.root.locator('[data-panel="map"]');
  await expect(panel.getByRole('status', { name: 'Reading' })).toHaveText(
    /reading … [1-9]\d? %/
  );
  await expect(panel.getByRole('status', { name: 'Reading' })).toBeInViewport();
  await expect(panel.getByText('preview', { exact: true })).toBeVisible();
  await expect(bench.tree.getByRole('treeitem').first()).toBeVisible();
  await expect(bench.spectrum.locator('canvas')).toBeVisible();
  await bench.view();
  await expect(panel.getByRole('status', { name: 'Reading' })).toHaveCount(0);
});

/** A file with the results of another kernel, written while the file is open. */
function compute(file: string): void {
  const code = `
import sys
import usid_lab as ul
from usid_lab.storage.results import results_path
[main] = ul.open(sys.argv[1]).main_datasets
main.write_slice(path=results_path(sys.argv[1]), Cycle=1, Bias=30)`;
  execFileSync('python', ['-c', code, file]);
}

test('results that another kernel puts beside the file join the tree', async ({
  lab
}) => {
  const bench = await opened(lab, 'regular.h5');
  await bench.put('Cycle', 1);
  const before = await bench.view();
  const rows = bench.tree.getByRole('treeitem', { name: /Slice/ });
  await expect(rows).toHaveCount(0);
  compute(lab.path('regular.h5'));
  await expect(rows).toHaveCount(1);
  await expect(bench.root.getByRole('alert')).toHaveCount(0);
  expect(await bench.view()).toEqual(before);
  await rows.click();
  await bench.item('Raw_Data').nth(1).click();
  await bench.shows({
    dataset: '/Measurement_000/Channel_000/Raw_Data-Slice_000/Raw_Data'
  });
  const value = truth().volume.values[7]?.[5]?.[1]?.[30] ?? NaN;
  await bench.expectPixel(REGULAR, { x: 5, y: 7, value }, 'nA');
});

test('what is shown of a plain array is saved', async ({ lab, page }) => {
  const bench = await opened(lab, 'not-usid.h5');
  await bench.button('Save to file').click();
  const dialog = page.getByRole('dialog', { name: 'Save what is shown' });
  await expect(dialog).toContainText('Into not-usid.h5.');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  const status = bench.root.getByRole('status', { name: 'Saved' });
  await expect(status).toContainText('/scan/height-Map_000/Map');
  await expect(bench.item('Map')).toHaveAttribute('data-kind', 'main');
  await expect(bench.root.getByRole('alert')).toHaveCount(0);
});
