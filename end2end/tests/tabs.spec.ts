// Several tabs of one browser: the session ends in all of them, and one user is logged in at a time.

import { holdResponse, neverRespond } from './support/faults';
import { gate } from './support/gate';
import { cookieHeader, credentialCookies, expect, senderNames, test, User, waitForTokenExpiry } from './support/test-server';

// Behavior 22.
test('a logout in one tab shows in all tabs within a second, with the reason', async ({ ada }) => {
  await ada.register();
  const tabs = await ada.openAccountTabs(3);

  const start = Date.now();
  await ada.page.getByRole('button', { name: 'Log out' }).click();
  for (const tab of tabs) await tab.expectLoggedOut('You have logged out.');

  expect(Date.now() - start).toBeLessThan(2_000);
  for (const tab of tabs) await expect(tab.page.getByText(ada.email)).toHaveCount(0);
});

// Behavior 22.
test('a session end that one tab detects shows in all tabs, with the reason', async ({ server, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/account/);
  network.inject('/api/sessions/events', neverRespond);
  await ada.register();
  const tabs = await ada.openAccountTabs(3);
  await server.changePasswordOnAnotherDevice(ada);
  for (const tab of tabs) await tab.expectAccountPage();
  network.reset();

  const start = Date.now();
  await ada.revisitAccount();
  for (const tab of tabs) await tab.expectLoggedOut('Your password was changed');

  expect(Date.now() - start).toBeLessThan(2_000);
  await expect(ada.page).toHaveURL('/login?next=/account');
  // The other tabs sent no request.
  expect(network.requests('GET', '/api/account').length + network.refreshes.length).toBe(1);
});

// Behavior 22.
test('a logout outside of the client ends the session in all tabs', async ({ ada }) => {
  await ada.register();
  const tabs = await ada.openAccountTabs(2);

  await ada.page.evaluate(() => fetch('/api/auth/logout', { method: 'POST' }));

  for (const tab of tabs) await tab.expectLoggedOut('You have logged out.');
});

// Behavior 15.
for (const [tabName, index] of [['the tab that refreshes', 0], ['another tab', 1]] as const) {
  test(`a logout in ${tabName} during a refresh ends the session in both tabs`, async ({ server, network, context, ada }) => {
    await ada.register();
    const tabs = await ada.openAccountTabs(2);
    await waitForTokenExpiry();
    network.reset();
    const responseGate = gate();
    network.inject('/api/auth/refresh', holdResponse(responseGate.opened));
    await ada.revisitAccount();
    await expect.poll(() => network.refreshes.length).toBe(1);
    const cookie = await cookieHeader(context);

    await tabs[index].logOut();
    for (const tab of tabs) await tab.expectLoggedOut('You have logged out.');
    responseGate.open();
    await expect.poll(() => network.refreshes[0].status).toBe(200);

    // Time enough for a late token response to be accepted.
    await ada.page.waitForTimeout(500);
    for (const tab of tabs) {
      await tab.expectLoggedOut('You have logged out.');
      await expect(tab.page.getByText(ada.email)).toHaveCount(0);
    }
    expect(network.recorded.filter(({ headers }) => headers.authorization), 'the late token is not used').toEqual([]);
    expect(network.refreshes).toHaveLength(1);
    expect(await server.sessionStatus(cookie)).toBe('logged_out');
  });
}

// Behavior 18.
test('a request of Ada is not sent as Grace, who logs in in another tab meanwhile', async ({ server, network, ada }) => {
  await ada.register();
  const firstTab = await ada.openTab('/account');
  await firstTab.expectAccountPage();
  const grace = await server.registerGrace(ada.page);
  await waitForTokenExpiry();
  network.reset();

  // Ada's change waits for a refresh. Meanwhile she logs out in the other tab and Grace logs in.
  const responseGate = gate();
  network.inject('/api/auth/refresh', holdResponse(responseGate.opened), 1);
  await firstTab.changeName();
  await expect.poll(() => network.refreshes.length).toBe(1);
  await ada.logOut();
  await grace.logIn();
  await grace.expectAccountPage();
  responseGate.open();

  const graceInFirstTab = new User(firstTab.page, { ...grace });
  await graceInFirstTab.expectAccountPage();
  await expect(firstTab.page.getByText(ada.email)).toHaveCount(0);
  await firstTab.page.waitForTimeout(500);
  expect(network.requests('POST', '/api/fn/').length, 'the change of Ada is discarded').toBe(0);
  expect(senderNames(network)).toEqual([grace.name]);
});

// Behavior 18.
test('a refresh that returns another user shows the change and sends no request of the first user', async ({ server, network, ada }) => {
  network.inject('/api/sessions/events', neverRespond);
  await ada.register();
  const firstTab = await ada.openTab('/account');
  await firstTab.expectAccountPage();
  const grace = await server.registerGrace(ada.page);
  await waitForTokenExpiry();
  network.reset();

  // A login without a message to other tabs, as from a page of another version.
  const login = { email: grace.email, password: grace.password };
  await ada.page.evaluate(async (login) => {
    const headers = { 'content-type': 'application/json' };
    await fetch('/api/auth/login', { method: 'POST', headers, body: JSON.stringify(login) });
  }, login);
  await firstTab.changeName();

  await expect(firstTab.page.getByRole('status').filter({ hasText: "You're now logged in as Grace Hopper" })).toBeVisible();
  await new User(firstTab.page, { ...grace }).expectAccountPage();
  await expect(firstTab.page.getByText(ada.email)).toHaveCount(0);
  await firstTab.page.waitForTimeout(500);
  expect(network.requests('POST', '/api/fn/').length).toBe(0);
  expect(senderNames(network)).toEqual([grace.name]);
});

// Behavior 18.
test('when two users log in at the same moment in two tabs, one remains, and both tabs show which', async ({ server, network, context, browserErrors, ada }) => {
  // The first session may be replaced before its tab opens the stream of session ends.
  browserErrors.allow(/401 .*\/api\/sessions\/events/);
  const first = await server.registerGrace(ada.page);
  await ada.register();
  await ada.logOut();
  const second = await ada.openTab('/login');
  network.reset();

  const bothSent = gate();
  network.inject('/api/auth/login', holdResponse(bothSent.opened), 1);
  await first.logIn();
  await expect.poll(() => network.requests('POST', '/api/auth/login').length).toBe(1);
  await second.logIn();
  bothSent.open();

  await second.expectAccountPage();
  await expect(first.page.getByText(ada.email)).toBeVisible();
  await expect(first.page.getByRole('status').filter({ hasText: `You're now logged in as ${ada.name}` })).toBeVisible();
  expect(await credentialCookies(context)).toHaveLength(1);
});
