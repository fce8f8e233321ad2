// The inspector: it shows the client's state, and the faults that it injects end no session.

import { type Page } from '@playwright/test';
import { expectAccessible } from './support/axe';
import { expect, test, type User } from './support/test-server';

test.use({ settings: { DOORWARD_INSPECTOR: 'true' } });

/** Counts the refresh requests of a page. */
function countRefreshes(page: Page) {
  const refreshes = { count: 0 };
  page.on('request', (request) => {
    if (request.url().endsWith('/api/auth/refresh')) refreshes.count++;
  });
  return refreshes;
}

/** Registers and opens the inspector. */
async function openInspector(ada: User) {
  await ada.register();
  await ada.page.getByRole('link', { name: 'Inspector' }).click();
  await expect(ada.page.getByRole('heading', { name: 'Inspector' })).toBeVisible();
  await expect(timeline(ada.page)).toContainText('Recording started');
}

const timeline = (page: Page) => page.getByRole('log', { name: 'Timeline' });
const press = (page: Page, button: string) => page.getByRole('button', { name: button, exact: true }).click();
const entries = (page: Page, text: string) => timeline(page).locator('dl > div').filter({ hasText: text });

/** An entry of a description list, by its term. */
const fact = (page: Page, name: string) =>
  page.locator('dl > div').filter({ has: page.getByText(name, { exact: true }) });

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('the inspector is accessible', async ({ page, ada }) => {
      await openInspector(ada);
      await press(page, 'Send a request');
      await expect(page.getByRole('log')).toContainText('→ 200');
      await expectAccessible(page);
    });
  });
}

test('the inspector has a title, and only users can open it', async ({ page, ada }) => {
  await openInspector(ada);
  await expect(page).toHaveTitle('Inspector – Doorward');
  await ada.logOut();
  await ada.open('/inspector');
  await ada.expectUrl('/login?next=/inspector');
});

test('the inspector explains each part of the token and never shows the whole token', async ({ page, ada }) => {
  await openInspector(ada);

  await expect(fact(page, 'typ')).toContainText('at+jwt');
  await expect(fact(page, 'alg')).toContainText('EdDSA');
  await expect(fact(page, 'sub')).toContainText("The subject: the id of your account.");
  await expect(fact(page, 'name')).toContainText(ada.name);
  await expect(fact(page, 'exp')).toContainText(/\d{10}\s*Expires: \d+ \w+ \d{4} at \d\d:\d\d:\d\d\./);
  await expect(fact(page, 'length')).toContainText('64 bytes, EdDSA');

  const html = await page.evaluate(() => document.documentElement.outerHTML);
  expect(html).not.toMatch(/[\w-]{10,}\.[\w-]{10,}\.[\w-]{40,}/);
  expect(html).not.toContain('eyJ');
});

test('the token countdown runs down, and a refresh restarts it', async ({ page, ada }) => {
  await openInspector(ada);
  const timeLeft = fact(page, 'Token ends').getByRole('timer');

  await press(page, 'Expire the access token now');
  await expect(timeLeft).toHaveText('now');
  await press(page, 'Send a request');
  for (const text of [/^[45]\ss$/, /^[123]\ss$/, 'now']) await expect(timeLeft).toHaveText(text);
  await expect(fact(page, 'Refresh due').getByRole('timer')).toHaveText('now');
  await expect(fact(page, 'Session ends').getByRole('timer')).toHaveText(/^29\sd 23\sh 59\smin \d+\ss$/);
});

test('a request with an expired token succeeds after one refresh', async ({ page, ada }) => {
  await openInspector(ada);
  const refreshes = countRefreshes(page);

  await press(page, 'Expire the access token now');
  await press(page, 'Send a request');

  await expect(page.getByRole('status').filter({ hasText: 'Response received.' })).toBeVisible();
  await expect(entries(page, 'Token refreshed')).toHaveCount(1);
  await expect(entries(page, 'GET /api/me → 200')).toHaveCount(1);
  expect(refreshes.count).toBe(1);
});

test('20 requests with an expired token share one refresh', async ({ page, ada }) => {
  await openInspector(ada);
  const refreshes = countRefreshes(page);

  await press(page, 'Expire the access token now');
  await press(page, 'Send 20 at once');

  await expect(page.getByRole('status').filter({ hasText: 'All responses received.' })).toBeVisible();
  await expect(entries(page, '20 × GET /api/me → 200'), 'a burst in one entry').toHaveCount(1);
  await expect(entries(page, 'Token refreshed')).toHaveCount(1);
  expect(refreshes.count).toBe(1);
});

test('a server that is unavailable for ten seconds ends no session', async ({ page, ada }) => {
  await openInspector(ada);

  await press(page, 'Answer 503 for 10 seconds');
  await press(page, 'Expire the access token now');
  await press(page, 'Send a request');

  await expect(entries(page, 'Refresh failed: the server responded 503. Session kept; retrying in').first()).toBeVisible();
  await expect(page.getByText('able to reach the server since')).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: "We couldn't reach the server." })).toBeVisible();

  // The client recovers without user input.
  await expect(entries(page, 'Token refreshed')).toHaveCount(1);
  await expect(page.getByText('able to reach the server since')).toHaveCount(0);
  await press(page, 'Send a request');
  await expect(entries(page, 'GET /api/me → 200')).toHaveCount(1);
});

test('a refresh whose response is lost is repeated once', async ({ page, ada }) => {
  await openInspector(ada);

  await press(page, 'Drop the next refresh response');
  await press(page, 'Expire the access token now');
  await press(page, 'Send a request');

  await expect(entries(page, 'Refresh failed: no response. Session kept; retrying in')).toHaveCount(1);
  await expect(entries(page, 'Token refreshed')).toHaveCount(1);
  await ada.expectUrl('/inspector');
});

test('a wall clock that is an hour off does not log out', async ({ page, ada }) => {
  await openInspector(ada);
  const refreshes = countRefreshes(page);

  for (const button of ['Set the clock one hour ahead', 'Set the clock one hour back', 'Reset the clock']) {
    await press(page, 'Clear');
    await press(page, button);
    await press(page, 'Send a request');
    await expect(entries(page, 'GET /api/me → 200')).toHaveCount(1);
  }
  await ada.expectUrl('/inspector');
  expect(refreshes.count).toBeLessThanOrEqual(3);
});

test('ending the session on the server leads to the login page with the reason', async ({ page, ada }) => {
  await openInspector(ada);

  await press(page, 'End the session on the server');

  await ada.expectLoggedOut('You have logged out.');
});

test('the timeline works with the keyboard', async ({ page, ada }) => {
  await openInspector(ada);
  const button = page.getByRole('button', { name: 'Send a request', exact: true });
  await expect(button).toHaveAccessibleDescription(/GET \/api\/me/);

  await button.focus();
  await page.keyboard.press('Enter');
  await expect(entries(page, 'GET /api/me → 200')).toHaveCount(1);
  await expect(button).toBeFocused();
  await timeline(page).focus();
  await expect(timeline(page)).toBeFocused();
});
