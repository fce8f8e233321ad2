// Logout: complete in the browser at once, and on the server as soon as it can be reached.

import { type Page } from '@playwright/test';
import { delayRequest, dropRequest, respondWith } from './support/faults';
import { cookieHeader, credentialCookies, expect, NETWORK_ERROR, test, waitForTokenExpiry } from './support/test-server';

// Behavior 16.
test('a logout without a network logs out all tabs at once, and the server when the network is back', async ({ server, page, context, browserErrors, ada, network }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  const other = await ada.openTab('/account');
  await other.expectAccountPage();
  const cookie = await cookieHeader(context);
  await context.setOffline(true);

  await page.getByRole('button', { name: 'Log out' }).click();
  for (const tab of [ada, other]) {
    await tab.expectLoggedOut('You have logged out.');
    await expect(tab.page.getByText(ada.email)).toHaveCount(0);
    await expect(tab.page.getByRole('button', { name: 'Log out' })).toHaveCount(0);
  }
  const pendingNotice = page.getByRole('status').filter({ hasText: 'until we can reach the server to finish' });
  await expect(pendingNotice).toBeVisible();
  expect(await server.sessionStatus(cookie), 'the server is not informed yet').toBe('live');

  await context.setOffline(false);
  await expect.poll(() => server.sessionStatus(cookie)).toBe('logged_out');
  await expect(pendingNotice).toHaveCount(0);
  expect(network.requests('POST', '/api/auth/logout')).toHaveLength(1);
  await expect.poll(() => credentialCookies(context)).toEqual([]);
});

// Behavior 16.
test('a logout request is repeated until the server responds', async ({ server, page, context, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  const cookie = await cookieHeader(context);
  network.inject('/api/auth/logout', respondWith(503), 1);
  network.inject('/api/auth/logout', dropRequest, 1);

  await page.getByRole('button', { name: 'Log out' }).click();
  await ada.expectLoggedOut('You have logged out.');

  await expect.poll(() => server.sessionStatus(cookie)).toBe('logged_out');
  await ada.page.waitForTimeout(1_000);
  expect(network.requests('POST', '/api/auth/logout')).toHaveLength(3);
});

// Behavior 16.
for (const [action, leave] of Object.entries({
  'closes the tab': (page: Page) => page.close(),
  'leaves the site': (page: Page) => page.goto('about:blank'),
})) {
  test(`a logout reaches the server when Ada ${action} right after`, async ({ server, page, context, network, ada }) => {
    await ada.register();
    await ada.expectAccountPage();
    const cookie = await cookieHeader(context);
    network.inject('/api/auth/logout', delayRequest(500));

    await page.evaluate(() => [...document.querySelectorAll('button')].find((button) => button.textContent === 'Log out')!.click());
    await leave(page);

    await expect.poll(() => server.sessionStatus(cookie)).toBe('logged_out');
  });
}

// Behavior 17.
test('a logout with an expired token needs no refresh', async ({ server, context, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const cookie = await cookieHeader(context);
  await waitForTokenExpiry();
  network.reset();

  await ada.logOut();

  await ada.expectLoggedOut('You have logged out.');
  expect(await server.sessionStatus(cookie)).toBe('logged_out');
  expect(network.recorded.filter(({ path }) => path.startsWith('/api/')).map(({ path }) => path)).toEqual(['/api/auth/logout']);
});
