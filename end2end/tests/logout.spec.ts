// Logging out: complete at once for whoever looks at the page, and on the server as soon as it can be told.

import { type Page } from '@playwright/test';
import { cookieOf, expect, FAILED, test, tokensEnd } from './support/test-server';
import { answers, lostOnTheWay, slowly } from './support/fault-proxy';

// 16
test('a logout without a network is complete here at once, and on the server as soon as there is one', async ({ doorward, page, context, complaints, ada, wire }) => {
  complaints.allow(FAILED);
  await ada.registers();
  const other = await ada.opensTab('/account');
  await other.seesTheirAccount();
  const cookie = await cookieOf(context);
  await context.setOffline(true);

  await page.getByRole('button', { name: 'Log out' }).click();
  for (const tab of [ada, other]) {
    await tab.isToldWhy('You have logged out.');
    await expect(tab.page.getByText(ada.email)).toHaveCount(0);
    await expect(tab.page.getByRole('button', { name: 'Log out' })).toHaveCount(0);
  }
  const untold = page.getByRole('status').filter({ hasText: 'the server has not been told yet' });
  await expect(untold).toBeVisible();
  expect(await doorward.sessionOf(cookie), 'the server cannot know').toBe('live');

  await context.setOffline(false);
  await expect.poll(() => doorward.sessionOf(cookie)).toBe('logged_out');
  await expect(untold).toHaveCount(0);
  expect(wire.requests('POST', '/api/auth/logout')).toHaveLength(1);
  await expect.poll(() => context.cookies()).toEqual([]);
});

// 16
test('a logout that the server does not answer is told again until it does', async ({ doorward, page, context, wire, complaints, ada }) => {
  complaints.allow(FAILED);
  await ada.registers();
  const cookie = await cookieOf(context);
  wire.meets('/api/auth/logout', answers(503), 1);
  wire.meets('/api/auth/logout', lostOnTheWay, 1);

  await page.getByRole('button', { name: 'Log out' }).click();
  await ada.isToldWhy('You have logged out.');

  await expect.poll(() => doorward.sessionOf(cookie)).toBe('logged_out');
  await ada.page.waitForTimeout(1_000);
  expect(wire.requests('POST', '/api/auth/logout')).toHaveLength(3);
});

// 16
for (const [way, leaves] of Object.entries({
  'closes the tab': (page: Page) => page.close(),
  'leaves the site': (page: Page) => page.goto('about:blank'),
})) {
  test(`a logout reaches the server when Ada ${way} right after`, async ({ doorward, page, context, wire, ada }) => {
    await ada.registers();
    await ada.seesTheirAccount();
    const cookie = await cookieOf(context);
    wire.meets('/api/auth/logout', slowly(500));

    await page.evaluate(() => [...document.querySelectorAll('button')].find((button) => button.textContent === 'Log out')!.click());
    await leaves(page);

    await expect.poll(() => doorward.sessionOf(cookie)).toBe('logged_out');
  });
}

// 17
test('a logout with an expired token makes no refresh', async ({ doorward, context, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  const cookie = await cookieOf(context);
  await tokensEnd();
  wire.reset();

  await ada.logsOut();

  await ada.isToldWhy('You have logged out.');
  expect(await doorward.sessionOf(cookie)).toBe('logged_out');
  expect(wire.seen.filter(({ path }) => path.startsWith('/api/')).map(({ path }) => path)).toEqual(['/api/auth/logout']);
});
