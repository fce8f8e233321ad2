// Requests that are rejected or lost: one retry after a rejected token, none after a lost response or a foreign 401.

import { type Page } from '@playwright/test';
import { dropResponse, holdResponse, neverRespond, respondWith } from './support/faults';
import { gate } from './support/gate';
import { expect, NETWORK_ERROR, test, waitForTokenExpiry } from './support/test-server';
import { NEW_PASSWORD } from './support/user';

/** The error message of a failed request. */
const alert = (page: Page, text: string) => page.getByRole('alert').filter({ hasText: text });

// Behavior 12.
test('a change whose response is lost is not repeated, and shows an error', async ({ server, page, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  await ada.expectAccountPage();
  network.reset();
  network.inject('/api/account/password', dropResponse);
  await ada.changePassword(NEW_PASSWORD);

  await expect(alert(page, "couldn't reach the server")).toBeVisible();
  await page.waitForTimeout(3_000);
  expect(network.requests('POST', '/api/account/password')).toHaveLength(1);
  // The change took effect on the server.
  const { status } = await server.request('POST', '/api/auth/login', { email: ada.email, password: NEW_PASSWORD });
  expect(status).toBe(200);
});

// Behavior 10.
test('the response to a change may arrive after Ada has left the page', async ({ page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const responseGate = gate();
  network.inject('/api/fn/', holdResponse(responseGate.opened), 1);
  await ada.changeName();
  await expect.poll(() => network.requests('POST', '/api/fn/').length).toBe(1);
  await page.getByRole('link', { name: 'Doorward' }).click();
  await ada.expectUrl('/');
  responseGate.open();
  await expect.poll(() => network.requests('POST', '/api/fn/')[0].status).toBe(200);

  await page.waitForTimeout(300);
  await page.getByRole('main').getByRole('link', { name: 'Account' }).click();
  await ada.expectAccountPage();
  await expect(page.getByText('Ada, Countess of Lovelace')).toBeVisible();
});

// Behavior 4, 12.
test('a change that is rejected for its token is repeated once with a new token', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/account\/password/);
  await ada.register();
  await ada.expectAccountPage();
  network.reset();
  const rejection = respondWith(401, '{"code":"token_expired"}', { 'www-authenticate': 'Bearer error="invalid_token"' });
  network.inject('/api/account/password', rejection, 1);
  await ada.changePassword(NEW_PASSWORD);

  await expect(page.getByRole('status').filter({ hasText: 'Password changed.' })).toBeVisible();
  const tokens = network.requests('POST', '/api/account/password').map(({ headers }) => headers.authorization);
  expect(tokens).toHaveLength(2);
  expect(tokens[1]).not.toBe(tokens[0]);
  // One for the rejected token, and one for the new credentials of the session.
  expect(network.refreshes).toHaveLength(2);
});

// Behavior 5.
test('an endpoint that rejects every token causes one refresh and no loop', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/account/);
  await ada.register();
  await ada.expectAccountPage();
  network.reset();
  network.inject('/api/account', respondWith(401, '{"code":"token_invalid","title":"Not this token.","type":"x","status":401}'));

  await ada.revisitAccount();
  await expect(alert(page, 'Not this token.')).toBeVisible();
  await ada.revisitAccount(5);
  await page.waitForTimeout(500);

  expect(network.refreshes).toHaveLength(1);
  expect(network.requests('GET', '/api/account')).toHaveLength(7);
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
});

// Behavior 6.
test('a 401 of another service causes no refresh and does not log out', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/account/);
  await ada.register();
  await ada.expectAccountPage();
  network.reset();
  network.inject('/api/account', respondWith(401, '<h1>Log in to the corporate proxy</h1>'));

  await ada.revisitAccount();

  await expect(alert(page, "unexpected response")).toBeVisible();
  expect(network.refreshes).toEqual([]);
  expect(network.requests('GET', '/api/account')).toHaveLength(1);
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
});

// Behavior 8.
test('a session end reported by a refresh leads to the login page and stops all requests', async ({ server, page, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/auth\/refresh/);
  network.inject('/api/sessions/events', neverRespond);
  await ada.register();
  await ada.expectAccountPage();
  await waitForTokenExpiry();
  await server.changePasswordOnAnotherDevice(ada);
  network.reset();

  await ada.revisitAccount();
  await ada.expectLoggedOut('Your password was changed');
  await expect(page).toHaveURL('/login?next=/account');
  for (const event of ['online', 'visibilitychange']) {
    await page.evaluate((event) => document.dispatchEvent(new Event(event, { bubbles: true })), event);
  }
  await page.waitForTimeout(1_000);
  expect(network.recorded.filter(({ path }) => path.startsWith('/api/')).map(({ path }) => path)).toEqual(['/api/auth/refresh']);
});
