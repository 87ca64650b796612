/** The workbench as a person meets it: panels, sliders, and what they say. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import type { IViewState } from '../../src/model/view';

/** Columns and rows of a map; `up` where its rows count from the bottom. */
export interface IMapForm {
  columns: number;
  rows: number;
  up: boolean;
}

export interface IPixel {
  x: number;
  y: number;
  value: number;
}

/** Numbers that numpy found at a slice; made by truth.py. */
export interface IReading extends IMapForm {
  file: string;
  dataset: string;
  component: string | null;
  units: string;
  marker: string;
  index: Record<string, number>;
  pixels: IPixel[];
}

export interface IBandReading extends IMapForm {
  file: string;
  units: string;
  marker: string;
  band: [number, number];
  pixels: IPixel[];
  spectrum: number[];
}

export interface IPointReading {
  file: string;
  marker: string;
  index: number;
  values: number[];
  x: number[];
  y: number[];
}

export interface ITruth {
  readings: IReading[];
  band: IBandReading;
  points: IPointReading;
  /** `regular.h5`, as [y][x][cycle][bias]. */
  volume: { values: number[][][][]; Bias: number[] };
}

/** The form of the map of `regular.h5`. */
export const REGULAR: IMapForm = { columns: 16, rows: 12, up: true };

export function truth(): ITruth {
  const file = join(process.env.USID_LAB_UI_FILES ?? '', 'truth.json');
  return JSON.parse(readFileSync(file, 'utf8')) as ITruth;
}

const PREFIXES: Readonly<Record<string, number>> = {
  f: -15,
  p: -12,
  n: -9,
  µ: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9
};

const PREFIXED = /^([fpnµmkMG])(m|V|A|Hz|s)$/;

/** A number in units without a prefix. */
function plain(value: number, units: string): number {
  const prefix = PREFIXED.exec(units)?.[1];
  return value * 10 ** (prefix ? (PREFIXES[prefix] ?? 0) : 0);
}

/** "312.5 µV" in volts; NaN where it is no number. */
export function amount(text: string): number {
  const match = /^\s*([-−+\d.e]+)\s*(\S*)\s*$/.exec(text);
  const value = Number((match?.[1] ?? 'none').replace('−', '-'));
  return plain(value, match?.[2] ?? '');
}

/** What is shown is `value`, to the four digits that are shown. */
export function expectAmount(text: string, value: number, units: string): void {
  const exact = plain(value, units);
  const digit = 10 ** (Math.floor(Math.log10(Math.abs(exact) || 1)) - 3);
  const off = Math.abs(amount(text) - exact);
  expect(off, `"${text}" is shown for ${exact}`).toBeLessThan(0.501 * digit);
}

export class Workbench {
  readonly map: Locator;
  readonly spectrum: Locator;
  readonly readout: Locator;
  readonly tree: Locator;

  constructor(
    readonly page: Page,
    readonly root: Locator
  ) {
    this.map = root.getByRole('application', { name: 'Map', exact: true });
    this.spectrum = root.getByRole('region', { name: 'Spectrum' });
    this.readout = root.getByRole('status', { name: 'Readout' });
    this.tree = root.getByRole('tree', { name: 'File contents' });
  }

  slider(name: string): Locator {
    return this.root.getByRole('slider', { name, exact: true });
  }

  button(name: string): Locator {
    return this.root.getByRole('button', { name, exact: true });
  }

