// jupyterlab-h5web under the same hand. A picture counts from the first WebGL
// drawing call after the answer that carries its numbers has arrived.
import { clear, last, openLab, rowOf } from './page.mjs';

const LIMIT = 60_000;

/** First drawing call after the newest answer with data; both after `asked`. */
async function picture(page, asked, limit = LIMIT) {
  const drawn = await page.waitForFunction(
    from => {
      const answers = performance
        .getEntriesByType('resource')
        .filter(
          ({ name, responseEnd }) =>
            /h5web\/data/.test(name) && responseEnd > from
        );
      const end = Math.max(...answers.map(({ responseEnd }) => responseEnd));
      return answers.length && window.bench.draws.find(at => at > end);
    },
    asked,
    { polling: 'raf', timeout: limit }
  );
  return (await drawn.jsonValue()) - asked;
}

/**
 * Milliseconds from the double click to the tree, and from the click on a
 * dataset to its first picture (null where there is none within a minute); with
 * `axes`, also from the choice of each axis to its picture.
 */
export async function open(browser, lab, file, path, axes = {}) {
  const page = await openLab(browser, lab);
  try {
    await rowOf(page, file).dblclick();
    await item(page, path[0]).waitFor();
    const asked = await last(page, 'dblclick');
    const tree = (await page.evaluate(() => window.bench.rows.at(-1))) - asked;
    await unfold(page, path);
    const first = await choose(page, path.at(-1)).catch(() => null);
    return { tree, picture: first, turned: await turn(page, axes) };
  } finally {
    await page.close();
  }
}

async function unfold(page, path) {
  for (const group of path.slice(0, -1)) {
    await item(page, group).click();
  }
  await item(page, path.at(-1)).waitFor();
}

const item = (page, name) =>
  page.getByRole('treeitem', { name, exact: true }).first();

async function choose(page, name) {
  await item(page, name).click();
  return picture(page, await last(page, 'click'));
}

/** Draw other dims, one click for each; milliseconds until their pictures. */
async function turn(page, axes) {
  let spent = 0;
  for (const [axis, dim] of Object.entries(axes)) {
    await page
      .getByRole('radiogroup', { name: `Dimension as ${axis} axis` })
      .getByRole('radio', { name: dim })
      .click();
    spent += await picture(page, await last(page, 'click'));
  }
  return spent;
}

/** A dataset with its picture on the screen, `axes` drawn as [y, x]. */
export async function show(browser, lab, file, axes) {
  const page = await openLab(browser, lab);
  await rowOf(page, file).dblclick();
  await choose(page, 'data');
  await turn(page, axes ?? {});
  return page;
}

/** Milliseconds from the key on the slider to the new picture. */
export async function step(page) {
  const slider = page.getByRole('slider', { name: /^D\d$/ });
  await slider.focus();
  await clear(page);
  await page.keyboard.press('ArrowUp');
  return picture(page, await last(page, 'keydown'));
}
