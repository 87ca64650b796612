/** Maps of more pixels than the screen has. */

import type { Page } from '@playwright/test';
import { expect, test } from './lab';
import { boxOf, expectAmount, Workbench } from './workbench';

const SIDE = 8192;
const HOT = { x: 5000, y: 3000 };
const FORM = { columns: SIDE, rows: SIDE, up: false };
const VIRIDIS_TOP = [253, 231, 37];

/** As fixtures.py made it. */
function height(x: number, y: number): number {
  const hills = Math.abs((x % 2048) - 1024) + Math.abs((y % 2048) - 1024);
  const hot = x === HOT.x && y === HOT.y;
  return hot ? 32000 : hills + 100 * ((x + y) % 2);
}

/** Sizes of the messages that come to the page. */
function received(page: Page): number[] {
  const sizes: number[] = [];
  page.on('websocket', socket =>
    socket.on('framereceived', ({ payload }) => sizes.push(payload.length))
  );
  return sizes;
}

/** Visible part of the map: first and last pixel edge of x and y. */
async function windowOf(
  bench: Workbench
): Promise<[number, number, number, number]> {
  const { zoom } = await bench.view();
  return zoom.map ?? [-0.5, SIDE - 0.5, -0.5, SIDE - 0.5];
}

/** Middle of a pixel, as a part of the canvas, and on the page. */
async function placeOf(bench: Workbench, { x, y }: { x: number; y: number }) {
  const [x0, x1, y0, y1] = await windowOf(bench);
  const across = (x - x0) / (x1 - x0);
  const down = (y - y0) / (y1 - y0);
  const box = await boxOf(bench.map.locator('canvas'));
  return {
    across,
    down,
    x: box.x + across * box.width,
    y: box.y + down * box.height
  };
}

async function colourAt(
  bench: Workbench,
  pixel: { x: number; y: number }
): Promise<number[]> {
  const { across, down } = await placeOf(bench, pixel);
  // `colour` wants the middle of a cell; of a single one it is the place itself.
  return bench.colour(
    { columns: 1, rows: 1, up: false },
    across - 0.5,
    down - 0.5
  );
}

async function zoomTo(
  bench: Workbench,
  pixel: { x: number; y: number },
  widest: number
): Promise<void> {
  const { page } = bench;
  await bench.map.focus();
  await page.keyboard.down('Control');
  await expect(async () => {
    const place = await placeOf(bench, pixel);
    await page.mouse.move(place.x, place.y);
    await page.mouse.wheel(0, -400);
    const [x0, x1] = await windowOf(bench);
    expect(x1 - x0).toBeLessThan(widest);
  }).toPass();
  await page.keyboard.up('Control');
}

test('a map of 8192 x 8192 sends what can be seen; values are exact', async ({
  lab,
  page
}) => {
  test.slow();
  const sizes = received(page);
  await lab.start('large.h5');
  await lab.open('large.h5');
  const bench = new Workbench(page, lab.workbench);
  await bench.view();

  await test.step('it is refined once the eye rests', async () => {
    await expect(bench.map).toHaveAttribute('data-preview', 'false');
    await expect(bench.root).toContainText(/mean of \d+ x \d+ pixels/);
    await expect(bench.root).not.toContainText('preview');
  });

  await test.step('the readout is exact where the picture is not', async () => {
    for (const [x, y] of [
      [40, 17],
      [4096, 4099],
      [8000, 8191]
    ] as const) {
      await bench.point(FORM, x, y);
      await expect(bench.readout).toContainText('Pointer');
      await expect(async () => {
        const [across, down, value] = Object.values(await bench.values());
        const at = { x: Number(across), y: Number(down) };
        expect(Math.abs(at.x - x)).toBeLessThan(20);
        expectAmount(value ?? '', height(at.x, at.y), 'nm');
      }).toPass({ timeout: 5000 });
    }
  });

  await test.step('closer up every pixel is in its place', async () => {
    await zoomTo(bench, HOT, 60);
    await expect(bench.root).not.toContainText(/\d+ x \d+ pixels/);
    await expect.poll(() => colourAt(bench, HOT)).toEqual(VIRIDIS_TOP);
    const around = [
      { x: HOT.x - 1, y: HOT.y },
      { x: HOT.x + 1, y: HOT.y },
      { x: HOT.x, y: HOT.y - 1 },
      { x: HOT.x, y: HOT.y + 1 },
      { x: HOT.x - 1, y: HOT.y - 1 }
    ].map(pixel => colourAt(bench, pixel));
    const [left, ...others] = await Promise.all(around);
    [left, ...others].forEach(found => expect(found).not.toEqual(VIRIDIS_TOP));
    // The chequer: pixels that meet at their sides differ.
    expect(left).not.toEqual(others.at(-1));
    const place = await placeOf(bench, HOT);
    await page.mouse.move(place.x, place.y);
    await expect(async () =>
      expectAmount(await bench.lastValue(), 32000, 'nm')
    ).toPass({ timeout: 5000 });
  });

  expect(Math.max(...sizes)).toBeLessThan(8e6);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(32e6);
});
