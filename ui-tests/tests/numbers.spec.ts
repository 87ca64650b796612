/** The numbers on the screen are those that numpy finds in the file. */

import { expect, test } from './lab';
import type { Lab } from './lab';
import { amount, expectAmount, truth, Workbench } from './workbench';
import type { IReading } from './workbench';

const VIRIDIS_TOP = [253, 231, 37];

async function opened(lab: Lab, file: string): Promise<Workbench> {
  await lab.start(file);
  await lab.open(file);
  return new Workbench(lab.page, lab.workbench);
}

async function expectReading(
  bench: Workbench,
  reading: IReading
): Promise<void> {
  const { pixels, units, component, index, marker } = reading;
  await bench.chooseDataset(reading.dataset);
  if (component) {
    await bench.chooseComponent(component);
  }
  for (const [name, at] of Object.entries(index)) {
    await bench.put(name, at);
  }
  for (const pixel of pixels) {
    await bench.expectPixel(reading, pixel, units);
  }
  const [{ x, y, value }] = pixels.slice(-1) as [IReading['pixels'][0]];
  await bench.click(reading, x, y);
  await bench.pointAtMarker(marker);
  await expect(async () =>
    expectAmount(await bench.lastValue(), value, units)
  ).toPass({ timeout: 5000 });
}

const FILES = ['regular.h5', 'be_line.h5', 'beps.h5', 'eels.h5'];

for (const file of [...FILES, 'serpentine.h5']) {
  test(`${file}: map and spectrum show numpy's numbers`, async ({ lab }) => {
    const bench = await opened(lab, file);
    for (const reading of truth().readings) {
      if (reading.file === file) {
        await expectReading(bench, reading);
      }
    }
  });
}

test('a band shows the mean, and its largest pixel is the brightest', async ({
  lab,
  page
}) => {
  const reading = truth().band;
  const bench = await opened(lab, reading.file);
  const count = reading.spectrum.length;
  const [from, to] = reading.band;
  const start = await bench.abscissa(from, count);
  const end = await bench.abscissa(to, count);
  await page.keyboard.down('Shift');
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await bench.shows({ band: reading.band });
  for (const pixel of reading.pixels) {
    await bench.expectPixel(reading, pixel, reading.units);
  }
  await bench.button('Contrast').click();
  await page.getByRole('radio', { name: 'Min – max' }).check();
  const brightest = reading.pixels.at(-1);
  await expect
    .poll(() => bench.colour(reading, brightest?.x ?? 0, brightest?.y ?? 0))
    .toEqual(VIRIDIS_TOP);
});

test('scattered positions show their own values at their own places', async ({
  lab,
  page
}) => {
  const { file, marker, index, values, x, y } = truth().points;
  const bench = await opened(lab, file);
  await bench.put(marker, index);
  await bench.map.focus();
  const seen = new Set<number>();
  for (const key of ['ArrowLeft', 'ArrowUp', 'ArrowUp', 'ArrowRight']) {
    const before = (await bench.view()).index.Point;
    await page.keyboard.press(key);
    await expect
      .poll(async () => (await bench.view()).index.Point)
      .not.toBe(before);
    const point = (await bench.view()).index.Point ?? -1;
    seen.add(point);
    const said = await bench.values();
    expect(amount(said.X ?? '')).toBeCloseTo(x[point] ?? NaN, 8);
    expect(amount(said.Y ?? '')).toBeCloseTo(y[point] ?? NaN, 8);
    expectAmount(await bench.lastValue(), values[point] ?? NaN, 'counts');
  }
  expect(seen.size).toBeGreaterThan(2);
});
