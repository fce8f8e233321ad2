// Going back to a page in the back/forward cache: it must not show private data before the session is confirmed.

import { type Page } from '@playwright/test';
import { holdResponse, withoutHeaders } from './support/faults';
import { gate } from './support/gate';
import { expect, test } from './support/test-server';

/** Navigates to a document outside the application. The page left behind records every frame that it shows when restored. */
async function navigateAway(page: Page) {
  await page.evaluate(() => {
    const frames = { restored: false, text: [] as string[] };
    Object.assign(globalThis, { frames });
    addEventListener('pageshow', ({ persisted }) => {
      frames.restored = persisted;
      const record = () => {
        frames.text.push(document.body.innerText);
        if (frames.text.length < 500) requestAnimationFrame(record);
      };
      record();
    });
  });
  await page.goto('/healthz');
}

/** The text of a page restored from the back/forward cache, frame by frame. */
async function framesSinceRestore(page: Page) {
  const frames = await page.evaluate(() => (globalThis as unknown as { frames?: { restored: boolean; text: string[] } }).frames);
  expect(frames?.restored, 'restored from the back/forward cache').toBe(true);
  return frames!.text;
}

// Behavior 19.
test('a page restored from the back/forward cache shows no private data of a session that has ended', async ({ server, page, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/auth\/refresh/);
  // Chromium may drop pages with `no-store` from the back/forward cache at any time.
  network.inject('/', withoutHeaders('cache-control'));
  await ada.register();
  await ada.expectAccountPage();
  await navigateAway(page);
  await server.changePasswordOnAnotherDevice(ada);

  await page.goBack({ waitUntil: 'commit' }); // A restored page has loaded already.
  await ada.expectLoggedOut('Your password was changed');

  for (const text of await framesSinceRestore(page)) {
    expect(text).not.toContain(ada.email);
    expect(text).not.toContain(ada.name);
  }
});

// Behavior 19.
test('a page restored from the back/forward cache shows private data of a live session after one refresh', async ({ page, network, ada }) => {
  network.inject('/', withoutHeaders('cache-control'));
  await ada.register();
  await ada.expectAccountPage();
  await page.getByLabel('Current password').fill('half a passw');
  await navigateAway(page);
  network.recorded = [];
  const responseGate = gate();
  network.inject('/api/auth/refresh', holdResponse(responseGate.opened));

  await page.goBack({ waitUntil: 'commit' }); // A restored page has loaded already.
  await expect.poll(() => network.refreshes.length).toBe(1);
  await page.waitForTimeout(300);
  const framesBeforeResponse = (await framesSinceRestore(page)).length;
  responseGate.open();
  await ada.expectAccountPage();

  const frames = await framesSinceRestore(page);
  for (const text of frames.slice(0, framesBeforeResponse)) expect(text).not.toContain(ada.email);
  await expect(page.getByLabel('Current password')).toHaveValue('half a passw');
  expect(network.refreshes).toHaveLength(1);
});

// Behavior 19.
test('after a logout in another tab, going back shows no private data in any frame', async ({ page, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await navigateAway(page);
  const other = await ada.openTab('/');
  await other.logOut();
  await page.addInitScript((secrets) => {
    const check = () => {
      const text = document.body?.innerText ?? '';
      if (secrets.some((secret) => text.includes(secret))) console.error('private data is visible');
      requestAnimationFrame(check);
    };
    check();
  }, [ada.email, ada.name]);

  await page.goBack({ waitUntil: 'commit' }); // A restored page has loaded already.
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByLabel('Email', { exact: true })).toBeVisible();
});
