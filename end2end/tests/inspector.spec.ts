// The inspector: what it shows of the client, and that no fault which it causes costs the session.

import { type Page } from '@playwright/test';
import { expect, test, type User } from './support/fixtures';

/** Counts the refreshes that go out from a page. */
function countRefreshes(page: Page) {
  const refreshes = { count: 0 };
  page.on('request', (request) => {
    if (request.url().endsWith('/api/auth/refresh')) refreshes.count++;
  });
  return refreshes;
}

/** Opens the inspector as somebody who is logged in. */
async function openInspector(ada: User) {
  await ada.register();
  await ada.page.getByRole('link', { name: 'Inspector' }).click();
  await expect(ada.page.getByRole('heading', { name: 'Inspector' })).toBeVisible();
  await expect(timeline(ada.page)).toContainText('Recording started');
}

const timeline = (page: Page) => page.getByRole('log', { name: 'Timeline' });
const press = (page: Page, button: string) => page.getByRole('button', { name: button, exact: true }).click();
const entries = (page: Page, text: string) => timeline(page).locator('dl > div').filter({ hasText: text });

/** A fact of the page, by the name before it. */
const fact = (page: Page, name: string) =>
  page.locator('dl > div').filter({ has: page.getByText(name, { exact: true }) });

test('the token is shown in parts that say what they mean, and never as a whole', async ({ page, ada }) => {
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

test('the countdown goes down, and a refresh sets it back', async ({ page, ada }) => {
  await openInspector(ada);
  const left = fact(page, 'Token ends').getByRole('timer');

  await press(page, 'Expire the access token now');
  await expect(left).toHaveText('now');
  await press(page, 'Send a request');
  for (const words of [/^[45]\ss$/, /^[123]\ss$/, 'now']) await expect(left).toHaveText(words);
  await expect(fact(page, 'Refresh due').getByRole('timer')).toHaveText('now');
  await expect(fact(page, 'Session ends').getByRole('timer')).toHaveText(/^29\sd 23\sh 59\smin \d+\ss$/);
});

test('an expired token costs one refresh, and the request gets through', async ({ page, ada }) => {
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
  await expect(entries(page, 'GET /api/me → 200')).toHaveCount(20);
  await expect(entries(page, 'Token refreshed')).toHaveCount(1);
  expect(refreshes.count).toBe(1);
});

test('a server that is away for ten seconds costs nobody the session', async ({ page, ada }) => {
  await openInspector(ada);

  await press(page, 'Answer 503 for 10 seconds');
  await press(page, 'Expire the access token now');
  await press(page, 'Send a request');

  await expect(entries(page, 'Refresh failed: the server responded 503. Session kept; retrying in').first()).toBeVisible();
  await expect(page.getByText("Can't reach the server since")).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: "We couldn't reach the server." })).toBeVisible();

  // By itself.
  await expect(entries(page, 'Token refreshed')).toHaveCount(1);
  await expect(page.getByText("Can't reach the server since")).toHaveCount(0);
  await press(page, 'Send a request');
  await expect(entries(page, 'GET /api/me → 200')).toHaveCount(1);
});

test('a refresh whose answer is lost is made once more', async ({ page, ada }) => {
  await openInspector(ada);

  await press(page, 'Drop the next refresh answer');
  await press(page, 'Expire the access token now');
  await press(page, 'Send a request');

  await expect(entries(page, 'Refresh failed: no response. Session kept; retrying in')).toHaveCount(1);
  await expect(entries(page, 'Token refreshed')).toHaveCount(1);
  await ada.expectUrl('/inspector');
});

test('a clock that is an hour off logs nobody out', async ({ page, ada }) => {
  await openInspector(ada);
  const refreshes = countRefreshes(page);

  for (const clock of ['one hour ahead', 'one hour back', 'right again']) {
    await press(page, 'Clear');
    await press(page, `Set the clock ${clock}`);
    await press(page, 'Send a request');
    await expect(entries(page, 'GET /api/me → 200')).toHaveCount(1);
  }
  await ada.expectUrl('/inspector');
  expect(refreshes.count).toBeLessThanOrEqual(3);
});

test('a session that the server has ended leads to the login page, which says so', async ({ page, ada }) => {
  await openInspector(ada);

  await press(page, 'End the session on the server');

  await ada.expectLoggedOut('You have logged out.');
});

test('the timeline is worked with the keyboard', async ({ page, ada }) => {
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
