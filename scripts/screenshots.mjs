/**
 * Takes pictures of the workbench with every sample, of what is saved from it and
 * of runs in a notebook: light, dark, and 700 px wide.
 *
 *   node scripts/screenshots.mjs [--size small|full] [--only NAME] [--out FOLDER]
 *
 * NAME is that of a sample, or `runs`, or `saving`.
 *
 * Starts a JupyterLab of its own with settings of its own, and ends it. The picture
 * for the README, docs/workbench.png, is made from full samples only.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PORT = 8911;
const SERVER = `http://127.0.0.1:${PORT}`;
const SHOWCASE = 'beps.h5';
const WINDOW = { width: 1400, height: 900 };
const NARROW = 700;
const OTHERS = ['runs', 'saving'];

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'full' },
    only: { type: 'string' },
    out: {
      type: 'string',
      default: join(ROOT, 'ui-tests', 'build', 'pictures')
    }
  }
});

function python() {
  const places = ['.venv/bin/python', '.venv/Scripts/python.exe'];
  const own = places.map(path => join(ROOT, path)).find(existsSync);
  return process.env.PYTHON ?? own ?? 'python3';
}

function chromium() {
  const require = createRequire(join(ROOT, 'ui-tests', 'package.json'));
  return require('@playwright/test').chromium;
}

function browserOptions() {
  const places = [process.env.CHROMIUM, '/usr/bin/chromium'];
  const executablePath = places.find(path => path && existsSync(path));
  return { executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] };
}

function writeSamples(folder) {
  const name = OTHERS.includes(options.only)
    ? SHOWCASE.replace('.h5', '')
    : options.only;
  const only = name ? ['--only', name] : [];
  const wanted = [
    '-m',
    'usid_lab.cli',
    'samples',
    folder,
    '--size',
    options.size
  ];
  const done = spawnSync(python(), [...wanted, ...only], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit']
  });
  if (done.status !== 0) {
    throw new Error('The samples could not be written.');
  }
}

/** No question about news lies over the picture. */
function silenceNews(home) {
  const folder = join(home, 'settings', '@jupyterlab', 'apputils-extension');
  mkdirSync(folder, { recursive: true });
  const settings = { fetchNews: 'false', checkForUpdates: false };
  const file = join(folder, 'notification.jupyterlab-settings');
  writeFileSync(file, JSON.stringify(settings));
}

function startLab(folder, home) {
  const own = {
    JUPYTER_CONFIG_DIR: join(home, 'config'),
    JUPYTER_RUNTIME_DIR: join(home, 'runtime'),
    JUPYTERLAB_SETTINGS_DIR: join(home, 'settings'),
    JUPYTERLAB_WORKSPACES_DIR: join(home, 'workspaces')
  };
  const settings = [
    '--no-browser',
    '--ServerApp.ip=127.0.0.1',
    `--ServerApp.port=${PORT}`,
    '--ServerApp.port_retries=0',
    `--ServerApp.root_dir=${folder}`,
    '--ServerApp.allow_root=True',
    '--IdentityProvider.token=',
    '--LabApp.expose_app_in_browser=True'
  ];
  return spawn(python(), ['-m', 'jupyterlab', ...settings], {
    cwd: folder,
    env: { ...process.env, ...own },
    stdio: 'ignore'
  });
}

async function serverIsUp(lab) {
  while (lab.exitCode === null) {
    const reply = await fetch(`${SERVER}/api/status`).catch(() => null);
    if (reply?.ok) {
      return;
    }
    await pause(200);
  }
  throw new Error(`JupyterLab ended; is the port ${PORT} taken?`);
}

function command(page, id, args = {}) {
  return page.evaluate(
    ([name, given]) => window.jupyterapp.commands.execute(name, given),
    [id, args]
  );
}

function workbench(page) {
  return page.getByRole('region', { name: 'USID workbench' });
}