  /** The view that is painted. */
  async view(): Promise<IViewState> {
    await expect(this.root).toHaveAttribute('data-view', /^\{/);
    const text = await this.root.getAttribute('data-view');
    return JSON.parse(text ?? '') as IViewState;
  }

  /** Wait until a view with this in it is painted. */
  async shows(part: Record<string, unknown>): Promise<void> {
    await expect.poll(() => this.view()).toMatchObject(part);
  }

  /** Put a dimension that is not on the map to an index, by its own control. */
  async put(name: string, index: number): Promise<void> {
    const group = this.root.getByRole('radiogroup', { name, exact: true });
    const slider = this.slider(name);
    await expect(group.or(slider)).toBeVisible();
    if (await group.isVisible()) {
      await group.getByRole('radio').nth(index).check();
    } else if ((await slider.getAttribute('type')) === 'range') {
      await slider.fill(String(index));
    } else {
      await this.putMarker(slider, index);
    }
    await this.shows({ index: { [name]: index } });
  }

  private async putMarker(slider: Locator, index: number): Promise<void> {
    await slider.press('Home');
    for (let tens = Math.floor(index / 10); tens > 0; tens--) {
      await slider.press('PageUp');
    }
    for (let ones = index % 10; ones > 0; ones--) {
      await slider.press('ArrowRight');
    }
  }

  /** Point at the curve where its marker is: a loop passes there twice. */
  async pointAtMarker(name: string): Promise<void> {
    await this.slider(name).locator('.usid-marker-dot').hover({ force: true });
    await expect(this.readout).toContainText('Pointer');
    await expect(this.readout).toContainText(name);
  }

  async chooseComponent(name: string): Promise<void> {
    await this.button('Component').click();
    await this.root
      .getByRole('menuitemradio', { name: new RegExp(`\\b${name}\\b`, 'i') })
      .click();
  }

  item(name: string): Locator {
    return this.tree.getByRole('treeitem', { name, exact: true });
  }

  /** Open a dataset from the tree, unfolding what leads to it. */
  async chooseDataset(path: string): Promise<void> {
    if ((await this.view()).dataset === path) {
      return;
    }
    const names = path.slice(1).split('/');
    for (const name of names.slice(0, -1)) {
      if ((await this.item(name).getAttribute('aria-expanded')) === 'false') {
        await this.item(name).click();
      }
    }
    await this.item(names.at(-1) ?? '').click();
    await this.shows({ dataset: path });
  }

  /** Middle of a pixel of the map, on the page. */
  async place(
    form: IMapForm,
    x: number,
    y: number
  ): Promise<{ x: number; y: number }> {
    const box = await boxOf(this.map.locator('canvas'));
    const down = form.up ? form.rows - 1 - y : y;
    return {
      x: box.x + (box.width * (x + 0.5)) / form.columns,
      y: box.y + (box.height * (down + 0.5)) / form.rows
    };
  }

  async point(form: IMapForm, x: number, y: number): Promise<void> {
    const place = await this.place(form, x, y);
    await this.page.mouse.move(place.x, place.y);
  }

  async click(form: IMapForm, x: number, y: number): Promise<void> {
    const place = await this.place(form, x, y);
    await this.page.mouse.click(place.x, place.y);
    await this.shows({ index: { X: x, Y: y } });
  }

  /** Where an index lies on the axis of the spectrum; `count` of them rise. */
  async abscissa(
    index: number,
    count: number
  ): Promise<{ x: number; y: number }> {
    const box = await boxOf(this.spectrum.locator('.usid-curve-overlay'));
    return {
      x: box.x + (box.width * index) / (count - 1),
      y: box.y + 0.4 * box.height
    };
  }

  /** What stands in the readout, by name. */
  async values(): Promise<Record<string, string>> {
    const entries = await this.readout
      .locator('.usid-readout-entry')
      .allInnerTexts();
    const names = await this.readout
      .locator('.usid-readout-entry > :first-child')
      .allInnerTexts();
    return Object.fromEntries(
      entries.map((entry, i) => {
        const name = names[i] ?? '';
        return [name, entry.slice(name.length).trim()];
      })
    );
  }

  /** The last entry of the readout: the value of the map, or of the curve. */
  async lastValue(): Promise<string> {
    return Object.values(await this.values()).at(-1) ?? '';
  }

  /** Wait until the value of a pixel under the pointer is the right one. */
  async expectPixel(
    form: IMapForm,
    { x, y, value }: IPixel,
    units: string
  ): Promise<void> {
    await this.point(form, x, y);
    await expect(this.readout).toContainText('Pointer');
    await expect(async () =>
      expectAmount(await this.lastValue(), value, units)
    ).toPass({ timeout: 5000 });
  }

  /** Colour of the picture in the middle of a pixel. */
  async colour(form: IMapForm, x: number, y: number): Promise<number[]> {
    const down = form.up ? form.rows - 1 - y : y;
    const at = [(x + 0.5) / form.columns, (down + 0.5) / form.rows];
    return this.map.locator('canvas').evaluate((canvas, [across, deep]) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const context = (canvas as HTMLCanvasElement).getContext('2d');
      const column = Math.floor((across ?? 0) * width);
      const row = Math.floor((deep ?? 0) * height);
      const pixel = context?.getImageData(column, row, 1, 1).data ?? [];
      return [...pixel].slice(0, 3);
    }, at);
  }
}

export async function boxOf(
  locator: Locator
): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox();
  if (!box) {
    throw new Error('it is not on the page');
  }
  return box;
}
