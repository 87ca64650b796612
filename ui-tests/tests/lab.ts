/** JupyterLab as the tests see it: a workspace and files of each test's own. */

import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test as galata } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { expect } from '@playwright/test';
import type { APIRequestContext, Locator } from '@playwright/test';
import type { IStateDB } from '@jupyterlab/statedb';
import type { IViewState } from '../../src/model/view';

export { expect };

/** What the tests use of a session of the server. */
export interface ISession {
  id: string;
  type: string;
  path: string;
  kernel: {
    id: string;
    name: string;
    connections: number;
    execution_state: string;
  };
}

export class Lab {
  constructor(
    readonly page: IJupyterLabPageFixture,
    readonly folder: string,
    private readonly _request: APIRequestContext
  ) {}

  /** Copy files into the folder of the test, then show it in JupyterLab. */
  async start(...files: string[]): Promise<void> {
    files.forEach(file => this.copy(file));
    await this.page.goto(`tree/${this.folder}?reset`);
    await this.item(files[0] ?? '').waitFor();
  }

  copy(file: string, as = file): void {
    copyFileSync(join(variable('USID_LAB_UI_FILES'), file), this.path(as));
  }

  /** Where a file of the test lies on the disk. */
  path(file: string): string {
    return join(variable('USID_LAB_UI_ROOT'), this.folder, file);
  }

  hash(file: string): string {
    const content = readFileSync(this.path(file));
    return createHash('sha256').update(content).digest('hex');
  }

  /** Names of all files in the test's folder, the hidden ones too. */
  names(): string[] {
    return readdirSync(this.path(''));
  }

  /** The row of a file in the file browser. */
  item(file: string): Locator {
    return this.page
      .getByRole('region', { name: 'File Browser Section' })
      .getByRole('listitem', { name: new RegExp(`^Name: ${file}`) });
  }

  tab(file: string): Locator {
    return this.page
      .getByRole('main')
      .getByRole('tab', { name: basename(file), exact: true });
  }

  /** The document that is in front. */
  get document(): Locator {
    return this.page.locator('.usid-Document:visible');
  }

  get workbench(): Locator {
    return this.document.getByRole('region', { name: 'USID workbench' });
  }

  get alert(): Locator {
    return this.document.getByRole('alert');
  }

  /** Double click, and wait until something is painted. */
  async open(file: string): Promise<void> {
    await this.item(file).dblclick();
    await expect(this.tab(file)).toHaveAttribute('aria-selected', 'true');
    await this.painted();
  }

  async painted(): Promise<void> {
    await expect(this.document).toHaveAttribute('data-phase', 'shown');
    await expect(this.workbench).toHaveAttribute('data-state', 'ready');
  }

  /** The view that is on the screen, once one is. */
  async viewState(): Promise<IViewState> {
    await this.painted();
    await expect(this.workbench).toHaveAttribute('data-view', /^\{/);
    const text = await this.workbench.getAttribute('data-view');
    return JSON.parse(text ?? '') as IViewState;
  }

  /** Choose one of the few values of a dimension. */
  async choose(dimension: string, value: string): Promise<void> {
    await this.workbench
      .getByRole('radiogroup', { name: dimension })
      .getByRole('radio', { name: value })
      .click();
  }

  /** Choose a cycle, and wait until its values are painted. */
  async showCycle(cycle: number): Promise<IViewState> {
    await this.choose('Cycle', `${cycle}`);
    await expect
      .poll(async () => (await this.viewState()).index.Cycle)
      .toBe(cycle);
    return this.viewState();
  }

  /** Wait until the view of a file is in JupyterLab's state database. */
  async saved(file: string, view: IViewState): Promise<void> {
    const key = `usid-lab-view:${this.folder}/${file}`;
    await expect
      .poll(() => this.page.evaluate(fetchState, key))
      .toMatchObject({ view });
  }

  async closeTab(file: string): Promise<void> {
    await this.tab(file).locator('.lm-TabBar-tabCloseIcon').click();
    await expect(this.tab(file)).toHaveCount(0);
  }

  async sessions(): Promise<ISession[]> {
    const answer = await this._request.get('/api/sessions');
    return (await answer.json()) as ISession[];
  }

  /** Sessions of open documents and of the spare, and all kernels. */
  async count(): Promise<{
    documents: number;
    spares: number;
    kernels: number;
  }> {
    const sessions = await this.sessions();
    const kernels = await (await this._request.get('/api/kernels')).json();
    return {
      documents: sessions.filter(({ type }) => type === 'usid-lab').length,
      spares: sessions.filter(({ type }) => type === 'usid-lab-spare').length,
      kernels: (kernels as unknown[]).length
    };
  }

  /** The kernel of an open document. */
  async kernelOf(file: string): Promise<string> {
    const path = `${this.folder}/${file}`;
    const sessions = await this.sessions();
    return sessions.find(session => session.path === path)?.kernel.id ?? '';
  }

  /** Wait until a spare kernel stands by, ready. */
  async spare(): Promise<string> {
    let id = '';
    await expect
      .poll(async () => {
        const sessions = await this.sessions();
        const spare = sessions.find(
          ({ type, kernel }) =>
            type === 'usid-lab-spare' &&
            kernel.connections > 0 &&
            kernel.execution_state === 'idle'
        );
        return (id = spare?.kernel.id ?? '');
      })
      .not.toBe('');
    return id;
  }

  async shutdownAll(): Promise<void> {
    for (const { id } of await this.sessions()) {
      await this._request.delete(`/api/sessions/${id}`);
    }
  }
}

interface IFixtures {
  lab: Lab;
}

/** No mock-ups but the settings: kernels and workspaces are real. */
export const test = galata.extend<IFixtures>({
  autoGoto: false,
  mockState: false,
  kernels: null,
  sessions: null,
  // eslint-disable-next-line no-empty-pattern -- Playwright wants a pattern.
  appPath: async ({}, use, info) => {
    await use(`/lab/workspaces/${info.testId}`);
  },
  // eslint-disable-next-line no-empty-pattern -- Playwright wants a pattern.
  waitForApplication: async ({}, use) => {
    await use(async page => {
      await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
    });
  },
  lab: async ({ page, tmpPath, request }, use) => {
    const lab = new Lab(page, tmpPath, request);
    await use(lab);
    // The page goes first, or it would start a spare kernel again.
    await page.close();
    await lab.shutdownAll();
  }
});

async function fetchState(key: string): Promise<unknown> {
  // Galata's types know a few plugins only.
  const plugin = '@jupyterlab/apputils-extension:state' as never;
  const state: unknown = await window.galata.getPlugin(plugin);
  return (state as IStateDB).fetch(key);
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}
