// What is left when somebody goes back, comes without cookies or looks into the browser's storages.

import { type Page } from '@playwright/test';
import { expectNothingStored } from './support/browser-storage';
import { holdResponse, withoutHeaders } from './support/faults';
import { gate } from './support/gate';
import { expect, test, waitForTokenExpiry } from './support/test-server';

/** Goes to another site's page, in the browser's eyes, and returns when the page has been left. */
async function navigateAway(page: Page) {
  await page.evaluate(() => {
    const seen = { restored: false, text: [] as string[] };
    Object.assign(globalThis, { seen });
    addEventListener('pageshow', ({ persisted }) => {
      seen.restored = persisted;
      // What is on the screen, from the first frame on.
      const look = () => {
        seen.text.push(document.body.innerText);
        if (seen.text.length < 500) requestAnimationFrame(look);
      };
      look();
    });
  });
  await page.goto('/healthz');
}

/** What was on the screen of a page that came out of the back/forward cache, frame by frame. */
async function framesSinceRestore(page: Page) {
  const seen = await page.evaluate(() => (globalThis as unknown as { seen?: { restored: boolean; text: string[] } }).seen);
  expect(seen?.restored, 'the page came out of the back/forward cache').toBe(true);
  return seen!.text;
}

// 19
test('a page out of the back/forward cache shows nothing of a session that has ended', async ({ server, page, network, browserErrors, ada }) => {
  browserErrors.expect(/401 .*\/api\/auth\/refresh/);
  // Chromium keeps pages that must not be stored only as long as it likes.
  network.inject('/', withoutHeaders('cache-control'));
  await ada.register();
  await ada.expectAccountPage();
  await navigateAway(page);
  await server.changePasswordElsewhere(ada);

  await page.goBack({ waitUntil: 'commit' }); // It is loaded already.
  await ada.expectLoggedOut('Your password was changed on another device');

  for (const text of await framesSinceRestore(page)) {
    expect(text).not.toContain(ada.email);
    expect(text).not.toContain(ada.name);
  }
});

// 19
test('a page out of the back/forward cache shows a live session again after one refresh', async ({ page, network, ada }) => {
  network.inject('/', withoutHeaders('cache-control'));
  await ada.register();
  await ada.expectAccountPage();
  await page.getByLabel('Current password').fill('half a passw');
  await navigateAway(page);
  network.recorded = [];
  const answered = gate();
  network.inject('/api/auth/refresh', holdResponse(answered.opened));

  await page.goBack({ waitUntil: 'commit' }); // It is loaded already.
  await expect.poll(() => network.refreshes.length).toBe(1);
  await page.waitForTimeout(300);
  const before = (await framesSinceRestore(page)).length;
  answered.open();
  await ada.expectAccountPage();

  const seen = await framesSinceRestore(page);
  for (const text of seen.slice(0, before)) expect(text).not.toContain(ada.email);
  await expect(page.getByLabel('Current password')).toHaveValue('half a passw');
  expect(network.refreshes).toHaveLength(1);
});

// 19
test('after a logout in another tab, Back shows nothing private in any frame', async ({ page, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await navigateAway(page);
  const other = await ada.openTab('/');
  await other.logOut();
  await page.addInitScript((secrets) => {
    const look = () => {
      const text = document.body?.innerText ?? '';
      if (secrets.some((secret) => text.includes(secret))) console.error('something private is on the screen');
      requestAnimationFrame(look);
    };
    look();
  }, [ada.email, ada.name]);

  await page.goBack({ waitUntil: 'commit' }); // It is loaded already.
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByLabel('Email', { exact: true })).toBeVisible();
});

// 25
test('without cookies Ada can log in until the token ends, and is then told why no longer', async ({ page, context, network, browserErrors, ada }) => {
  browserErrors.expect(/401 .*\/api\/auth\/refresh/);
  network.inject('/api/auth', withoutHeaders('set-cookie'));
  await ada.register();
  await ada.expectAccountPage();
  expect(await context.cookies()).toEqual([]);
  await ada.revisitAccount();
  await ada.expectAccountPage();
  expect(network.refreshes).toEqual([]);
  await waitForTokenExpiry();

  await ada.revisitAccount();
  await ada.expectLoggedOut('check that your browser accepts cookies');
  await page.waitForTimeout(1_000);
  expect(network.refreshes).toHaveLength(1);

  // A page that comes without a cookie has nothing to ask for.
  await ada.open('/account');
  await expect(page).toHaveURL('/login?next=/account');
  expect(network.refreshes).toHaveLength(1);
  await ada.logIn();
  await ada.expectAccountPage();
});

// 25
test('a cookie that is wiped ends the session with its token, in all tabs, at the cost of one refresh', async ({ context, network, browserErrors, ada }) => {
  browserErrors.expect(/401 .*\/api\/auth\/refresh/);
  await ada.register();
  const other = await ada.openTab('/account');
  await other.expectAccountPage();
  await context.clearCookies();
  await ada.revisitAccount();
  await ada.expectAccountPage();
  await waitForTokenExpiry();
  network.reset();

  await ada.revisitAccount();

  for (const tab of [ada, other]) await tab.expectLoggedOut('check that your browser accepts cookies');
  expect(network.refreshes).toHaveLength(1);
});

// 25
test('a cookie that is worth nothing costs one refresh for each load, and leads to the login page', async ({ page, context, network, browserErrors, ada }) => {
  browserErrors.expect(/401 .*\/api\/auth\/refresh/);
  await ada.register();
  const [cookie] = await context.cookies();
  await context.addCookies([{ ...cookie, value: 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA' }]);
  network.reset();

  for (const loads of [1, 2]) {
    await ada.open('/account');
    await expect(page).toHaveURL('/login?next=/account');
    await page.waitForTimeout(500);
    expect(network.refreshes).toHaveLength(loads);
  }
  await ada.expectLoggedOut('Your session has ended.');
  await ada.logIn();
  await ada.expectAccountPage();
});

// 25, 8
for (const [path, arrives] of [['/account', '/login?next=/account'], ['/login', '/login']]) {
  test(`${path} with the cookie of a session that has ended becomes the login page, with its form`, async ({ server, page, browserErrors, ada }) => {
    browserErrors.expect(/401 .*\/api\/auth\/refresh/);
    await ada.register();
    await ada.expectAccountPage();
    await page.goto('/healthz');
    await server.changePasswordElsewhere(ada);

    await ada.open(path);

    await expect(page).toHaveURL(arrives);
    await ada.expectLoggedOut('Your password was changed on another device');
    await expect(page.getByLabel('Email', { exact: true })).toBeVisible();
  });
}

// 27, 16
test('no storage holds anything at any time, not even after a logout without a network', async ({ page, context, network, browserErrors, ada }) => {
  browserErrors.allow(/Failed to load resource/);
  await ada.open('/');
  await expectNothingStored(page);
  await ada.register();
  await ada.expectAccountPage();
  await expectNothingStored(page);
  await waitForTokenExpiry();
  await ada.revisitAccount();
  await ada.expectAccountPage();
  expect(network.refreshes).toHaveLength(1);
  await expectNothingStored(page);

  await context.setOffline(true);
  await page.getByRole('button', { name: 'Log out' }).click();
  await ada.expectLoggedOut('You have logged out.');
  await expectNothingStored(page);
  const told = page.waitForResponse('**/api/auth/logout');
  await context.setOffline(false);
  await told;
  await expectNothingStored(page);
  expect(await context.cookies()).toEqual([]);
});
