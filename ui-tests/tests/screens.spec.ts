/** The first screen of every kind of experiment. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './lab';
import type { Lab } from './lab';
import { Workbench } from './workbench';

async function opened(lab: Lab, file: string): Promise<Workbench> {
  await lab.start(file);
  await lab.open(file);
  return new Workbench(lab.page, lab.workbench);
}

/** A copy of another file beside those of the test, opened in the same page. */
async function openedToo(lab: Lab, file: string): Promise<Workbench> {
  await lab.open(file);
  return new Workbench(lab.page, lab.workbench);
}

function channels(bench: Workbench) {
  return bench.root.getByRole('radiogroup', { name: 'Channel' });
}

test('a PFM image: one map, its channels one click away or as a grid', async ({
  lab,
  page
}) => {
  const bench = await opened(lab, 'pfm.h5');
  await bench.shows({ x: 'X', y: 'Y', curve: null });
  await expect(bench.map).toContainText('X (µm)');
  await expect(bench.root).toContainText('Height (nm)');
  await expect(bench.spectrum).toBeHidden();
  await expect(bench.root.locator('.usid-slider')).toHaveCount(0);
  await channels(bench).getByRole('radio', { name: 'Phase' }).check();
  await bench.shows({ dataset: '/Measurement_000/Channel_003/Raw_Data' });
  await bench.button('Contrast').click();
  await expect(page.getByRole('dialog', { name: 'Contrast' })).toContainText(
    'cyclic'
  );
  await page.keyboard.press('Escape');
  await channels(bench).getByRole('radio', { name: 'All' }).check();
  await bench.shows({ channels: 'all' });
  const maps = bench.root.getByRole('application', { name: /^Map of / });
  await expect(maps).toHaveCount(4);
  await maps.nth(1).focus();
  const { X = 0, Y = 0 } = (await bench.view()).index;
  await page.keyboard.press('ArrowRight');
  await bench.shows({ index: { X: X + 1, Y } });
  await maps.nth(1).press('Enter');
  await bench.shows({
    dataset: '/Measurement_000/Channel_001/Raw_Data',
    channels: 'one',
    index: { X: X + 1, Y }
  });
  await bench.map.focus();
  await page.keyboard.press('Escape');
  await bench.shows({ channels: 'all' });
});

test('BEPS: amplitude at the resonance, offsets and fields to choose', async ({
  lab
}) => {
  const bench = await opened(lab, 'beps.h5');
  await bench.shows({ x: 'X', y: 'Y', curve: 'Frequency' });
  await expect(bench.map).toContainText('X (µm)');
  await expect(bench.root).toContainText(/amplitude \(mV\) at 33\d[.\d]* kHz/);
  await expect(bench.slider('Frequency')).toHaveAttribute(
    'aria-valuetext',
    / kHz$/
  );
  await expect(bench.slider('DC_Offset')).toHaveAttribute(
    'aria-valuetext',
    / V$/
  );
  await expect(
    bench.root.getByRole('radiogroup', { name: 'Field' })
  ).toHaveText(/0\s*1\s*Overlay/);
});

test('SHO fits: the loop first, fields by name and unit', async ({ lab }) => {
  const bench = await opened(lab, 'beps.h5');
  const path = '/Measurement_000/Channel_000/Raw_Data-SHO_Fit_000/Fit';
  await bench.chooseDataset(path);
  await bench.shows({ curve: 'DC_Offset', x: 'X', y: 'Y' });
  await expect(bench.button('Component')).toHaveText(/Amplitude·cos\(Phase\)/);
  await bench.chooseComponent('Frequency');
  await expect(bench.root).toContainText(/Frequency \(kHz\) at/);
  await bench.chooseComponent('Quality Factor');
  await expect(bench.root).toContainText(/Quality Factor at/);
});

test('EELS: intensity at an energy, y down', async ({ lab }) => {
  const bench = await opened(lab, 'eels.h5');
  await bench.shows({ x: 'X', y: 'Y', curve: 'Loss' });
  const { index } = await bench.view();
  expect(index.Loss).toBeGreaterThan(0);
  await expect(bench.slider('Loss')).toHaveAttribute('aria-valuetext', / eV$/);
  await expect(bench.root).toContainText(/Intensity \(counts\) at [\d.]+ eV/);
  await expect(bench.map).toContainText('X (nm)');
});