/** Waits until the panels show the view that the workbench wants to show. */
async function painted(page) {
  const region = workbench(page);
  await region.and(page.locator('[data-state="ready"][data-view]')).waitFor();
  await page.evaluate(
    () =>
      new Promise(done =>
        requestAnimationFrame(() => requestAnimationFrame(done))
      )
  );
  await pause(500);
  return region;
}

/** A picture for everyone does not say on which computer it was taken. */
function hideComputer(page) {
  return page.evaluate(() => {
    for (const term of document.querySelectorAll('dt')) {
      if (['machine_id', 'platform'].includes(term.textContent)) {
        term.nextElementSibling.textContent = '…';
      }
    }
  });
}

async function narrow(page) {
  const { width } = await workbench(page).boundingBox();
  const window = page.viewportSize();
  await page.setViewportSize({
    ...window,
    width: Math.round(window.width - width + NARROW)
  });
  await painted(page);
}

async function photograph(page, file) {
  const name = file.replace(/\.h5$/, '');
  const shot = suffix => ({ path: join(options.out, `${name}-${suffix}.png`) });
  await page.setViewportSize(WINDOW);
  await page.goto(`${SERVER}/lab/tree/${file}?reset`);
  await (await painted(page)).screenshot(shot('light'));
  if (file === SHOWCASE && options.size === 'full') {
    await hideComputer(page);
    await page.screenshot({ path: join(ROOT, 'docs', 'workbench.png') });
  }
  await command(page, 'apputils:change-theme', { theme: 'JupyterLab Dark' });
  await (await painted(page)).screenshot(shot('dark'));
  await command(page, 'apputils:change-theme', { theme: 'JupyterLab Light' });
  await command(page, 'application:toggle-left-area');
  await narrow(page);
  await workbench(page).screenshot(shot('700'));
  await command(page, 'application:toggle-left-area');
  await command(page, 'application:close-all');
}

/** Pictures of an element in both themes and in a narrow window. */
async function photographThrice(page, element, name) {
  const shot = suffix => ({ path: join(options.out, `${name}-${suffix}.png`) });
  await pause(500);
  await element.screenshot(shot('light'));
  await command(page, 'apputils:change-theme', { theme: 'JupyterLab Dark' });
  await pause(800);
  await element.screenshot(shot('dark'));
  await command(page, 'apputils:change-theme', { theme: 'JupyterLab Light' });
  await command(page, 'application:toggle-left-area');
  const { width } = await element.boundingBox();
  const window = page.viewportSize();
  await page.setViewportSize({
    ...window,
    width: Math.round(window.width - width + NARROW)
  });
  await pause(800);
  await element.screenshot(shot('700'));
  await page.setViewportSize(window);
  await command(page, 'application:toggle-left-area');
}

/** What is saved, and what is said of it afterwards. */
async function photographSaving(page, file) {
  await page.setViewportSize(WINDOW);
  await page.goto(`${SERVER}/lab/tree/${file}?reset`);
  const region = await painted(page);
  const save = region.getByRole('button', { name: 'Save to file' });
  await save.click();
  const dialog = page.getByRole('dialog', { name: 'Save what is shown' });
  await dialog.getByRole('checkbox').first().waitFor();
  await region.screenshot({ path: join(options.out, 'saving-light.png') });
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await region.getByRole('status', { name: 'Saved' }).waitFor();
  await photographThrice(page, region, 'saved');
  await command(page, 'application:close-all');
}

const RUNS = [
  `import time
import numpy as np
import usid_lab as ul

class Peak(ul.Process):
    name = "Peak finder"
    per_position = True
    outputs = {"Peak": {"quantity": "Amplitude", "units": "V"}}

    def function(self, spectra):
        time.sleep(self.parameters["seconds"])
        if self.parameters["broken"]:
            raise ValueError("array must not contain infs or NaNs")
        return np.abs(spectra).max()

def begin(seconds=0.0, broken=False):
    data = ul.open("FILE").main_datasets[0]
    return Peak(data, seconds=seconds, broken=broken).start(executor="serial")`,
  'done = begin()\ndone.wait()\ndone',
  'cancelled = begin(0.01)\nwhile cancelled.progress.done < 40:\n    time.sleep(0.05)\ncancelled.cancel()\ncancelled',
  'failed = begin(broken=True)\nfailed.wait()\nfailed',
  'running = begin(0.2)\nrunning'
];

