// Firefox, driven by WebDriver BiDi: Playwright drives only builds of its own. A browser and a page for each test.

import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Browser, type Page } from 'puppeteer-core';
import { expect, test as base, type User } from './test-server';

/** Environment variable FIREFOX, else Debian's. */
const executablePath = process.env.FIREFOX ?? ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync);

async function launchFirefox(extraPrefsFirefox: Record<string, unknown> = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'firefox-'));
  const env = { ...process.env, HOME: profile };
  const browser = await launch({ browser: 'firefox', executablePath, userDataDir: profile, extraPrefsFirefox, env });
  const close = async () => {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { browser, close };
}

export const test = base.extend<{ firefox: Page; firefoxErrors: string[] }, { firefoxBrowser: Browser }>({
  firefoxBrowser: [
    async ({}, use) => {
      const { browser, close } = await launchFirefox();
      await use(browser);
      await close();
    },
    { scope: 'worker' },
  ],
  firefoxErrors: async ({}, use) => use([]),
  firefox: async ({ firefoxBrowser, firefoxErrors }, use) => {
    const context = await firefoxBrowser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => firefoxErrors.push(String(error)));
    await use(page);
    await context.close();
    expect(firefoxErrors, 'errors of scripts').toEqual([]);
  },
});

/** A page in a Firefox with these preferences (`about:config`). */
export async function withPreferences(preferences: Record<string, unknown>, use: (page: Page) => Promise<void>) {
  const { browser, close } = await launchFirefox(preferences);
  try {
    await use(await browser.newPage());
  } finally {
    await close();
  }
}

export const waitForWasm = (page: Page) => page.waitForSelector('html[data-hydrated=true]');

export const heading = (page: Page, text: string) =>
  page.waitForFunction((text) => document.querySelector('h1')?.textContent === text, {}, text);

export const text = (page: Page, text: string) =>
  page.waitForFunction((text) => document.body.innerText.includes(text), {}, text);

export const click = (page: Page, role: 'button' | 'link', name: string) => page.locator(`::-p-aria([name="${name}"][role="${role}"])`).click();

export async function fill(page: Page, fields: Record<string, string>) {
  for (const [id, value] of Object.entries(fields)) await page.locator(`main #${id}`).fill(value);
}

export const logInWithFirefox = async (page: Page, { email, password }: User) => {
  await fill(page, { email, password });
  await page.locator('main form button:not([type=button])').click();
};
