/** Where things are: wide, narrow and tiny, light and dark. */

import { expect, test } from './lab';
import type { Lab } from './lab';
import { boxOf, Workbench } from './workbench';

async function opened(lab: Lab): Promise<Workbench> {
  await lab.start('regular.h5');
  await lab.open('regular.h5');
  return new Workbench(lab.page, lab.workbench);
}

/** Make the window so wide that the workbench is `width` wide. */
async function fit(bench: Workbench, width: number): Promise<void> {
  const { page, root } = bench;
  const window = page.viewportSize() ?? { width: 1400, height: 900 };
  const around = window.width - (await boxOf(root)).width;
  await page.setViewportSize({ ...window, width: Math.round(width + around) });
  await expect
    .poll(async () => Math.round((await boxOf(root)).width))
    .toBe(width);
}

async function hideFileBrowser(lab: Lab): Promise<void> {
  await lab.page.evaluate(() =>
    window.jupyterapp.commands.execute('application:toggle-left-area')
  );
}

test('1400 x 900: tree, map and spectrum beside each other', async ({
  lab,
  page
}) => {
  const bench = await opened(lab);
  const [map, spectrum] = [await boxOf(bench.map), await boxOf(bench.spectrum)];
  expect(map.x + map.width).toBeLessThanOrEqual(spectrum.x);
  expect(map.width).toBeGreaterThanOrEqual(320);
  expect(spectrum.width).toBeGreaterThanOrEqual(320);
  await expect(bench.tree).toBeVisible();
  const splitter = bench.root.getByRole('separator', {
    name: 'Size of the panels'
  });
  const before = Number(await splitter.getAttribute('aria-valuenow'));
  await splitter.press('ArrowLeft');
  await splitter.press('ArrowLeft');
  await expect(splitter).toHaveAttribute('aria-valuenow', `${before - 4}`);
  await expect
    .poll(async () => (await boxOf(bench.map)).width)
    .toBeLessThan(map.width);
  await bench.button('File contents').click();
  await expect(bench.tree).toBeHidden();
  await page.keyboard.press('Tab');
  await expect(bench.root).toHaveAttribute('data-state', 'ready');
});

test('700 px: a drawer, map above spectrum, the rest under More', async ({
  lab
}) => {
  const bench = await opened(lab);
  await hideFileBrowser(lab);
  await fit(bench, 700);
  await expect(bench.tree).toBeHidden();
  await expect
    .poll(async () => {
      const [map, spectrum] = [
        await boxOf(bench.map),
        await boxOf(bench.spectrum)
      ];
      return map.y + map.height <= spectrum.y;
    })
    .toBe(true);
  await expect(bench.button('Colour map')).toBeHidden();
  await bench.button('More').click();
  await expect(bench.button('Colour map')).toBeVisible();
  await expect(bench.button('Help')).toBeVisible();
  await bench.button('File contents').click();
  await expect(bench.tree).toBeVisible();
  await bench.tree.press('Escape');
  await expect(bench.tree).toBeHidden();
});

test('below 480 px: map and spectrum are tabs', async ({ lab }) => {
  const bench = await opened(lab);
  await hideFileBrowser(lab);
  await fit(bench, 460);
  const tab = (name: string) => bench.root.getByRole('tab', { name });
  await expect(tab('Map')).toHaveAttribute('aria-selected', 'true');
  await expect(bench.map).toBeVisible();
  await expect(bench.spectrum).toBeHidden();
  await tab('Spectrum').click();
  await expect(bench.map).toBeHidden();
  await bench.put('Bias', 7);
  await tab('Map').click();
  await bench.shows({ index: { Bias: 7 } });
  await expect(bench.map).toBeVisible();
});

test('in the dark, all of it is dark and can be read', async ({
  lab,
  page
}) => {
  const bench = await opened(lab);
  await page.theme.setDarkTheme();
  for (const part of [bench.root, bench.map, bench.spectrum, bench.tree]) {
    await expect.poll(() => backdrop(part)).toBeLessThan(0.25);
  }
  expect(await ink(bench.readout)).toBeGreaterThan(0.6);
  await expect.poll(() => brightest(bench)).toBeGreaterThan(0.9);
});

type Part = Workbench['root'];

/** Lightness 0-1 of what is behind an element. */
function backdrop(part: Part): Promise<number> {
  return part.evaluate(element => {
    let at: Element | null = element;
    for (; at; at = at.parentElement) {
      const [r = 0, g = 0, b = 0, alpha = 1] = (
        getComputedStyle(at).backgroundColor.match(/[\d.]+/g) ?? []
      ).map(Number);
      if (alpha > 0) {
        return (r + g + b) / 765;
      }
    }
    return 1;
  });
}

/** Lightness 0-1 of an element's text. */
function ink(part: Part): Promise<number> {
  return part.evaluate(element => {
    const numbers = getComputedStyle(element).color.match(/[\d.]+/g) ?? [];
    const [r = 0, g = 0, b = 0] = numbers.map(Number);
    return (r + g + b) / 765;
  });
}

/** Lightness 0-1 of the lightest pixel of the spectrum: that of the curve. */
function brightest(bench: Workbench): Promise<number> {
  return bench.spectrum.locator('canvas').evaluate(canvas => {
    const { width, height } = canvas as HTMLCanvasElement;
    const context = (canvas as HTMLCanvasElement).getContext('2d');
    const pixels = context?.getImageData(0, 0, width, height).data ?? [];
    return Math.max(...new Set(pixels)) / 255;
  });
}