/** Runs in every state, below one another in a notebook. */
async function photographRuns(page, folder, file) {
  const cells = RUNS.map((source, i) => ({
    cell_type: 'code',
    id: `cell-${i}`,
    execution_count: null,
    metadata: i === 0 ? { jupyter: { source_hidden: true } } : {},
    outputs: [],
    source: source.replace('FILE', file)
  }));
  const kernelspec = { name: 'python3', display_name: '', language: 'python' };
  const metadata = { kernelspec };
  const notebook = { cells, metadata, nbformat: 4, nbformat_minor: 5 };
  writeFileSync(join(folder, 'runs.ipynb'), JSON.stringify(notebook));
  await page.setViewportSize({ ...WINDOW, height: 2200 });
  await page.goto(`${SERVER}/lab/tree/runs.ipynb?reset`);
  await page.locator('.jp-NotebookPanel .jp-CodeCell').first().waitFor();
  await page.getByText('Python 3 (ipykernel) | Idle').waitFor();
  // It ends when all cells have: what they show is waited for instead.
  await page.evaluate(() => {
    void window.jupyterapp.commands.execute('notebook:run-all-cells');
  });
  for (const state of ['done', 'cancelled', 'failed', 'running']) {
    await page.locator(`.usid-job[data-state="${state}"]`).waitFor();
  }
  await pause(4000); // The last one is to have done a part.
  await photographThrice(page, page.locator('.jp-NotebookPanel'), 'runs');
  await command(page, 'notebook:shutdown-kernel').catch(() => undefined);
}

async function photographOthers(browser, folder, file, faults) {
  const others = {
    runs: page => photographRuns(page, folder, file),
    saving: page => photographSaving(page, file)
  };
  for (const [name, take] of Object.entries(others)) {
    if (OTHERS.includes(options.only) && options.only !== name) {
      continue;
    }
    const page = await browser.newPage();
    page.on('pageerror', error => faults.push(`${name}: ${error.message}`));
    await take(page).catch(async error => {
      faults.push(`${name}: ${error.message}`);
      await page.screenshot({ path: join(options.out, `${name}-failed.png`) });
    });
    await page.close();
    console.log(name);
  }
}

async function photographAll(folder) {
  const browser = await chromium().launch(browserOptions());
  const faults = [];
  try {
    const files = readdirSync(folder).filter(name => name.endsWith('.h5'));
    for (const file of OTHERS.includes(options.only) ? [] : files) {
      const page = await browser.newPage();
      page.on('pageerror', error => faults.push(`${file}: ${error.message}`));
      await photograph(page, file).catch(async error => {
        faults.push(`${file}: ${error.message}`);
        await page.screenshot({
          path: join(options.out, `${file}-failed.png`)
        });
      });
      await page.close();
      console.log(file);
    }
    if (files.includes(SHOWCASE)) {
      await photographOthers(browser, folder, SHOWCASE, faults);
    }
  } finally {
    await browser.close();
  }
  return faults;
}

async function end(lab) {
  if (lab.exitCode === null) {
    const ended = new Promise(done => lab.once('exit', done));
    lab.kill('SIGTERM');
    await ended;
  }
}

async function main() {
  options.out = resolve(options.out);
  mkdirSync(options.out, { recursive: true });
  mkdirSync(join(ROOT, 'docs'), { recursive: true });
  const home = mkdtempSync(join(tmpdir(), 'usid-lab-pictures-'));
  const folder = join(home, 'samples');
  writeSamples(folder);
  silenceNews(home);
  const lab = startLab(folder, home);
  try {
    await serverIsUp(lab);
    const faults = await photographAll(folder);
    faults.forEach(fault => console.error(fault));
    process.exitCode = faults.length > 0 ? 1 : 0;
  } finally {
    await end(lab);
    rmSync(home, { recursive: true, force: true });
  }
}

await main();
