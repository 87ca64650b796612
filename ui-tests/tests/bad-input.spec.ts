/** Files that are not what they should be: words for people, bytes untouched. */

import { spawn } from 'node:child_process';
import { chmodSync, unlinkSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { signal } from './kernels';
import { expect, test } from './lab';
import type { Lab } from './lab';

/** Nothing of Python's may be seen before the user asks for it. */
async function expectPlainWords(lab: Lab, words: RegExp): Promise<void> {
  const alert = lab.document.getByRole('alert').filter({ hasText: words });
  await expect(alert).toBeVisible();
  await expect(lab.document.getByText('Traceback')).toBeHidden();
  await expect(alert.getByRole('button', { name: 'Try again' })).toBeVisible();
}

async function pwned(page: Page): Promise<boolean> {
  return page.evaluate(() => '__pwned' in window);
}

/** Files that cannot be opened at all. */
const UNREADABLE: [file: string, words: RegExp][] = [
  ['empty.h5', /empty/i],
  ['truncated.h5', /(end|truncated|missing|incomplete)/i],
  ['text.h5', /not an? HDF5/i]
];

for (const [file, words] of UNREADABLE) {
  test(`${file} is told in a sentence`, async ({ lab }) => {
    await lab.start(file);
    const before = lab.hash(file);
    await lab.item(file).dblclick();
    await expectPlainWords(lab, words);
    expect(lab.hash(file)).toBe(before);
  });
}

test('"Try again" opens a file that has been put right', async ({ lab }) => {
  await lab.start('empty.h5');
  await lab.item('empty.h5').dblclick();
  await expectPlainWords(lab, /empty/i);
  lab.copy('regular.h5', 'empty.h5');
  await lab.alert.getByRole('button', { name: 'Try again' }).click();
  await lab.painted();
  expect((await lab.viewState()).dataset).toContain('Raw_Data');
});

test('a file that a program is writing is told, and opens later', async ({
  lab
}) => {
  await lab.start('regular.h5');
  const release = await lock(lab.path('regular.h5'));
  await lab.item('regular.h5').dblclick();
  await expectPlainWords(lab, /(writing|in use|locked)/i);
  await release();
  await lab.alert.getByRole('button', { name: 'Try again' }).click();
  await lab.painted();
});

test('a file that has gone is told', async ({ lab, page }) => {
  await lab.start('regular.h5');
  unlinkSync(lab.path('regular.h5'));
  await lab.item('regular.h5').dblclick();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('regular.h5');
  await expect(dialog).toContainText('Not Found');
});

test('a link to a file that is not there is told, and opens later', async ({
  lab,
  page
}) => {
  await lab.start('regular.h5');
  unlinkSync(lab.path('regular.h5'));
  await page.goto(`tree/${lab.folder}/regular.h5?reset`);
  await expectPlainWords(lab, /There is no file ".*regular\.h5" here/);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  lab.copy('regular.h5');
  await lab.alert.getByRole('button', { name: 'Try again' }).click();
  await lab.painted();
  await expect(lab.tab('regular.h5')).toHaveCount(1);
});

test('a tab that returns without its file is told, once', async ({
  lab,
  page
}) => {
  await lab.start('regular.h5', 'second.h5');
  await lab.open('regular.h5');
  await lab.open('second.h5');
  await lab.saved('second.h5', await lab.viewState());
  unlinkSync(lab.path('second.h5'));
  await page.reload();
  await expectPlainWords(lab, /There is no file ".*second\.h5" here/);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await lab.tab('regular.h5').click();
  await lab.painted();
  await lab.closeTab('second.h5');
});

test('a file that has gone while it was open is told', async ({ lab }) => {
  await lab.start('regular.h5');
  await lab.open('regular.h5');
  unlinkSync(lab.path('regular.h5'));
  signal(await lab.kernelOf('regular.h5'), 'SIGKILL');
  await lab.alert.getByRole('button', { name: 'Try again' }).click();
  await expectPlainWords(
    lab,
    /(no such file|does not exist|not there|no file)/i
  );
});

test('a file that may not be read is told', async ({ lab }) => {
  test.skip(process.getuid?.() === 0, 'nothing is forbidden to root');
  await lab.start('regular.h5');
  chmodSync(lab.path('regular.h5'), 0o000);
  await lab.item('regular.h5').dblclick();
  await expectPlainWords(lab, /(may not|allowed|permission)/i);
});

test('a file without USID data shows its arrays', async ({ lab }) => {
  await lab.start('not-usid.h5');
  await lab.open('not-usid.h5');
  const view = await lab.viewState();
  expect(view.dataset).toBe('/scan/height');
  expect([view.x, view.y]).toEqual(['X', 'Y']);
});

for (const file of ['null-references.h5', 'disagreeing.h5']) {
  test(`${file}: the dataset is shown, with what is wrong`, async ({ lab }) => {
    await lab.start(file);
    const before = lab.hash(file);
    await lab.open(file);
    const row = lab.workbench.getByRole('treeitem', { name: 'Raw_Data' });
    await expect(row).toBeVisible();
    await expect(row).toHaveAttribute('data-kind', 'dataset');
    expect((await lab.viewState()).dataset).toContain('Raw_Data');
    expect(lab.hash(file)).toBe(before);
  });
}

test('names and units that are HTML stay text', async ({ lab, page }) => {
  await lab.start('hostile.h5');
  const before = lab.hash('hostile.h5');
  await lab.open('hostile.h5');
  await expect(lab.workbench.getByText('<b>bold').first()).toBeVisible();
  await expect(lab.workbench.locator('img, [onerror]')).toHaveCount(0);
  await expect(lab.workbench.locator('b', { hasText: /^bold$/ })).toHaveCount(
    0
  );
  expect(await pwned(page)).toBe(false);
  expect(lab.hash('hostile.h5')).toBe(before);
});

test('links that go in circles are listed, not followed', async ({ lab }) => {
  await lab.start('cycles.h5');
  await lab.open('cycles.h5');
  for (const name of ['to itself', 'up', 'nowhere']) {
    const row = lab.workbench.getByRole('treeitem', { name, exact: true });
    await expect(row).toHaveAttribute('data-kind', /link|refused|group/);
  }
});

test('what leads out of the file is refused, with a reason', async ({
  lab
}) => {
  await lab.start('outside.h5');
  await lab.open('outside.h5');
  for (const name of ['elsewhere', 'passwords']) {
    const row = lab.workbench.getByRole('treeitem', { name, exact: true });
    await expect(row).toHaveAttribute('data-kind', 'refused');
  }
  await expect(lab.document.getByText('root:')).toHaveCount(0);
});

test('ten thousand groups are listed as they come into sight', async ({
  lab,
  page
}) => {
  await lab.start('many-groups.h5');
  await lab.open('many-groups.h5');
  const tree = lab.workbench.getByRole('tree', { name: 'File contents' });
  await tree.locator('[tabindex="0"]').press('End');
  await page.keyboard.press('ArrowRight');
  const first = lab.workbench.getByRole('treeitem', { name: 'group_00000' });
  await expect(first).toBeVisible();
  expect(await lab.workbench.getByRole('treeitem').count()).toBeLessThan(600);
});

test('big-endian numbers are read as what they are', async ({ lab }) => {
  await lab.start('big-endian.h5');
  await lab.open('big-endian.h5');
  const view = await lab.viewState();
  expect(view.dataset).toBe('/counts');
  const readout = lab.workbench.getByRole('status', { name: 'Readout' });
  const [row, column] = [view.index[view.y ?? ''], view.index[view.x ?? '']];
  await expect(readout).toContainText(`${16 * (row ?? 0) + (column ?? 0)}`);
});

/** Hold a file open for writing in another process, until released. */
async function lock(path: string): Promise<() => Promise<void>> {
  const code =
    'import h5py, sys; f = h5py.File(sys.argv[1], "r+"); print("held", flush=True); sys.stdin.read()';
  const writer = spawn('python', ['-c', code, path]);
  await new Promise(resolve => writer.stdout.once('data', resolve));
  return async () => {
    const ended = new Promise(resolve => writer.once('exit', resolve));
    writer.stdin.end();
    await ended;
  };
}
