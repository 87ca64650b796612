/** Opening, closing and coming back to a file. */

import { galata } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Request } from '@playwright/test';
import { expect, test } from './lab';

const FILE = 'regular.h5';

test('a double click opens the workbench', async ({ lab }) => {
  await lab.start(FILE);
  await lab.open(FILE);
  await expect(lab.workbench).toBeVisible();
  await expect(
    lab.workbench.getByRole('tree', { name: 'File contents' })
  ).toBeVisible();
  expect((await lab.viewState()).dataset).toBe(
    '/Measurement_000/Channel_000/Raw_Data'
  );
});

test('the time from the double click is measured', async ({ lab, page }) => {
  await lab.start(FILE);
  await lab.open(FILE);
  await lab.viewState();
  const spans = await page.evaluate(() =>
    performance.getEntriesByName('usid-lab:open').map(each => each.duration)
  );
  expect(spans).toHaveLength(1);
  expect(spans[0]).toBeGreaterThan(0);
  expect(spans[0]).toBeLessThan(20_000);
});

test('every extension of HDF5 files opens in the workbench', async ({
  lab
}) => {
  const files = ['hdf5', 'hf5', 'nxs', 'h5USID'].map(each => `kind.${each}`);
  await lab.start(...files);
  for (const file of files) {
    await lab.open(file);
  }
  expect((await lab.count()).documents).toBe(4);
});

test('neither content nor checkpoint is made of the file', async ({
  lab,
  page
}) => {
  const requests: Request[] = [];
  page.on('request', request => requests.push(request));
  await lab.start(FILE);
  const before = lab.hash(FILE);
  await lab.open(FILE);
  await lab.closeTab(FILE);
  const urls = requests.map(each => `${each.method()} ${each.url()}`);
  const ofFile = urls.filter(url => url.includes(FILE));
  expect(ofFile.filter(url => /POST .*checkpoints/.test(url))).toEqual([]);
  expect(ofFile.filter(url => url.includes('/files/'))).toEqual([]);
  const models = ofFile.filter(url =>
    /GET .*\/api\/contents\/[^?]*regular\.h5\?/.test(url)
  );
  expect(models.length).toBeGreaterThan(0);
  expect(models.filter(url => !/[?&]content=0/.test(url))).toEqual([]);
  expect(models.filter(url => /[?&]hash=1/.test(url))).toEqual([]);
  expect(lab.hash(FILE)).toBe(before);
  expect(lab.names().filter(name => !name.startsWith('.'))).toEqual([FILE]);
});

test('"Open With" names the workbench', async ({ lab, page }) => {
  await lab.start(FILE);
  await page.filebrowser.open(`${lab.folder}/${FILE}`, 'USID Workbench');
  await lab.painted();
});

test('the file browser has an entry for it', async ({ lab, page }) => {
  await lab.start(FILE);
  await lab.item(FILE).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Open in USID Workbench' }).click();
  await lab.painted();
});

test('the file browser offers it for no other files', async ({ lab, page }) => {
  await lab.start('text.h5');
  lab.copy('text.h5', 'notes.txt');
  await page.filebrowser.refresh();
  await lab.item('notes.txt').click({ button: 'right' });
  await expect(page.getByRole('menuitem', { name: 'Rename' })).toBeVisible();
  await expect(
    page.getByRole('menuitem', { name: 'Open in USID Workbench' })
  ).toHaveCount(0);
});

test('the command opens what is selected', async ({ lab, page }) => {
  await lab.start(FILE);
  await lab.item(FILE).click();
  await choose(page);
  await lab.painted();
});

test('the command asks for a path when nothing is selected', async ({
  lab,
  page
}) => {
  await lab.start(FILE);
  await choose(page);
  await page
    .getByRole('dialog')
    .getByRole('textbox')
    .fill(`${lab.folder}/${FILE}`);
  await page.keyboard.press('Enter');
  await lab.painted();
});

test('opening twice shows the one tab', async ({ lab, page }) => {
  await lab.start(FILE, 'second.h5');
  await lab.open(FILE);
  await lab.open('second.h5');
  await lab.item(FILE).dblclick();
  await expect(lab.tab(FILE)).toHaveAttribute('aria-selected', 'true');
  await page.evaluate(
    path => window.jupyterapp.commands.execute('usid-lab:open', { path }),
    `${lab.folder}/${FILE}`
  );
  await expect(lab.tab(FILE)).toHaveCount(1);
  expect((await lab.count()).documents).toBe(2);
});

