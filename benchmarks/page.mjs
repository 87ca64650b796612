// A page of JupyterLab with the instruments in it.
import { fileURLToPath } from 'node:url';

const beside = name => fileURLToPath(new URL(name, import.meta.url));

/** A fresh page, loaded and quiet. */
export async function openLab(browser, lab) {
  const page = await browser.newPage({
    viewport: { width: 1400, height: 900 }
  });
  await page.addInitScript({ path: beside('instruments.js') });
  await page.addInitScript({ path: beside('wire.js') });
  await page.goto(lab);
  await page.locator('.jp-DirListing-item').first().waitFor();
  await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
  return page;
}

/** The row of a file in the file browser, by its whole name. */
export const rowOf = (page, file) =>
  page.locator('.jp-DirListing-item', {
    has: page.getByText(file, { exact: true })
  });

/** Time of the newest event of a type. */
export const last = (page, type) =>
  page.evaluate(
    name => window.bench.events.findLast(event => event.type === name).at,
    type
  );

/** Forget what was seen so far. */
export const clear = page =>
  page.evaluate(() => {
    for (const list of Object.values(window.bench)) {
      list.length = 0;
    }
  });

/**
 * What a drag showed: the first and the last pointer event, and each frame with a
 * new view: when it came, and how long after the newest event before it.
 */
export const since = page =>
  page.evaluate(() => {
    const { views, events } = window.bench;
    const moves = events.filter(({ type }) => type === 'pointermove');
    const place = ({ view }) => JSON.stringify(JSON.parse(view).index);
    const fresh = views.filter(
      (view, i) => i === 0 || place(view) !== place(views[i - 1])
    );
    return {
      origin: performance.timeOrigin,
      start: moves[0].at,
      end: moves.at(-1).at,
      moves: moves.map(({ at }) => at),
      frames: fresh.map(({ at }) => ({
        at,
        delay: at - (moves.findLast(move => move.at < at)?.at ?? at)
      }))
    };
  });
