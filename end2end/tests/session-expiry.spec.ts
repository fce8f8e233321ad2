// Session expiry: the client notices it without a request, refreshes do not postpone it, and no request follows it.

import { fireVisibilityChange, freeze } from './support/page-lifecycle';
import { credentialCookies, expect, test } from './support/test-server';
import { NEW_PASSWORD } from './support/user';

test.use({ settings: { DOORWARD_SESSION_LIFETIME: '8s' } });
const SESSION_LIFETIME = 8_000;

// Behavior 13, 14.
test('an idle page shows the session expiry on time, and sends no request then or later', async ({ page, context, network, ada }) => {
  await ada.register();
  const start = Date.now();
  await ada.expectAccountPage();
  const other = await ada.openTab('/account');
  await other.expectAccountPage();
  // A refresh does not postpone the expiry.
  await page.waitForTimeout(4_000);
  await ada.revisitAccount();
  await ada.expectAccountPage();
  network.reset();

  for (const tab of [ada, other]) {
    await tab.expectLoggedOut('Your session has expired.');
    await expect(tab.page).toHaveURL('/login?next=/account');
    await expect(tab.page.getByText(ada.email)).toHaveCount(0);
  }
  const elapsed = Date.now() - start;
  expect(elapsed).toBeGreaterThan(SESSION_LIFETIME - 1_500);
  expect(elapsed).toBeLessThan(SESSION_LIFETIME + 3_000);
  await fireVisibilityChange(page);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await ada.open('/account');
  await expect(page).toHaveURL('/login?next=/account');
  await page.waitForTimeout(500);
  expect(network.recorded.filter(({ path }) => path.startsWith('/api/'))).toEqual([]);
  expect(await credentialCookies(context)).toEqual([]);
});

// Behavior 24.
test('sleep past the session expiry leads to the login page with the reason and the return path', async ({ page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();

  const resume = await freeze(page);
  await page.waitForTimeout(SESSION_LIFETIME + 500);
  network.reset();
  await resume();
  await fireVisibilityChange(page);

  await ada.expectLoggedOut('Your session has expired.');
  await expect(page).toHaveURL('/login?next=/account');
  await expect(page.getByText(ada.email)).toHaveCount(0);
  await page.waitForTimeout(500);
  expect(network.recorded.filter(({ path }) => path.startsWith('/api/'))).toEqual([]);
  await ada.logIn();
  await ada.expectAccountPage();
});

// Behavior 24.
test('text typed before the session expiry is restored after the next login', async ({ page, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await ada.typeName();
  // Submitting another form of the page does not clear it.
  await ada.changePassword(NEW_PASSWORD);
  await expect(page.getByRole('status').filter({ hasText: 'Password changed.' })).toBeVisible();

  await ada.expectLoggedOut('Your session has expired.');
  await ada.logIn(NEW_PASSWORD);
  await ada.expectAccountPage();

  await expect(ada.nameForm.getByLabel('Name')).toHaveValue('Ada, Countess of Lovelace');
});