test('a reload restores one viewer at the same view', async ({ lab, page }) => {
  await lab.start(FILE);
  await lab.open(FILE);
  const view = await lab.showCycle(1);
  const kernel = await lab.kernelOf(FILE);
  await lab.saved(FILE, view);
  await page.reload();
  await lab.painted();
  await expect.poll(() => lab.viewState()).toEqual(view);
  await expect(page.locator('.usid-Document')).toHaveCount(1);
  await expect(
    page.getByRole('region', { name: 'USID workbench' })
  ).toHaveCount(1);
  expect(await lab.kernelOf(FILE)).toBe(kernel);
});

test('a deep link opens one viewer, and finds it again', async ({
  lab,
  page
}) => {
  await lab.start(FILE);
  await page.goto(`tree/${lab.folder}/${FILE}`);
  const view = await lab.showCycle(1);
  await lab.saved(FILE, view);
  await page.goto(`tree/${lab.folder}/${FILE}`);
  await lab.painted();
  await expect.poll(() => lab.viewState()).toEqual(view);
  await expect(page.locator('.usid-Document')).toHaveCount(1);
  await expect(lab.tab(FILE)).toHaveCount(1);
  expect((await lab.count()).documents).toBe(1);
});

test('a file opens as it was left, in another kernel', async ({ lab }) => {
  await lab.start(FILE);
  await lab.open(FILE);
  const view = await lab.showCycle(1);
  const kernel = await lab.kernelOf(FILE);
  await lab.saved(FILE, view);
  await lab.closeTab(FILE);
  await lab.open(FILE);
  await expect.poll(() => lab.viewState()).toEqual(view);
  await expect.poll(() => lab.kernelOf(FILE)).not.toBe(kernel);
});

test('a renamed file stays open, at the same view', async ({ lab, page }) => {
  await lab.start(FILE);
  await lab.open(FILE);
  const view = await lab.showCycle(1);
  await lab.saved(FILE, view);
  await page.contents.renameFile(
    `${lab.folder}/${FILE}`,
    `${lab.folder}/moved.h5`
  );
  await expect(lab.tab('moved.h5')).toBeVisible();
  await lab.painted();
  await expect.poll(() => lab.kernelOf('moved.h5')).not.toBe('');
  await expect.poll(() => lab.viewState()).toEqual(view);
  expect(lab.names().filter(name => !name.startsWith('.'))).toEqual([
    'moved.h5'
  ]);
});

test.describe('where HDF5 files are not to open with the workbench', () => {
  test.use({
    mockSettings: {
      ...galata.DEFAULT_SETTINGS,
      'usid-lab:document': { openByDefault: false }
    }
  });

  test('a double click goes elsewhere, "Open With" still works', async ({
    lab,
    page
  }) => {
    await lab.start(FILE);
    const factory = await page.evaluate(
      () => window.jupyterapp.docRegistry.defaultWidgetFactory('x.h5').name
    );
    expect(factory).not.toBe('USID Workbench');
    await page.filebrowser.open(`${lab.folder}/${FILE}`, 'USID Workbench');
    await lab.painted();
  });
});

test('hostile arguments of the command open nothing', async ({ lab, page }) => {
  await lab.start(FILE);
  const paths = [
    'a";import os;os.system("x")#.h5',
    '../../etc/passwd',
    '\u2028'
  ];
  for (const path of paths) {
    await page.evaluate(
      each =>
        window.jupyterapp.commands.execute('usid-lab:open', { path: each }),
      path
    );
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Close' })
      .click();
  }
  await expect(
    page.getByRole('region', { name: 'USID workbench' })
  ).toHaveCount(0);
});

/** Choose the command in the palette. */
async function choose(page: IJupyterLabPageFixture): Promise<void> {
  await page.keyboard.press('Control+Shift+C');
  const palette = page.locator('#modal-command-palette');
  await palette.getByPlaceholder('SEARCH').fill('Open in USID Workbench');
  await page.keyboard.press('Enter');
}
