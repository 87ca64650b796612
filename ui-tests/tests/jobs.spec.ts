/** Runs in a notebook: their progress, two ways to cancel them, and going on. */

import type { Locator, Page } from '@playwright/test';
import { expect, test } from './lab';
import type { Lab } from './lab';
import { openNotebook } from './notebooks';

/** Cancelling takes effect within this many milliseconds. */
const SOON = 2000;

/** A function that takes its time over each of 192 positions. */
function slow(lab: Lab, seconds = 0.05): string {
  return `
import time
import usid_lab as ul

class SlowPeak(ul.Process):
    """The largest value of each spectrum, slowly."""

    name = "Slow peak"
    per_position = True
    outputs = {"Peak": {"quantity": "Current", "units": "nA"}}

    def function(self, spectra):
        time.sleep(${seconds})
        return spectra.max()

data = ul.open(r"${lab.path('regular.h5')}")["/Measurement_000/Channel_000/Raw_Data"]
`;
}

const CHECK = `
import numpy as np
result = run.results[0]
truth = data.read().reshape(12, 16, -1).max(axis=2).astype("f4")
print("state", run.state, "equal", np.array_equal(result.read().reshape(12, 16), truth))
`;

function runs(page: Page): Locator {
  return page
    .locator('.jp-NotebookPanel')
    .getByRole('region', { name: 'Run of Slow peak' });
}

/** The cell's output, once it has one. */
function output(page: Page, cell: number): Locator {
  return page
    .locator('.jp-NotebookPanel .jp-CodeCell')
    .nth(cell)
    .locator('.jp-OutputArea-output');
}

async function runCells(lab: Lab, ...cells: number[]): Promise<void> {
  for (const cell of cells) {
    await lab.page.notebook.selectCells(cell);
    await lab.page.keyboard.press('Control+Enter');
  }
}

/** Wait until a cell has come to its end. */
async function ended(
  page: Page,
  cell: number,
  timeout = 15_000
): Promise<void> {
  const prompt = page
    .locator('.jp-NotebookPanel .jp-CodeCell')
    .nth(cell)
    .locator('.jp-InputPrompt');
  await expect(prompt).toHaveText(/\[\d+\]/, { timeout });
}

/** The first positions are shown; asked at every frame, for a fit takes seconds. */
async function begun(job: Locator): Promise<void> {
  const bar = job.getByRole('progressbar', { name: 'Progress' });
  await bar.evaluate(async element => {
    while (Number(element.getAttribute('aria-valuenow')) === 0) {
      await new Promise(requestAnimationFrame);
    }
  });
}

async function cancelled(job: Locator): Promise<void> {
  await job.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(job).toHaveAttribute('data-state', 'cancelled', {
    timeout: SOON
  });
  await expect(job.getByRole('button', { name: 'Cancel' })).toHaveCount(0);
  await expect(job).toContainText('run it again');
}

/** Positions that are done. */
async function done(job: Locator): Promise<number> {
  const words = (await job.textContent()) ?? '';
  return Number(/(\d+) of 192 positions/.exec(words)?.[1]);
}

/** Run a cell that goes on with a run, and wait until all positions are done. */
async function goesOn(
  lab: Lab,
  cell: number,
  job: Locator,
  all: number
): Promise<void> {
  const told = lab.page.waitForFunction(
    count =>
      new RegExp(`Going on: [1-9]\\d* of ${count}`).test(
        document.body.textContent ?? ''
      ),
    all
  );
  await runCells(lab, cell);
  await told;
  await expect(job).toHaveAttribute('data-state', 'done', { timeout: 90_000 });
  expect(await pixels(job)).toEqual({ known: all, all });
}

/** The map has pixels that are known and pixels that are not. */
async function pixels(job: Locator): Promise<{ known: number; all: number }> {
  return job.locator('canvas.usid-job-map').evaluate(element => {
    const canvas = element as HTMLCanvasElement;
    const { width, height } = canvas;
    const image = canvas.getContext('2d')?.getImageData(0, 0, width, height);
    const alpha = [...(image?.data ?? [])].filter((_, i) => i % 4 === 3);
    return { known: alpha.filter(a => a > 0).length, all: alpha.length };
  });
}

test('in the background: cancelled by a message, then it goes on', async ({
  lab,
  page
}) => {
  await lab.start('regular.h5');
  await openNotebook(
    lab,
    slow(lab),
    'run = SlowPeak(data).start(executor="serial")\nrun',
    'run = SlowPeak(data).start(executor="serial")\nrun',
    CHECK
  );
  await runCells(lab, 0, 1);
  const first = runs(page).first();
  await begun(first);
  await expect(first).toContainText('positions/s');
  await expect(first).toContainText('Time left');
  await expect.poll(async () => (await pixels(first)).known).toBeGreaterThan(0);
  const half = await pixels(first);
  expect(half.all).toBe(192);
  expect(half.known).toBeLessThan(192);
  await cancelled(first);
  const before = await done(first);
  expect(before).toBeGreaterThan(0);

  const second = runs(page).nth(1);
  await goesOn(lab, 2, second, 192);
  const results = second.getByRole('list', { name: 'Results' });
  await expect(results).toContainText('Raw_Data-Slow peak_000/Peak');
  await expect(results).toContainText('regular.h5');
  await runCells(lab, 3);
  await expect(output(page, 3)).toContainText('state done equal True');
});

