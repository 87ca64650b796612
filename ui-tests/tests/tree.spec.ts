/** The tree of a file: kinds, links, many rows, keys, attributes. */

import { expect, test } from './lab';
import type { Lab } from './lab';
import { Workbench } from './workbench';

async function opened(lab: Lab, file: string): Promise<Workbench> {
  await lab.start(file);
  await lab.open(file);
  return new Workbench(lab.page, lab.workbench);
}

const KINDS = {
  away: 'refused',
  Channel_000: 'group',
  notes: 'group',
  plain: 'dataset',
  Position_Indices: 'ancillary',
  Raw_Data: 'main',
  soft: 'link'
};

test('every kind of object is told apart', async ({ lab }) => {
  const bench = await opened(lab, 'kinds.h5');
  for (const [name, kind] of Object.entries(KINDS)) {
    await expect(bench.item(name)).toHaveAttribute('data-kind', kind);
  }
  await expect(bench.item('Raw_Data')).toHaveAccessibleDescription(
    /12 x 16.*Current nA/
  );
  await expect(bench.item('soft')).toHaveAccessibleDescription(/plain/);
  await bench.item('away').click();
  const attributes = bench.root.getByRole('region', { name: 'Attributes' });
  await expect(attributes).toContainText(/outside|another file|out of/i);
  await bench.item('plain').click();
  await bench.shows({ dataset: '/plain' });
});

test('attributes are listed, bounded, and as text', async ({ lab, page }) => {
  const bench = await opened(lab, 'kinds.h5');
  await bench.item('notes').click();
  const attributes = bench.root.getByRole('region', { name: 'Attributes' });
  await expect(attributes).toContainText('A. Nobel');
  await expect(attributes).toContainText("<img src=x onerror='");
  await expect(attributes).toContainText('(shortened)');
  await expect(attributes.getByRole('term')).toHaveCount(200);
  await attributes.getByRole('button', { name: /Show more/ }).click();
  await expect(attributes.getByRole('term')).toHaveCount(254);
  await expect(attributes).toContainText('293.15');
  expect(await page.evaluate(() => '__pwned' in window)).toBe(false);
});

test('keys go through the tree and open what they come to', async ({
  lab,
  page
}) => {
  const bench = await opened(lab, 'kinds.h5');
  const { keyboard } = page;
  await bench.item('Measurement_000').focus();
  await keyboard.press('ArrowRight');
  await expect(bench.item('Channel_000')).toBeFocused();
  await keyboard.press('ArrowLeft');
  await expect(bench.item('Raw_Data')).toHaveCount(0);
  await keyboard.press('p');
  await expect(bench.item('plain')).toBeFocused();
  await keyboard.press('Enter');
  await bench.shows({ dataset: '/plain' });
  await keyboard.press('Home');
  await keyboard.press('End');
  await expect(bench.item('soft')).toBeFocused();
});

test('ten thousand groups scroll with few rows on the page', async ({
  lab,
  page
}) => {
  const bench = await opened(lab, 'many-groups.h5');
  await bench.item('many').click();
  await expect(bench.item('group_00000')).toBeVisible();
  await bench.item('many').focus();
  await page.keyboard.press('End');
  await expect(bench.item('group_09999')).toBeFocused();
  await bench.tree.evaluate(tree => (tree.scrollTop = 24 * 5000));
  await expect(bench.item('group_05000')).toBeVisible();
  expect(await bench.tree.getByRole('treeitem').count()).toBeLessThan(80);
  await expect(bench.item('group_05000')).toHaveAttribute(
    'aria-setsize',
    '10000'
  );
});
