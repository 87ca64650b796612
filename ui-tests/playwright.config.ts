import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

const PORT = process.env.USID_LAB_UI_PORT ?? '8901';

/** Chromium as distributions install it; nothing is downloaded. */
const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
];

function browser(): string {
  const path = process.env.CHROMIUM ?? BROWSERS.find(existsSync);
  if (!path) {
    throw new Error(
      'No Chromium: install the package "chromium", or set CHROMIUM.'
    );
  }
  return path;
}

/** Set once, here; the workers and the server inherit it. */
function folder(variable: string, name: string): string {
  return (process.env[variable] ??= mkdtempSync(join(tmpdir(), name)));
}

process.env.USID_LAB_UI_PORT = PORT;
folder('USID_LAB_UI_ROOT', 'usid-lab-ui-root-');
folder('USID_LAB_UI_FILES', 'usid-lab-ui-files-');
folder('USID_LAB_CACHE', 'usid-lab-ui-cache-');

export default defineConfig({
  testDir: 'tests',
  globalSetup: './setup.ts',
  outputDir: 'test-results',
  reporter: [['list'], ['html', { open: 'never' }]],
  workers: 1,
  fullyParallel: false,
  // A machine that is busy with others' work may miss a moment; a fault fails thrice.
  retries: process.env.CI ? 2 : 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    viewport: { width: 1400, height: 900 },
    trace: 'off',
    video: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: browser(),
      args: [
        '--no-sandbox',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--no-default-browser-check'
      ]
    }
  },
  webServer: {
    command: 'jupyter lab --config jupyter_server_test_config.py',
    url: `http://127.0.0.1:${PORT}/lab`,
    timeout: 120_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 }
  }
});
