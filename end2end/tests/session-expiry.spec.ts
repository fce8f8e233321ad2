// The end of a session: it comes by itself, it never moves, and nothing is asked of the server after it.

import { fireVisibilityChange, freeze } from './support/page-lifecycle';
import { expect, test } from './support/test-server';

test.use({ settings: { DOORWARD_SESSION_LIFETIME: '8s' } });
const SESSION_LIFETIME = 8_000;

// 13, 14
test('a session ends on a page that nobody touches, without a request, and is not asked for again', async ({ page, context, network, ada }) => {
  await ada.register();
  const began = Date.now();
  await ada.expectAccountPage();
  const other = await ada.openTab('/account');
  await other.expectAccountPage();
  // A refresh on the way does not move the end.
  await page.waitForTimeout(4_000);
  await ada.revisitAccount();
  await ada.expectAccountPage();
  network.reset();

  for (const tab of [ada, other]) {
    await tab.expectLoggedOut('Your session has expired.');
    await expect(tab.page).toHaveURL('/login?next=/account');
    await expect(tab.page.getByText(ada.email)).toHaveCount(0);
  }
  const ended = Date.now() - began;
  expect(ended).toBeGreaterThan(SESSION_LIFETIME - 1_500);
  expect(ended).toBeLessThan(SESSION_LIFETIME + 3_000);
  await fireVisibilityChange(page);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await ada.open('/account');
  await expect(page).toHaveURL('/login?next=/account');
  await page.waitForTimeout(500);
  expect(network.recorded.filter(({ path }) => path.startsWith('/api/'))).toEqual([]);
  expect(await context.cookies()).toEqual([]);
});

// 24
test('sleep past the end of the session leads to the login page, with the reason and the way back', async ({ page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();

  const thaw = await freeze(page);
  await page.waitForTimeout(SESSION_LIFETIME + 500);
  network.reset();
  await thaw();
  await fireVisibilityChange(page);

  await ada.expectLoggedOut('Your session has expired.');
  await expect(page).toHaveURL('/login?next=/account');
  await expect(page.getByText(ada.email)).toHaveCount(0);
  await page.waitForTimeout(500);
  expect(network.recorded.filter(({ path }) => path.startsWith('/api/'))).toEqual([]);
  await ada.logIn();
  await ada.expectAccountPage();
});

// 24
test('what was typed when the session ended is there again after the next login', async ({ page, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const field = ada.nameForm.getByLabel('Name');
  await field.fill('Ada, Countess of Lovelace');
  // Another form of the page is sent meanwhile.
  const password = 'nine quiet harbours in the rain';
  await ada.changePassword(password);
  await expect(page.getByRole('status').filter({ hasText: 'Password changed.' })).toBeVisible();

  await ada.expectLoggedOut('Your session has expired.');
  await ada.logIn(password);
  await ada.expectAccountPage();

  await expect(field).toHaveValue('Ada, Countess of Lovelace');
});