test('a force curve: one wide spectrum, no map', async ({ lab }) => {
  const bench = await opened(lab, 'force_curve.h5');
  await bench.shows({ x: null, y: null, curve: 'Z' });
  await expect(bench.map).toBeHidden();
  await expect(bench.spectrum).toContainText('Deflection');
  await expect(bench.spectrum).toContainText(/first\s*last/);
  await expect(bench.button('Contrast')).toBeHidden();
  await expect(bench.readout).toContainText(/Deflection -?[\d.]+ nm/);
});

test('a force curve of three channels: stacked over one axis', async ({
  lab
}) => {
  const bench = await opened(lab, 'stacked.h5');
  await bench.shows({ x: null, y: null, curve: 'Z', channels: 'all' });
  const plots = bench.spectrum.getByRole('group');
  await expect(plots).toHaveCount(3);
  // The channel that only repeats the axis comes last.
  for (const [k, name] of ['Deflection', 'Current', 'ZSensor'].entries()) {
    await expect(plots.nth(k)).toHaveAccessibleName(new RegExp(name));
  }
  const marker = bench.root.getByRole('slider', { name: 'Z', exact: true });
  await expect(marker).toHaveCount(1);
  await marker.press('Home');
  await marker.press('ArrowRight');
  await bench.shows({ index: { Z: 1 } });
  await expect(bench.readout).toContainText(/Deflection.*Current/);
  await channels(bench).getByRole('radio', { name: 'Current' }).check();
  await bench.shows({
    dataset: '/Measurement_000/Channel_001/Raw_Data',
    channels: 'one',
    index: { Z: 1 }
  });
  await expect(plots).toHaveCount(0);
});

test('an I-V grid: current at the bias, both sweeps', async ({ lab }) => {
  const bench = await opened(lab, 'sts.h5');
  await bench.shows({ x: 'X', y: 'Y', curve: 'Bias' });
  await expect(bench.root).toContainText(
    /Current forward \((nA|pA)\) at -?[\d.]+ (m?V)/
  );
  const sweeps = bench.spectrum.getByRole('list', { name: 'Curves' });
  await expect(sweeps).toContainText('forward');
  await expect(sweeps).toContainText('backward');
  await channels(bench)
    .getByRole('radio', { name: /backward/ })
    .check();
  await bench.shows({ dataset: '/Measurement_000/Channel_001/Raw_Data' });
});

test('points, rows to and fro, diffraction and a line image', async ({
  lab
}) => {
  ['serpentine.h5', 'stem4d.h5', 'be_line.h5'].forEach(file => lab.copy(file));
  const sparse = await opened(lab, 'sparse.h5');
  await sparse.shows({ curve: 'Wavelength' });
  await expect(sparse.root).toContainText('scattered positions');
  await expect(sparse.map).toContainText('X (µm)');
  const serpentine = await openedToo(lab, 'serpentine.h5');
  await serpentine.shows({ x: 'X', y: 'Y', curve: 'Raman_Shift' });
  await expect(serpentine.root).toContainText('rows out of order');
  const stem = await openedToo(lab, 'stem4d.h5');
  await stem.shows({ x: 'X', y: 'Y' });
  await expect(stem.root.getByRole('alert')).toHaveCount(0);
  const line = await openedToo(lab, 'be_line.h5');
  await line.shows({ x: 'X', y: 'Y', curve: 'Frequency' });
});

test('every genuine file opens without a complaint', async ({ lab }) => {
  test.slow();
  const folder = join(process.env.USID_LAB_UI_FILES ?? '', 'genuine');
  test.skip(!existsSync(folder), 'USID_LAB_TEST_DATA is not set');
  const files = readdirSync(folder).filter(name => name.endsWith('.h5'));
  await lab.start('regular.h5');
  for (const file of files) {
    lab.copy(join('genuine', file), file);
  }
  await lab.page.filebrowser.refresh();
  for (const file of files) {
    const bench = await openedToo(lab, file);
    await bench.view();
    await expect(bench.root.getByRole('alert')).toHaveCount(0);
    if (file.startsWith('SingFreqPFM')) {
      await channels(bench).getByRole('radio', { name: /Phase/ }).check();
      const badge = 'the file says m; the values look like degrees';
      await expect(bench.button(badge)).toBeVisible();
    }
    await lab.closeTab(file);
  }
});
