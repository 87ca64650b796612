/** What hands do: drags, wheels and keys, on `regular.h5`. */

import { expect, test } from './lab';
import type { Lab } from './lab';
import { boxOf, expectAmount, REGULAR, truth, Workbench } from './workbench';

const BIASES = 40;

async function opened(lab: Lab): Promise<Workbench> {
  await lab.start('regular.h5');
  await lab.open('regular.h5');
  const bench = new Workbench(lab.page, lab.workbench);
  await bench.put('Bias', 20);
  return bench;
}

/** What numpy finds on the spectrum at a place of the first cycle. */
function spectrumAt(x: number, y: number, bias: number): number {
  return truth().volume.values[y]?.[x]?.[0]?.[bias] ?? NaN;
}

/** Drag over the spectrum from one index to another. */
async function sweep(bench: Workbench, from: number, to: number) {
  const { mouse } = bench.page;
  const start = await bench.abscissa(from, BIASES);
  const end = await bench.abscissa(to, BIASES);
  await mouse.move(start.x, start.y);
  await mouse.down();
  await mouse.move(end.x, end.y, { steps: 4 });
  await mouse.up();
}

async function shiftSweep(bench: Workbench, from: number, to: number) {
  await bench.page.keyboard.down('Shift');
  await sweep(bench, from, to);
  await bench.page.keyboard.up('Shift');
}

test('a drag over the map paints its way and changes the spectrum', async ({
  lab,
  page
}) => {
  const bench = await opened(lab);
  await bench.click(REGULAR, 1, 1);
  const seen = watchCursor(bench);
  await seen.start();
  await page.mouse.down();
  for (let step = 2; step <= 10; step++) {
    await bench.point(REGULAR, step, step);
    await bench.shows({ index: { X: step, Y: step } });
  }
  await page.mouse.up();
  expect((await seen.stop()).length).toBeGreaterThanOrEqual(9);
  await bench.pointAtMarker('Bias');
  expectAmount(await bench.lastValue(), spectrumAt(10, 10, 20), 'nA');
});

test('hovering reads values and leaves the cursor alone', async ({ lab }) => {
  const bench = await opened(lab);
  await bench.click(REGULAR, 3, 4);
  await bench.point(REGULAR, 12, 7);
  await expect(bench.readout).toContainText('Pointer');
  expectAmount(await bench.lastValue(), spectrumAt(12, 7, 20), 'nA');
  await bench.shows({ index: { X: 3, Y: 4 } });
});

test('marker and map cursor move by pointer and by keys', async ({
  lab,
  page
}) => {
  const bench = await opened(lab);
  await sweep(bench, 20, 30);
  await bench.shows({ index: { Bias: 30 }, band: null });
  const marker = bench.slider('Bias');
  await expect(marker).toHaveAttribute('aria-valuenow', '30');
  await expect(marker).toHaveAttribute('aria-valuetext', /^0\.538 V$/);
  await marker.press('Shift+ArrowLeft');
  await bench.shows({ index: { Bias: 20 } });
  await bench.click(REGULAR, 5, 5);
  await bench.map.focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Shift+ArrowRight');
  await bench.shows({ index: { X: 15, Y: 6 } });
  await page.keyboard.press(']');
  await bench.shows({ index: { Bias: 21 } });
  await page.keyboard.press('.');
  await bench.shows({ index: { Cycle: 1 } });
  await page.keyboard.press('[');
  await page.keyboard.press(',');
  await bench.shows({ index: { Bias: 20, Cycle: 0 } });
});

test('a band is made, moved, resized and removed', async ({ lab, page }) => {
  const bench = await opened(lab);
  await shiftSweep(bench, 10, 19);
  await bench.shows({ band: [10, 19] });
  await expect(bench.root).toContainText(/Current \(nA\).* mean of -0\.4/);
  await sweep(bench, 14, 17);
  await bench.shows({ band: [13, 22] });
  await sweep(bench, 22.45, 26);
  await bench.shows({ band: [13, 26] });
  await bench.spectrum.focus();
  await page.keyboard.press('Delete');
  await bench.shows({ band: null });
  await expect(bench.root).toContainText(/Current \(nA\) at 0\.026 V/);
});

test('wheel, pan and double click zoom the panel that is meant', async ({
  lab,
  page
}) => {
  const bench = await opened(lab);
  await bench.button('Help').focus();
  await bench.point(REGULAR, 8, 6);
  await page.mouse.wheel(0, -200);
  await bench.shows({ zoom: { map: null } });
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await expect.poll(() => width(bench)).toBeLessThan(15);
  const before = await leftEdge(bench);
  await bench.map.focus();
  await page.keyboard.down(' ');
  const { x, y } = await middle(bench);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.up(' ');
  await expect.poll(() => leftEdge(bench)).toBeLessThan(before);
  await page.mouse.dblclick(x, y);
  await bench.shows({ zoom: { map: null } });
  await bench.spectrum.focus();
  const place = await bench.abscissa(30, BIASES);
  await page.mouse.move(place.x, place.y);
  await page.mouse.wheel(0, -200);
  await expect
    .poll(async () => (await bench.view()).zoom.curve?.[0] ?? 0)
    .toBeGreaterThan(1);
  await page.keyboard.press('0');
  await bench.shows({ zoom: { map: null, curve: null } });
});

