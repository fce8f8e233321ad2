// What a page leaves in the browser: nothing that a script could read and another visit could find.

import { expect, type Page } from '@playwright/test';

/** Everything that a script on the page could read and another visit could find. */
async function allStorage(page: Page) {
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

/** There is nothing in any storage, and no token in what a script can see of the page. */
export async function expectNothingStored(page: Page) {
  const { html, url, history, ...storage } = await allStorage(page);
  expect(storage).toEqual({
    localStorage: {},
    sessionStorage: {},
    databases: [],
    caches: [],
    cookies: '',
    serviceWorkers: 0,
    windowName: '',
  });
  // Every token begins like this.
  for (const text of [html, url, history]) expect(text).not.toContain('eyJ');
}