/** No second shell of the kernel listens: messages wait for the running cell. */
async function withoutSubshells(page: Page): Promise<void> {
  await page.evaluate(() => {
    const widget = window.jupyterapp.shell.currentWidget as unknown as {
      sessionContext: {
        session: { kernel: { commsOverSubshells: string } };
      };
    };
    widget.sessionContext.session.kernel.commsOverSubshells = 'disabled';
  });
}

test('while the cell waits the kernel is interrupted, and it goes on', async ({
  lab,
  page
}) => {
  await lab.start('regular.h5');
  await openNotebook(
    lab,
    slow(lab),
    'run = SlowPeak(data).compute(executor="serial")',
    'run = SlowPeak(data).compute(executor="serial")\nrun',
    CHECK
  );
  await runCells(lab, 0);
  await withoutSubshells(page);
  await runCells(lab, 1);
  const first = runs(page).first();
  await begun(first);
  await cancelled(first);
  await ended(page, 1);
  const told = page.locator('.jp-CodeCell').nth(1);
  await expect(told.getByText('KeyboardInterrupt').first()).toBeVisible();

  await goesOn(lab, 2, runs(page).nth(1), 192);
  // The cell ends with what it has waited for: that is shown once.
  await ended(page, 2);
  await expect(runs(page)).toHaveCount(2);
  await runCells(lab, 3);
  await expect(output(page, 3)).toContainText('state done equal True');
});

test('a run that fails says why, and a finished one is found again', async ({
  lab,
  page
}) => {
  await lab.start('regular.h5');
  await openNotebook(
    lab,
    slow(lab, 0),
    'SlowPeak.function = lambda self, spectra: 1 / 0\nrun = SlowPeak(data).start()\nrun',
    slow(lab, 0) + 'run = SlowPeak(data).compute()',
    'run = SlowPeak(data).compute()\nrun'
  );
  await runCells(lab, 0, 1);
  const failed = runs(page).first();
  await expect(failed).toHaveAttribute('data-state', 'failed');
  const alert = failed.getByRole('alert');
  await expect(alert).toContainText('Slow peak');
  const reason = alert.locator('pre');
  await expect(reason).toBeHidden();
  await alert.getByText('Technical details').click();
  await expect(reason).toContainText('in <lambda>');
  await runCells(lab, 2);
  await expect(runs(page).nth(1)).toHaveAttribute('data-state', 'done');
  await runCells(lab, 3);
  const again = runs(page).nth(2);
  await expect(again).toContainText('An identical run was found');
  await expect(again).toContainText('192 of 192 positions');
});

test('the fit of band-excitation spectra is cancelled and goes on', async ({
  lab,
  page
}) => {
  test.setTimeout(180_000);
  await lab.start('regular.h5');
  const begin =
    'run = ul.analysis.SHOFit(data, engine="numpy", cores=1).start()\nrun';
  await openNotebook(
    lab,
    `import usid_lab as ul
sample = ul.samples.beps(r"${lab.path('beps.h5')}")
data = ul.open(sample)["/Measurement_000/Channel_000/Raw_Data"]`,
    begin,
    begin,
    `fresh = ul.analysis.SHOFit(data, engine="numpy", cores=1).compute(override=True)
pairs = list(zip(run.results, fresh.results))
print([one.name for one in run.results],
      "same", all(one.read().tobytes() == two.read().tobytes() for one, two in pairs),
      "converged", bool((run.results[2].read() == 0).mean() > 0.9))`
  );
  await runCells(lab, 0);
  await ended(page, 0, 60_000);
  await runCells(lab, 1);
  const fits = page.getByRole('region', { name: 'Run of SHO_Fit' });
  const first = fits.first();
  await begun(first);
  await cancelled(first);
  await expect(first).toContainText('Amplitude');
  expect((await pixels(first)).known).toBeLessThan(256);

  const second = fits.nth(1);
  await goesOn(lab, 2, second, 256);
  const results = second.getByRole('list', { name: 'Results' });
  await expect(results).toContainText('Raw_Data-SHO_Fit_001/Guess');
  await expect(results).toContainText('Raw_Data-SHO_Fit_001/Fit');
  await runCells(lab, 3);
  await expect(
    output(page, 3).getByText("['Guess', 'Fit', 'Status'] same True")
  ).toContainText('converged True', { timeout: 90_000 });
});