test('F, A, L, H, Ctrl+Z, Esc and F6 do what the help says', async ({
  lab,
  page
}) => {
  const bench = await opened(lab);
  await bench.map.focus();
  await page.keyboard.press('f');
  await bench.shows({ flip: { y: true } });
  await bench.expectPixel(
    { ...REGULAR, up: false },
    { x: 3, y: 9, value: spectrumAt(3, 9, 20) },
    'nA'
  );
  await page.keyboard.press('Control+z');
  await bench.shows({ flip: { y: false } });
  await page.keyboard.press('l');
  const locked = (await bench.view()).contrast.limits;
  await page.keyboard.press(']');
  await bench.shows({ index: { Bias: 21 }, contrast: { limits: locked } });
  await page.keyboard.press('a');
  await expect
    .poll(async () => (await bench.view()).contrast.limits)
    .not.toEqual(locked);
  await page.keyboard.press('h');
  await bench.point(REGULAR, 2, 9);
  await bench.shows({ index: { X: 2, Y: 9 } });
  await page.keyboard.press('Escape');
  await bench.point(REGULAR, 11, 3);
  await expect(bench.readout).toContainText('Pointer');
  await bench.shows({ index: { X: 2, Y: 9 } });
  await page.keyboard.press('F6');
  await expect(bench.spectrum).toBeFocused();
  await page.keyboard.press('Shift+F6');
  await expect(bench.map).toBeFocused();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Help' });
  await expect(help).toContainText('Flip Y');
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
});

test('colours: limits by percentile, extremes and hand; another map', async ({
  lab,
  page
}) => {
  const bench = await opened(lab);
  const plane = truth()
    .volume.values.flat()
    .map(curves => curves[0]?.[20] ?? NaN);
  const window = page.getByRole('dialog', { name: 'Contrast' });
  await bench.button('Contrast').click();
  await window.getByRole('radio', { name: 'Min – max' }).check();
  await bench.shows({ contrast: { mode: 'minmax' } });
  const limits = (await bench.view()).contrast.limits;
  expect(limits?.[0]).toBeCloseTo(Math.min(...plane), 5);
  expect(limits?.[1]).toBeCloseTo(Math.max(...plane), 5);
  await window.getByRole('textbox', { name: 'Maximum' }).fill('0.5');
  await page.keyboard.press('Enter');
  await bench.shows({ contrast: { mode: 'manual' } });
  expect((await bench.view()).contrast.limits?.[1]).toBeCloseTo(0.5, 6);
  await window.getByRole('radio', { name: 'Percentile' }).check();
  await window.getByRole('spinbutton', { name: 'Low percentile' }).fill('10');
  await page.keyboard.press('Enter');
  await bench.shows({ contrast: { mode: 'percentile', low: 10 } });
  await page.keyboard.press('Escape');
  await expect(window).toBeHidden();
  await bench.button('Colour map').click();
  await page.getByRole('option', { name: /^magma/i }).click();
  await bench.shows({ colormap: 'magma' });
});

test('a value typed beside a slider moves it', async ({ lab, page }) => {
  await lab.start('beps.h5');
  await lab.open('beps.h5');
  const bench = new Workbench(page, lab.workbench);
  const field = bench.root.getByRole('textbox', { name: 'DC_Offset value' });
  await field.fill('5000 mV');
  await field.press('Enter');
  const slider = bench.slider('DC_Offset');
  await expect(slider).toHaveAttribute('aria-valuetext', '5 V');
  const at = Number(await slider.getAttribute('aria-valuenow'));
  await bench.shows({ index: { DC_Offset: at } });
  await slider.press('ArrowRight');
  await bench.shows({ index: { DC_Offset: at + 1 } });
  await bench.root.getByRole('button', { name: 'Previous DC_Offset' }).click();
  await bench.shows({ index: { DC_Offset: at } });
});

async function width(bench: Workbench): Promise<number> {
  const { map } = (await bench.view()).zoom;
  return map ? map[1] - map[0] : REGULAR.columns;
}

async function leftEdge(bench: Workbench): Promise<number> {
  return (await bench.view()).zoom.map?.[0] ?? -0.5;
}

async function middle(bench: Workbench): Promise<{ x: number; y: number }> {
  const box = await boxOf(bench.map.locator('canvas'));
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Every cursor that is painted between start and stop. */
function watchCursor(bench: Workbench) {
  const start = () =>
    bench.root.evaluate(root => {
      const seen: string[] = [];
      const observer = new MutationObserver(() => {
        const view = JSON.parse(root.getAttribute('data-view') ?? '') as {
          index: Record<string, number>;
        };
        seen.push(`${view.index.X} ${view.index.Y}`);
      });
      observer.observe(root, { attributeFilter: ['data-view'] });
      Object.assign(window, { usidSeen: seen });
    });
  const stop = () =>
    bench.page.evaluate(() => {
      const { usidSeen } = window as unknown as { usidSeen: string[] };
      return [...new Set(usidSeen)];
    });
  return { start, stop };
}
