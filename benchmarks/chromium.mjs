// Chromium by way of the browser tests' Playwright; plans in, samples out.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../ui-tests/', import.meta.url));
const { chromium } = require('@playwright/test');

/** Read the plan from standard input. */
export async function plan() {
  let text = '';
  for await (const part of process.stdin) {
    text += part;
  }
  return JSON.parse(text);
}

/** Run `use` with a browser, print what it returns. */
export async function withBrowser(use) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--enable-unsafe-swiftshader'
    ]
  });
  try {
    console.log(JSON.stringify(await use(browser)));
  } finally {
    await browser.close();
  }
}
