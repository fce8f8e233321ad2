// The policy `server-session`: an opaque session id in a cookie, no tokens.

import { neverRespond } from './support/faults';
import { testPlainForms } from './support/plain-forms-suite';
import { testPolicy, testSharedSession } from './support/policy-suite';
import { cookieHeader, expect, test, User } from './support/test-server';

test.use({ settings: { DOORWARD_POLICY: 'server-session', DOORWARD_INSPECTOR: 'true' } });

testPolicy({ summary: "You'll stay logged in, even after you close your browser.", cookie: '__Host-Http-session', renewsTokens: false });
testSharedSession();
testPlainForms();

// Behavior 28.
test('no request or response of a server session contains a token', async ({ page, context, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const cookie = await cookieHeader(context);
  await page.reload();
  await ada.expectAccountPage();
  await ada.changeName();
  await expect(page.getByRole('status').filter({ hasText: 'Name updated.' })).toBeVisible();
  await page.getByRole('link', { name: 'Inspector' }).click();
  await expect(page.getByText('There is none: a cookie authenticates each request of this session.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Claims' })).toBeHidden();
  await ada.logOut();

  const traffic = network.recorded.filter(({ path }) => !path.startsWith('/pkg/'));
  expect(traffic.filter(({ requestText, responseText }) => requestText.includes('eyJ') || responseText?.includes('eyJ')).map(({ path }) => path)).toEqual([]);
  expect(traffic.filter(({ headers }) => headers.authorization)).toEqual([]);
  expect(cookie).toMatch(/^__Host-Http-session=[\w-]{43,}$/);
});

// Behavior 18.
test('a login of another user in another tab replaces the session, and the first tab shows it', async ({ server, network, browserErrors, ada }) => {
  browserErrors.allow(/401/);
  network.inject('/api/sessions/events', neverRespond);
  await ada.register();
  const firstTab = await ada.openTab('/account');
  await firstTab.expectAccountPage();
  const grace = await server.registerGrace(ada.page);
  network.recorded = [];

  // A login without a message to other tabs, as from a page of another version. The browser sends its cookie from now on.
  const login = { email: grace.email, password: grace.password };
  await ada.page.evaluate(async (login) => {
    const headers = { 'content-type': 'application/json' };
    await fetch('/api/auth/login', { method: 'POST', headers, body: JSON.stringify(login) });
  }, login);
  await firstTab.changeName();

  await expect(firstTab.page.getByRole('status').filter({ hasText: "You're now logged in as Grace Hopper" })).toBeVisible();
  await new User(firstTab.page, { ...grace }).expectAccountPage();
  await expect(firstTab.page.getByText(ada.email)).toHaveCount(0);
  const changes = network.requests('POST', '/api/fn/').map(({ status }) => status);
  expect(changes, 'no change of Ada was made as Grace').toEqual([401]);
});

test('a server session that ended on another device is refused at the next request', async ({ server, network, browserErrors, ada }) => {
  browserErrors.allow(/401/);
  await ada.register();
  await ada.expectAccountPage();
  await server.endSessionsOnAnotherDevice(ada);
  await ada.expectLoggedOut('This session was ended from Firefox on Linux');
  expect(network.refreshes.filter(({ status }) => status === 200)).toEqual([]);
});
