// Cookies that are missing, deleted or invalid, and storage that stays empty.

import { expectNothingStored } from './support/browser-storage';
import { withoutHeaders } from './support/faults';
import { credentialCookies, expect, test, waitForTokenExpiry } from './support/test-server';

// Behavior 25.
test('with cookies blocked, a login lasts until the token expires, and the login page gives the reason', async ({ page, context, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/auth\/refresh/);
  network.inject('/api/auth', withoutHeaders('set-cookie'));
  await ada.register();
  await ada.expectAccountPage();
  expect(await credentialCookies(context)).toEqual([]);
  await ada.revisitAccount();
  await ada.expectAccountPage();
  expect(network.refreshes).toEqual([]);
  await waitForTokenExpiry();

  await ada.revisitAccount();
  await ada.expectLoggedOut('check that your browser accepts cookies');
  await page.waitForTimeout(1_000);
  expect(network.refreshes).toHaveLength(1);

  // A page load without a cookie attempts no refresh.
  await ada.open('/account');
  await expect(page).toHaveURL('/login?next=/account');
  expect(network.refreshes).toHaveLength(1);
  await ada.logIn();
  await ada.expectAccountPage();
});

// Behavior 25.
test('a deleted cookie ends the session in all tabs when the token expires, with one refresh', async ({ context, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/auth\/refresh/);
  await ada.register();
  const other = await ada.openTab('/account');
  await other.expectAccountPage();
  await context.clearCookies();
  await ada.revisitAccount();
  await ada.expectAccountPage();
  await waitForTokenExpiry();
  network.reset();

  await ada.revisitAccount();

  for (const tab of [ada, other]) await tab.expectLoggedOut('check that your browser accepts cookies');
  expect(network.refreshes).toHaveLength(1);
});

// Behavior 25.
test('an invalid cookie leads to the login page, without a refresh', async ({ page, context, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/auth\/refresh/);
  await ada.register();
  const [cookie] = await credentialCookies(context);
  await context.addCookies([{ ...cookie, value: 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA' }]);
  network.reset();

  for (let load = 0; load < 2; load++) {
    await ada.open('/account');
    await expect(page).toHaveURL('/login?next=/account');
    await page.waitForTimeout(500);
    expect(network.refreshes).toEqual([]);
  }
  await ada.expectLoggedOut('Your session has ended.');
  await ada.logIn();
  await ada.expectAccountPage();
});

// Behavior 25, 8.
for (const [path, destination] of [['/account', '/login?next=/account'], ['/login', '/login']]) {
  test(`${path} with the cookie of an ended session shows the login form with the reason`, async ({ server, page, browserErrors, ada }) => {
    browserErrors.allow(/401 .*\/api\/auth\/refresh/);
    await ada.register();
    await ada.expectAccountPage();
    await page.goto('/healthz');
    await server.changePasswordOnAnotherDevice(ada);

    await ada.open(path);

    await expect(page).toHaveURL(destination);
    await ada.expectLoggedOut('Your password was changed');
    await expect(page.getByLabel('Email', { exact: true })).toBeVisible();
  });
}

// Behavior 27, 16.
test('nothing is stored in the browser at any time, not even after a logout without a network', async ({ page, context, network, browserErrors, ada }) => {
  browserErrors.allow(/Failed to load resource/);
  await ada.open('/');
  await expectNothingStored(page);
  await ada.register();
  await ada.expectAccountPage();
  await expectNothingStored(page);
  await waitForTokenExpiry();
  await ada.revisitAccount();
  await ada.expectAccountPage();
  expect(network.refreshes).toHaveLength(1);
  await expectNothingStored(page);

  await context.setOffline(true);
  await page.getByRole('button', { name: 'Log out' }).click();
  await ada.expectLoggedOut('You have logged out.');
  await expectNothingStored(page);
  const logoutResponse = page.waitForResponse('**/api/auth/logout');
  await context.setOffline(false);
  await logoutResponse;
  await expectNothingStored(page);
  expect(await credentialCookies(context)).toEqual([]);
});
