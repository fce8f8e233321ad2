// The end of a session: it comes by itself, it never moves, and nothing is asked of the server after it.

import { expect, test } from './support/test-server';
import { freeze, wakes } from './support/fixtures';

test.use({ settings: { DOORWARD_SESSION_LIFETIME: '8s' } });
const EIGHT_SECONDS = 8_000;

// 13, 14
test('a session ends on a page that nobody touches, without a request, and is not asked for again', async ({ page, context, wire, ada }) => {
  await ada.registers();
  const began = Date.now();
  await ada.seesTheirAccount();
  const other = await ada.opensTab('/account');
  await other.seesTheirAccount();
  // A refresh on the way does not move the end.
  await page.waitForTimeout(4_000);
  await ada.looksAgain();
  await ada.seesTheirAccount();
  wire.reset();

  for (const tab of [ada, other]) {
    await tab.isToldWhy('Your session reached its end.');
    await expect(tab.page).toHaveURL('/login?next=/account');
    await expect(tab.page.getByText(ada.email)).toHaveCount(0);
  }
  const ended = Date.now() - began;
  expect(ended).toBeGreaterThan(EIGHT_SECONDS - 1_500);
  expect(ended).toBeLessThan(EIGHT_SECONDS + 3_000);
  await wakes(page);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await ada.opens('/account');
  await expect(page).toHaveURL('/login?next=/account');
  await page.waitForTimeout(500);
  expect(wire.seen.filter(({ path }) => path.startsWith('/api/'))).toEqual([]);
  expect(await context.cookies()).toEqual([]);
});

// 24
test('sleep past the end of the session leads to the login page, with the reason and the way back', async ({ page, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();

  const thaw = await freeze(page);
  await page.waitForTimeout(EIGHT_SECONDS + 500);
  wire.reset();
  await thaw();
  await wakes(page);

  await ada.isToldWhy('Your session reached its end.');
  await expect(page).toHaveURL('/login?next=/account');
  await expect(page.getByText(ada.email)).toHaveCount(0);
  await page.waitForTimeout(500);
  expect(wire.seen.filter(({ path }) => path.startsWith('/api/'))).toEqual([]);
  await ada.logsIn();
  await ada.seesTheirAccount();
});

// 24
test('what was typed when the session ended is there again after the next login', async ({ page, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  const field = ada.nameForm.getByLabel('Name');
  await field.fill('Ada, Countess of Lovelace');
  // Another form of the page is sent meanwhile.
  const password = 'nine quiet harbours in the rain';
  await ada.changesPassword(password);
  await expect(page.getByRole('status').filter({ hasText: 'Your password is changed' })).toBeVisible();

  await ada.isToldWhy('Your session reached its end.');
  await ada.logsIn(password);
  await ada.seesTheirAccount();

  await expect(field).toHaveValue('Ada, Countess of Lovelace');
});
