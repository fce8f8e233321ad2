// What is left when somebody goes back, comes without cookies or looks into the browser's storages.

import { type Page } from '@playwright/test';
import { expect, gate, test, tokensEnd } from './support/test-server';
import { answerHeld, without } from './support/fault-proxy';
import { expectNothingStored } from './support/browser-storage';

/** Goes to another site's page, in the browser's eyes, and returns when the page has been left. */
async function leaves(page: Page) {
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
async function seenSince(page: Page) {
  const seen = await page.evaluate(() => (globalThis as unknown as { seen?: { restored: boolean; text: string[] } }).seen);
  expect(seen?.restored, 'the page came out of the back/forward cache').toBe(true);
  return seen!.text;
}

// 19
test('a page out of the back/forward cache shows nothing of a session that has ended', async ({ doorward, page, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/auth\/refresh/);
  // Chromium keeps pages that must not be stored only as long as it likes.
  wire.meets('/', without('cache-control'));
  await ada.registers();
  await ada.seesTheirAccount();
  await leaves(page);
  await doorward.changesPassword(ada);

  await page.goBack({ waitUntil: 'commit' }); // It is loaded already.
  await ada.isToldWhy('Your password was changed on another device');

  for (const text of await seenSince(page)) {
    expect(text).not.toContain(ada.email);
    expect(text).not.toContain(ada.name);
  }
});

// 19
test('a page out of the back/forward cache shows a live session again after one refresh', async ({ page, wire, ada }) => {
  wire.meets('/', without('cache-control'));
  await ada.registers();
  await ada.seesTheirAccount();
  await page.getByLabel('Current password').fill('half a passw');
  await leaves(page);
  wire.seen = [];
  const answered = gate();
  wire.meets('/api/auth/refresh', answerHeld(answered.opened));

  await page.goBack({ waitUntil: 'commit' }); // It is loaded already.
  await expect.poll(() => wire.refreshes.length).toBe(1);
  await page.waitForTimeout(300);
  const before = (await seenSince(page)).length;
  answered.open();
  await ada.seesTheirAccount();

  const seen = await seenSince(page);
  for (const text of seen.slice(0, before)) expect(text).not.toContain(ada.email);
  await expect(page.getByLabel('Current password')).toHaveValue('half a passw');
  expect(wire.refreshes).toHaveLength(1);
});

// 19
test('after a logout in another tab, Back shows nothing private in any frame', async ({ page, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  await leaves(page);
  const other = await ada.opensTab('/');
  await other.logsOut();
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
test('without cookies Ada can log in until the token ends, and is then told why no longer', async ({ page, context, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/auth\/refresh/);
  wire.meets('/api/auth', without('set-cookie'));
  await ada.registers();
  await ada.seesTheirAccount();
  expect(await context.cookies()).toEqual([]);
  await ada.looksAgain();
  await ada.seesTheirAccount();
  expect(wire.refreshes).toEqual([]);
  await tokensEnd();

  await ada.looksAgain();
  await ada.isToldWhy('check that your browser accepts cookies');
  await page.waitForTimeout(1_000);
  expect(wire.refreshes).toHaveLength(1);

  // A page that comes without a cookie has nothing to ask for.
  await ada.opens('/account');
  await expect(page).toHaveURL('/login?next=/account');
  expect(wire.refreshes).toHaveLength(1);
  await ada.logsIn();
  await ada.seesTheirAccount();
});

// 25
test('a cookie that is wiped ends the session with its token, in all tabs, at the cost of one refresh', async ({ context, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/auth\/refresh/);
  await ada.registers();
  const other = await ada.opensTab('/account');
  await other.seesTheirAccount();
  await context.clearCookies();
  await ada.looksAgain();
  await ada.seesTheirAccount();
  await tokensEnd();
  wire.reset();

  await ada.looksAgain();

  for (const tab of [ada, other]) await tab.isToldWhy('check that your browser accepts cookies');
  expect(wire.refreshes).toHaveLength(1);
});

// 25
test('a cookie that is worth nothing costs one refresh for each load, and leads to the login page', async ({ page, context, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/auth\/refresh/);
  await ada.registers();
  const [cookie] = await context.cookies();
  await context.addCookies([{ ...cookie, value: 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA' }]);
  wire.reset();

  for (const loads of [1, 2]) {
    await ada.opens('/account');
    await expect(page).toHaveURL('/login?next=/account');
    await page.waitForTimeout(500);
    expect(wire.refreshes).toHaveLength(loads);
  }
  await ada.isToldWhy('Your session has ended.');
  await ada.logsIn();
  await ada.seesTheirAccount();
});

// 25, 8
for (const [path, arrives] of [['/account', '/login?next=/account'], ['/login', '/login']]) {
  test(`${path} with the cookie of a session that has ended becomes the login page, with its form`, async ({ doorward, page, complaints, ada }) => {
    complaints.expect(/401 .*\/api\/auth\/refresh/);
    await ada.registers();
    await ada.seesTheirAccount();
    await page.goto('/healthz');
    await doorward.changesPassword(ada);

    await ada.opens(path);

    await expect(page).toHaveURL(arrives);
    await ada.isToldWhy('Your password was changed on another device');
    await expect(page.getByLabel('Email', { exact: true })).toBeVisible();
  });
}

// 27, 16
test('no storage holds anything at any time, not even after a logout without a network', async ({ page, context, wire, complaints, ada }) => {
  complaints.allow(/Failed to load resource/);
  await ada.opens('/');
  await expectNothingStored(page);
  await ada.registers();
  await ada.seesTheirAccount();
  await expectNothingStored(page);
  await tokensEnd();
  await ada.looksAgain();
  await ada.seesTheirAccount();
  expect(wire.refreshes).toHaveLength(1);
  await expectNothingStored(page);

  await context.setOffline(true);
  await page.getByRole('button', { name: 'Log out' }).click();
  await ada.isToldWhy('You have logged out.');
  await expectNothingStored(page);
  const told = page.waitForResponse('**/api/auth/logout');
  await context.setOffline(false);
  await told;
  await expectNothingStored(page);
  expect(await context.cookies()).toEqual([]);
});
