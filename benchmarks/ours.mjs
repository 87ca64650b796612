// The workbench under the hand of a user: opening, stepping, dragging.
import { clear, last, openLab, rowOf, since } from './page.mjs';

const region = page => page.getByRole('region', { name: 'USID workbench' });

/** Wait until the workbench has painted, and return its view. */
async function ready(page) {
  await region(page)
    .and(page.locator('[data-state=ready][data-view]'))
    .waitFor();
}

/** Until a spare kernel is there, idle, and has imported what it needs. */
async function warm(page) {
  await page.waitForFunction(async () => {
    const base = JSON.parse(
      document.getElementById('jupyter-config-data').textContent
    ).baseUrl;
    const sessions = await (await fetch(`${base}api/sessions`)).json();
    return sessions.some(
      ({ type, kernel }) =>
        type === 'usid-lab-spare' &&
        kernel.execution_state === 'idle' &&
        Date.now() - Date.parse(kernel.last_activity) > 1500
    );
  });
}

/** Milliseconds from double click to the first linked paint, both panels. */
export async function open(browser, lab, file, { spare }) {
  const page = await openLab(browser, lab);
  try {
    if (spare) {
      await warm(page);
    }
    const row = rowOf(page, file);
    await row.waitFor();
    await row.dblclick();
    await ready(page);
    const asked = await last(page, 'dblclick');
    const [shown] = await page.evaluate(() => window.bench.views);
    return shown.at - asked;
  } finally {
    await close(page);
  }
}

/** Close the document and wait until its kernel has ended, then the page. */
async function close(page) {
  await page
    .locator('.lm-DockPanel-tabBar .jp-mod-current .lm-TabBar-tabCloseIcon')
    .click();
  await page.waitForFunction(async () => {
    const base = JSON.parse(
      document.getElementById('jupyter-config-data').textContent
    ).baseUrl;
    const sessions = await (await fetch(`${base}api/sessions`)).json();
    return sessions.every(({ type }) => type === 'usid-lab-spare');
  });
  await page.close();
}

/** An open document, with everything around it out of the way. */
export async function show(browser, lab, file) {
  const page = await openLab(browser, lab);
  const row = rowOf(page, file);
  await row.dblclick();
  await ready(page);
  return page;
}

const index = (page, dim) =>
  page.evaluate(
    name =>
      JSON.parse(
        document.querySelector('[data-view]').getAttribute('data-view')
      ).index[name],
    dim
  );

/** Bring the marker to the beginning of its axis. */
export async function rewind(page, dim) {
  const slider = page.getByRole('slider', { name: dim, exact: true }).first();
  await slider.focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(
    name =>
      JSON.parse(
        document.querySelector('[data-view]').getAttribute('data-view')
      ).index[name] === 0,
    dim
  );
}

/** Milliseconds from the key to the painted view at the marker's new index. */
export async function step(page, dim) {
  const from = await index(page, dim);
  const slider = page.getByRole('slider', { name: dim, exact: true }).first();
  await slider.focus();
  await clear(page);
  await page.keyboard.press('ArrowRight');
  const shown = await page.waitForFunction(
    ([name, old]) =>
      window.bench.views.find(
        ({ view }) => JSON.parse(view).index[name] !== old
      )?.at,
    [dim, from],
    { polling: 'raf' }
  );
  return (await shown.jsonValue()) - (await last(page, 'keydown'));
}

/** A circle on the map's own square, which lies at the top of its panel. */
async function circle(page) {
  const map = await page
    .getByLabel('Map', { exact: true })
    .first()
    .boundingBox();
  return seconds => {
    const angle = seconds * 2.5;
    return [
      map.x + map.width * (0.42 + 0.15 * Math.cos(angle)),
      map.y + map.width * (0.45 + 0.15 * Math.sin(angle))
    ];
  };
}

/** To and fro over the spectrum, from the marker on. */
async function sweep(page) {
  const box = await page.locator('.usid-curve-overlay').first().boundingBox();
  return seconds => [
    box.x + box.width * (0.5 + 0.35 * Math.sin(seconds)),
    box.y + box.height * 0.4
  ];
}

/** Drag for some seconds, over the map or over the spectrum; what was painted. */
export async function drag(page, seconds, over = 'map') {
  const way = await (over === 'map' ? circle(page) : sweep(page));
  await page.mouse.move(...way(0));
  await page.mouse.down();
  await clear(page);
  const start = Date.now();
  while (Date.now() - start < seconds * 1000) {
    await page.mouse.move(...way((Date.now() - start) / 1000));
  }
  await page.mouse.up();
  return since(page);
}
