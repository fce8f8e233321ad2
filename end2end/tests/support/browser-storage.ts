// What a page leaves in the browser's storage.

import { expect, type Page } from '@playwright/test';

/** All that a script on the page, or on a later page of the site, could read. */
async function readStorage(page: Page) {
  return page.evaluate(async () => ({
    localStorage: { ...localStorage },
    sessionStorage: { ...sessionStorage },
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    cookies: document.cookie,
    serviceWorkers: (await navigator.serviceWorker.getRegistrations()).length,
    html: document.documentElement.outerHTML,
    url: location.href,
    windowName: window.name,
    history: JSON.stringify([history.state]),
  }));
}

/** Every storage is empty, and neither document, URL nor history contains a token. */
export async function expectNothingStored(page: Page) {
  const { html, url, history, ...storage } = await readStorage(page);
  expect(storage).toEqual({
    localStorage: {},
    sessionStorage: {},
    databases: [],
    caches: [],
    cookies: '',
    serviceWorkers: 0,
    windowName: '',
  });
  // Every JWT begins with these characters.
  for (const text of [html, url, history]) expect(text).not.toContain('eyJ');
}
