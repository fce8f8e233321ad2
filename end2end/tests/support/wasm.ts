// The WebAssembly of a page: late, blocked, or not supported by the browser. The page works without it.

import { expect, type Page } from '@playwright/test';
import { gate } from './gate';

/** Holds the WebAssembly of all pages back until the returned function is called. */
export async function holdWasm(page: Page) {
  const { opened, open } = gate();
  await page.route('**/*.wasm', async (route) => {
    await opened;
    await route.continue().catch(() => {}); // The page may have been left.
  });
  return open;
}

/** Opens a page and waits until its markup is complete; the WebAssembly may be late. */
export async function openMarkup(page: Page, path: string) {
  await page.goto(path, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.readyState !== 'loading' && !!document.querySelector('h1'));
}

/** Ways in which a page stays without its WebAssembly, each with the notice of the page. */
export const obstacles: Record<string, { obstruct: (page: Page) => Promise<unknown>; notice: string }> = {
  'the WebAssembly is blocked': {
    obstruct: (page) => page.route(/\.(wasm|js)$/, (route) => route.abort()),
    notice: 'Part of this page failed to load.',
  },
  'the WebAssembly cannot be read': {
    obstruct: (page) => page.route(/\.wasm$/, (route) => route.fulfill({ contentType: 'application/wasm', body: 'no WebAssembly' })),
    notice: 'Part of this page failed to load.',
  },
  'WebAssembly is turned off': {
    obstruct: (page) => page.addInitScript(() => void Reflect.deleteProperty(globalThis, 'WebAssembly')),
    notice: 'WebAssembly is turned off in this browser.',
  },
};

/** The errors in the console when the WebAssembly cannot be loaded. */
export const WASM_ERROR = /net::ERR_FAILED|Failed to fetch|CompileError/;

export const isTakenOver = (page: Page) => page.evaluate(() => document.documentElement.dataset.hydrated === 'true');

/** The WebAssembly has started, and waits for longer than it does on a page that is left alone. */
export async function expectNotTakenOver(page: Page, milliseconds = 2_000) {
  await page.waitForTimeout(milliseconds);
  expect(await isTakenOver(page), 'whether the WebAssembly has taken the page over').toBe(false);
}
