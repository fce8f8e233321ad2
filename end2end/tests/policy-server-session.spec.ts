// The policy `server-session`: an opaque id in a cookie, and no token anywhere.

import { neverRespond } from './support/faults';
import { testPolicy, testSharedSession } from './support/policy-suite';
import { cookieHeader, expect, test, User } from './support/test-server';

test.use({ settings: { DOORWARD_POLICY: 'server-session', DOORWARD_INSPECTOR: 'true' } });

testPolicy({ summary: 'You stay logged in, even after you close the browser.', cookie: '__Host-Http-session', renewsTokens: false });
testSharedSession();

test('no token is on the wire, whatever Ada does', async ({ page, context, network, ada }) => {
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

// 18
test('whoever logs in in another tab takes the place of Ada, and her tab says so', async ({ server, network, browserErrors, ada }) => {
  browserErrors.allow(/401/);
  network.inject('/api/sessions/events', neverRespond);
  await ada.register();
  const left = await ada.openTab('/account');
  await left.expectAccountPage();
  const grace = await server.registerGrace(ada.page);
  network.recorded = [];

  // A login that no tab hears of, as from a page of another version; the browser attaches its cookie from then on.
  const login = { email: grace.email, password: grace.password };
  await ada.page.evaluate(async (login) => {
    const headers = { 'content-type': 'application/json' };
    await fetch('/api/auth/login', { method: 'POST', headers, body: JSON.stringify(login) });
  }, login);
  await left.changeName();

  await expect(left.page.getByRole('status').filter({ hasText: 'You are now logged in as Grace Hopper' })).toBeVisible();
  await new User(left.page, { ...grace }).expectAccountPage();
  await expect(left.page.getByText(ada.email)).toHaveCount(0);
  const changes = network.requests('POST', '/api/fn/').map(({ status }) => status);
  expect(changes, 'nothing of Ada was done in the name of Grace').toEqual([401]);
});

test('a session that is ended elsewhere is over with the next request, to the millisecond', async ({ server, network, browserErrors, ada }) => {
  browserErrors.allow(/401/);
  await ada.register();
  await ada.expectAccountPage();
  await server.endSessionsElsewhere(ada);
  await ada.expectLoggedOut('This session was ended from Firefox on Linux');
  expect(network.refreshes.filter(({ status }) => status === 200)).toEqual([]);
});
