// Network faults do not end a session: the client shows them, retries and recovers. Only the server ends a session.

import { type Page } from '@playwright/test';
import { dropRequest, dropResponse, type Fault, respondWith, truncateResponse } from './support/faults';
import { expect, NETWORK_ERROR, test, waitForTokenExpiry } from './support/test-server';

/** The notice on every page while the server is unreachable, or while something else answers in its place. */
const banner = (page: Page) =>
  page.getByRole('status').filter({ hasText: /able to reach the server|You're offline|We got an unexpected response/ });

/** The error message of a failed request. */
const alert = (page: Page, text: string) => page.getByRole('alert').filter({ hasText: text });

// Behavior 7, 9.
const faults: Record<string, Fault> = {
  '500': respondWith(500),
  '502 and a page': respondWith(502, '<h1>Bad gateway</h1>'),
  '503': respondWith(503, '{"code":"unavailable"}'),
  '429': respondWith(429, '{"code":"too_many_attempts"}'),
  'the page of a captive portal': respondWith(200, '<!doctype html><h1>Welcome to our Wi-Fi</h1>'),
  'a redirect to a captive portal': respondWith(302, '', { location: 'http://portal.invalid/' }),
  'half a token response': truncateResponse,
  'an empty 401': respondWith(401),
  'a 401 of another service': respondWith(401, '{"error":"session_ended"}'),
  'a 401 that is a page': respondWith(401, '<h1>Log in to the corporate proxy</h1>'),
  'no response': dropRequest,
  'no response, although the server sent one': dropResponse,
};
for (const [description, fault] of Object.entries(faults)) {
  test(`a refresh that gets ${description} does not log out, and the client recovers`, async ({ page, network, browserErrors, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    await ada.register();
    await ada.expectAccountPage();
    network.reset();
    network.inject('/api/auth/refresh', fault);

    // A freshly loaded page has no token, so it refreshes at once.
    await page.reload();
    await expect(banner(page)).toBeVisible();
    await expect(page.getByLabel('Email', { exact: true })).toHaveCount(0);
    await ada.expectUrl('/account');

    await expect.poll(() => network.refreshes.length, { message: 'refreshes, with retries' }).toBeGreaterThan(1);
    network.clearFaults();
    await ada.expectAccountPage();
    await expect(banner(page)).toHaveCount(0);
    await ada.expectUrl('/account');
  });
}

// Behavior 7.
test('with an expired token and no server, the page stays and requests fail with an error message', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  await ada.expectAccountPage();
  await waitForTokenExpiry();
  network.reset();
  network.inject('/api/', dropRequest);

  await ada.revisitAccount();
  await expect(banner(page)).toBeVisible();
  await expect(alert(page, "couldn't reach the server")).toBeVisible();
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
  expect(network.requests('GET', '/api/account'), 'no request is sent with an expired token').toEqual([]);

  network.clearFaults();
  await expect(banner(page)).toHaveCount(0);
  // What has failed is tried again.
  await ada.expectAccountPage();
});

// Behavior 7.
test('the back-off between refreshes grows, and ends at once when the network is back', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  await ada.expectAccountPage();
  network.reset();
  network.inject('/api/auth/refresh', respondWith(503));
  await page.reload();
  await expect.poll(() => network.refreshes.length).toBe(4);
  const times = network.refreshes.map(({ receivedAt }) => receivedAt);
  // Delays of 1, 2 and 4 s, of which the upper half is random jitter.
  for (const [index, delay] of [500, 1_000, 2_000].entries()) {
    expect(times[index + 1] - times[index]).toBeGreaterThanOrEqual(delay);
  }

  network.clearFaults();
  const onlineAt = Date.now();
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await ada.expectAccountPage();
  await expect(banner(page)).toHaveCount(0);
  // The back-off alone would have waited for at least four seconds.
  expect(network.refreshes.at(-1)!.receivedAt - onlineAt).toBeLessThan(2_000);
});

test('"Try now" skips the rest of the back-off', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  await ada.expectAccountPage();
  network.reset();
  network.inject('/api/auth/refresh', dropRequest);
  await page.reload();
  await expect(banner(page)).toContainText(/We haven't been able to reach the server since \d\d:\d\d\. Retrying…/);
  await expect.poll(() => network.refreshes.length).toBe(5);
  network.clearFaults();
  const pressedAt = Date.now();
  await page.getByRole('button', { name: 'Try now' }).click();

  await ada.expectAccountPage();
  await expect(page.getByRole('button', { name: 'Try now' })).toHaveCount(0);
  // The back-off alone would have waited for at least eight seconds.
  expect(network.refreshes.at(-1)!.receivedAt - pressedAt).toBeLessThan(2_000);
});

// Behavior 7.
test('all tabs respect Retry-After, even when the network or the page comes back', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  const other = await ada.openTab('/account');
  await other.expectAccountPage();
  await waitForTokenExpiry();
  network.reset();
  network.inject('/api/auth/refresh', respondWith(503, '', { 'retry-after': '4' }), 1);
  await ada.revisitAccount();
  for (const tab of [ada, other]) await expect(banner(tab.page)).toBeVisible();

  await other.revisitAccount();
  for (const event of ['online', 'visibilitychange']) {
    await page.evaluate((event) => document.dispatchEvent(new Event(event, { bubbles: true })), event);
  }
  for (const tab of [ada, other]) await expect(banner(tab.page)).toHaveCount(0);

  const [first, second, ...more] = network.refreshes.map(({ receivedAt }) => receivedAt);
  expect(second - first).toBeGreaterThanOrEqual(4_000);
  expect(more).toEqual([]);
});

// Behavior 7.
test('going offline shows a notice and does not log out, and going online recovers all tabs', async ({ page, context, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  await ada.expectAccountPage();
  const other = await ada.openTab('/');
  await waitForTokenExpiry();

  await context.setOffline(true);
  for (const tab of [ada, other]) await expect(banner(tab.page)).toContainText("You're offline.");
  await ada.revisitAccount();
  await expect(alert(page, "couldn't reach the server")).toBeVisible();
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();

  network.reset();
  await context.setOffline(false);
  await expect(banner(page)).toHaveCount(0);
  await expect(banner(other.page)).toHaveCount(0);
  await ada.expectAccountPage();
  await expect(other.page.getByText(ada.name)).toBeVisible();
  expect(network.refreshes).toHaveLength(1);
});
