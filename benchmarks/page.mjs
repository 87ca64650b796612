// A page of JupyterLab with the instruments in it.
import { fileURLToPath } from 'node:url';

const instruments = fileURLToPath(new URL('instruments.js', import.meta.url));

/** A fresh page, loaded and quiet. */
export async function openLab(browser, lab) {
  const page = await browser.newPage({
    viewport: { width: 1400, height: 900 }
  });
  await page.addInitScript({ path: instruments });
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
 * What a drag showed: frames with a new view, the seconds between the first and
 * the last pointer event, and for each frame the time since the newest event
 * before it.
 */
export const since = page =>
  page.evaluate(() => {
    const { views, events } = window.bench;
    const moves = events.filter(({ type }) => type === 'pointermove');
    const fresh = views.filter(
      ({ view }, i) => i === 0 || view !== views[i - 1].view
    );
    return {
      frames: fresh.length,
      seconds: (moves.at(-1).at - moves[0].at) / 1000,
      delays: fresh.map(
        ({ at }) => at - (moves.findLast(move => move.at < at)?.at ?? at)
      )
    };
  });
