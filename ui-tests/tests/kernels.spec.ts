/** Kernels: where they come from, and what is said when they fail. */

import { galata } from '@jupyterlab/galata';
import { signal } from './kernels';
import { expect, test } from './lab';

const FILE = 'regular.h5';

function withSettings(settings: Record<string, unknown>): void {
  test.use({
    mockSettings: { ...galata.DEFAULT_SETTINGS, 'usid-lab:document': settings }
  });
}

test('the spare becomes the kernel of the next document', async ({ lab }) => {
  await lab.start(FILE);
  const spare = await lab.spare();
  await lab.open(FILE);
  await expect.poll(() => lab.kernelOf(FILE)).toBe(spare);
  expect(await lab.spare()).not.toBe(spare);
});

test('each document has a kernel of its own', async ({ lab }) => {
  await lab.start(FILE, 'second.h5');
  await lab.open(FILE);
  await lab.open('second.h5');
  const kernels = [await lab.kernelOf(FILE), await lab.kernelOf('second.h5')];
  expect(new Set(kernels).size).toBe(2);
});

test('closing a document frees its kernel, and no other', async ({ lab }) => {
  await lab.start(FILE, 'second.h5');
  await lab.open(FILE);
  await lab.open('second.h5');
  await lab.closeTab(FILE);
  await expect
    .poll(() => lab.count())
    .toEqual({ documents: 1, spares: 1, kernels: 2 });
  await lab.showCycle(1);
});

test('ten reloads leak no kernel', async ({ lab, page }) => {
  test.setTimeout(180_000);
  await lab.start(FILE);
  await lab.open(FILE);
  await lab.spare();
  for (let reload = 0; reload < 10; reload += 1) {
    await page.reload();
    if (reload % 2) {
      await lab.painted();
    }
  }
  await lab.painted();
  await expect
    .poll(() => lab.count())
    .toEqual({ documents: 1, spares: 1, kernels: 2 });
});

test('a kernel that dies is told, and replaced on request', async ({ lab }) => {
  await lab.start(FILE);
  const before = lab.hash(FILE);
  await lab.open(FILE);
  signal(await lab.kernelOf(FILE), 'SIGKILL');
  await expect(lab.alert).toContainText(
    'kernel that read this file has stopped'
  );
  await expect(lab.alert).toContainText('has not been changed');
  await expect(lab.alert.locator('pre')).toBeHidden();
  await lab.alert.getByRole('button', { name: 'Try again' }).click();
  await lab.painted();
  await expect(lab.alert).toHaveCount(0);
  await expect.poll(async () => (await lab.count()).documents).toBe(1);
  expect(lab.hash(FILE)).toBe(before);
});

test('a kernel that dies while a file opens is told', async ({ lab }) => {
  await lab.start(FILE);
  const spare = await lab.spare();
  signal(spare, 'SIGSTOP');
  await lab.item(FILE).dblclick();
  await expect(lab.document.getByText(`Opening ${lab.folder}`)).toBeVisible();
  signal(spare, 'SIGKILL');
  await expect(lab.alert).toContainText(
    'kernel that read this file has stopped'
  );
  await lab.alert.getByRole('button', { name: 'Try again' }).click();
  await lab.painted();
});

test('a kernel that is shut down elsewhere is told', async ({
  lab,
  request
}) => {
  await lab.start(FILE);
  await lab.open(FILE);
  await request.delete(`/api/kernels/${await lab.kernelOf(FILE)}`);
  await expect(lab.alert).toContainText('kernel');
  await lab.alert.getByRole('button', { name: 'Try again' }).click();
  await lab.painted();
});

test('a kernel that hangs is told, may wake, and is replaced on request', async ({
  lab
}) => {
  await lab.start(FILE);
  const before = lab.hash(FILE);
  await lab.open(FILE);
  const kernel = await lab.kernelOf(FILE);
  signal(kernel, 'SIGSTOP');
  await lab.choose('Cycle', '1');
  // Silence, then an unanswered probe: ten seconds, and a busy machine's delay.
  await expect(lab.alert).toContainText('does not answer', { timeout: 30_000 });
  await expect(lab.alert).toContainText('has not been changed');
  signal(kernel, 'SIGCONT');
  await expect(lab.alert).toHaveCount(0);
  await expect.poll(async () => (await lab.viewState()).index.Cycle).toBe(1);
  signal(kernel, 'SIGSTOP');
  await lab.choose('Cycle', '0');
  await lab.alert.getByRole('button', { name: 'Try again' }).click();
  await lab.painted();
  await expect.poll(async () => (await lab.count()).documents).toBe(1);
  expect(await lab.kernelOf(FILE)).not.toBe(kernel);
  expect(lab.hash(FILE)).toBe(before);
});

test.describe('without a spare', () => {
  withSettings({ spareKernel: false });

  test('files open in kernels of their own, and none waits', async ({
    lab
  }) => {
    await lab.start(FILE);
    await lab.open(FILE);
    await expect
      .poll(() => lab.count())
      .toEqual({ documents: 1, spares: 0, kernels: 1 });
  });
});

test.describe('a kernel without usid_lab', () => {
  withSettings({ kernelName: 'without-usid-lab' });

  test('is told with what to install', async ({ lab }) => {
    await lab.start(FILE);
    await lab.item(FILE).dblclick();
    await expect(lab.alert).toContainText('Without usid_lab');
    await expect(lab.alert).toContainText('pip install usid-lab');
    await expect(lab.alert.getByText('Traceback')).toBeHidden();
    await lab.alert.getByRole('button', { name: 'Try again' }).click();
    await expect(lab.alert).toContainText('pip install usid-lab');
    await lab.closeTab(FILE);
    await expect
      .poll(() => lab.count())
      .toEqual({ documents: 0, spares: 0, kernels: 0 });
  });
});

test.describe('a kernel that does not start', () => {
  withSettings({ kernelName: 'broken' });

  test('is told', async ({ lab }) => {
    await lab.start(FILE);
    await lab.item(FILE).dblclick();
    await expect(lab.alert).toContainText('kernel', { timeout: 30_000 });
    await expect(lab.alert.getByRole('button')).toHaveText('Try again');
  });
});

test.describe('a kernel that does not exist', () => {
  withSettings({ kernelName: 'nowhere' });

  test('is told', async ({ lab, page }) => {
    await lab.start(FILE);
    await lab.item(FILE).dblclick();
    await expect(lab.alert).toContainText('No kernel could be started');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  });
});
