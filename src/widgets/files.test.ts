import { describe, expect, it } from 'vitest';
import type { ITreeNode, ITreePage } from '../model/tree';
import { Client } from './client';
import { FileContents, visibleRows } from './files';
import { FakeModel, treeNode, treePage } from './fixtures';
import { rowAfterKey } from './tree-keys';

function page(path: string, names: string[], total?: number): ITreePage {
  const base = path === '/' ? '' : path;
  const nodes = names.map(name => treeNode(`${base}/${name}`));
  return treePage(path, nodes, total) as unknown as ITreePage;
}

function contents() {
  const model = new FakeModel();
  const files = new FileContents(new Client(model));
  files.start(page('/', ['a', 'b', 'beta']), []);
  return { model, files };
}

function names(files: FileContents): (string | undefined)[] {
  return files.rows.value.map(({ node }) => node?.name);
}

describe('FileContents', () => {
  it('unfolds the way to the shown dataset', () => {
    const { files } = contents();
    files.start(page('/', ['a', 'b']), [page('/a', ['c'])]);
    expect(names(files)).toEqual(['a', 'c', 'b']);
    expect(files.rows.value.map(({ level }) => level)).toEqual([1, 2, 1]);
  });

  it('loads what is unfolded, once', async () => {
    const { model, files } = contents();
    files.setExpanded('/b', true);
    files.setExpanded('/b', false);
    files.setExpanded('/b', true);
    expect(model.requests('children')).toHaveLength(1);
    await model.answer(model.last('children'), page('/b', ['c', 'd']));
    expect(names(files)).toEqual(['a', 'b', 'c', 'd', 'beta']);
  });

  it('asks again for all that is unfolded', async () => {
    const { model, files } = contents();
    files.setExpanded('/a', true);
    await model.answer(model.last('children'), page('/a', ['c'], 500));
    files.renew();
    expect(names(files).slice(0, 2)).toEqual(['a', 'c']);
    const [root, inside] = model.requests('children').slice(1);
    expect(root?.params).toEqual({ path: '/', start: 0, count: 200 });
    expect(inside?.params).toEqual({ path: '/a', start: 0, count: 200 });
    await model.answer(inside as never, page('/a', ['new', 'c']));
    expect(names(files)).toEqual(['a', 'new', 'c', 'b', 'beta']);
  });

  it('holds places for pages that are not there yet', async () => {
    const { model, files } = contents();
    files.setExpanded('/a', true);
    await model.answer(model.last('children'), page('/a', ['0'], 10_000));
    expect(files.rows.value).toHaveLength(10_003);
    files.need('/a', 5_250);
    expect(model.last('children').params).toEqual({
      path: '/a',
      start: 5_200,
      count: 200
    });
    files.need('/a', 5_251);
    expect(model.requests('children')).toHaveLength(2);
    const later = { ...page('/a', ['x'], 10_000), start: 5_200 };
    await model.answer(model.last('children'), later);
    const row = files.rows.value[5_201];
    expect(row).toMatchObject({ position: 5_200, siblings: 10_000, level: 2 });
    expect(row?.node?.name).toBe('x');
  });

  it('says what could not be listed, and asks again', async () => {
    const { model, files } = contents();
    files.setExpanded('/a', true);
    await model.refuse(model.last('children'), 'damaged group');
    expect(files.failure.value?.message).toBe('damaged group');
    files.need('/a', 0);
    expect(model.requests('children')).toHaveLength(2);
  });

  it('unfolds the way to what is chosen elsewhere', async () => {
    const { model, files } = contents();
    files.reveal('/b/c/d');
    expect(model.requests('children').map(({ params }) => params)).toEqual([
      { path: '/b', start: 0, count: 200 },
      { path: '/b/c', start: 0, count: 200 }
    ]);
    const [b, c] = model.requests('children');
    if (b && c) {
      await model.answer(c, page('/b/c', ['d']));
      await model.answer(b, page('/b', ['c']));
    }
    expect(names(files)).toEqual(['a', 'b', 'c', 'd', 'beta']);
    expect(files.selected.value?.path).toBe('/b/c/d');
  });

  it('shows attributes of what is selected now', async () => {
    const { model, files } = contents();
    const [a, b] = ['a', 'b'].map(
      name => treeNode(`/${name}`) as unknown as ITreeNode
    );
    if (!a || !b) {
      return;
    }
    files.select(a);
    const late = model.last('attributes');
    files.select(b);
    const unit = { name: 'units', value: 'V', truncated: false };
    await model.answer(late, { total: 0, attributes: [] });
    expect(files.attributes.value).toBeNull();
    await model.answer(model.last('attributes'), {
      total: 2,
      attributes: [unit]
    });
    files.moreAttributes();
    expect(model.last('attributes').params).toMatchObject({ start: 1 });
    await model.answer(model.last('attributes'), {
      total: 2,
      attributes: [unit]
    });
    expect(files.attributes.value?.attributes).toHaveLength(2);
  });

  it('ends where links lead round in circles', () => {
    const { files } = contents();
    files.start(page('/', ['a']), [
      { ...page('/a', []), nodes: page('/', ['a']).nodes, total: 1 }
    ]);
    expect(files.rows.value.length).toBeLessThan(100);
  });
});

describe('visibleRows', () => {
  it('takes what is in sight, and a little more', () => {
    expect(visibleRows(0, 240, 24, 10_000)).toEqual([0, 18]);
    expect(visibleRows(24_000, 240, 24, 10_000)).toEqual([992, 1_018]);
    expect(visibleRows(239_900, 240, 24, 10_000)).toEqual([9_987, 10_000]);
    expect(visibleRows(0, 240, 24, 3)).toEqual([0, 3]);
  });
});

describe('keys of the tree', () => {
  it('move, fold, unfold and find', async () => {
    const { model, files } = contents();
    const press = (key: string, at: number): number | null =>
      rowAfterKey(key, files.rows.value, at, files);
    expect(press('ArrowDown', 0)).toBe(1);
    expect(press('ArrowUp', 0)).toBe(0);
    expect(press('End', 0)).toBe(2);
    expect(press('b', 1)).toBe(2);
    expect(press('b', 2)).toBe(1);
    expect(press('F6', 0)).toBeNull();
    expect(press('ArrowRight', 1)).toBe(1);
    await model.answer(model.last('children'), page('/b', ['c']));
    expect(press('ArrowRight', 1)).toBe(2);
    expect(press('ArrowLeft', 2)).toBe(1);
    expect(press('ArrowLeft', 1)).toBe(1);
    expect(names(files)).toEqual(['a', 'b', 'beta']);
  });
});
