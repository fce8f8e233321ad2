// Several tabs of one browser: one end for all of them, and one person at a time.

import { holdResponse, neverRespond } from './support/faults';
import { gate } from './support/gate';
import { cookieHeader, expect, senderNames, test, User, waitForTokenExpiry } from './support/test-server';

// 22
test('a logout in one tab is seen in all tabs within a second, with the reason', async ({ ada }) => {
  await ada.register();
  const tabs = await ada.openAccountTabs(3);

  const then = Date.now();
  await ada.page.getByRole('button', { name: 'Log out' }).click();
  for (const tab of tabs) await tab.expectLoggedOut('You have logged out.');

  expect(Date.now() - then).toBeLessThan(2_000);
  for (const tab of tabs) await expect(tab.page.getByText(ada.email)).toHaveCount(0);
});

// 22
test('an end of the session that one tab finds is seen in all tabs, with the reason', async ({ server, network, browserErrors, ada }) => {
  browserErrors.expect(/401 .*\/api\/account/);
  network.inject('/api/sessions/events', neverRespond);
  await ada.register();
  const tabs = await ada.openAccountTabs(3);
  await server.changePasswordElsewhere(ada);
  for (const tab of tabs) await tab.expectAccountPage();
  network.reset();

  const then = Date.now();
  await ada.revisitAccount();
  for (const tab of tabs) await tab.expectLoggedOut('Your password was changed on another device');

  expect(Date.now() - then).toBeLessThan(2_000);
  await expect(ada.page).toHaveURL('/login?next=/account');
  // Only one has asked.
  expect(network.requests('GET', '/api/account').length + network.refreshes.length).toBe(1);
});

// 22
test('a session that the server ended by a logout that no tab knows of ends in all tabs', async ({ ada }) => {
  await ada.register();
  const tabs = await ada.openAccountTabs(2);

  await ada.page.evaluate(() => fetch('/api/auth/logout', { method: 'POST' }));

  for (const tab of tabs) await tab.expectLoggedOut('You have logged out.');
});

// 15
for (const [here, index] of [['the tab that refreshes', 0], ['another tab', 1]] as const) {
  test(`a logout in ${here} while a refresh is under way ends the session in both tabs`, async ({ server, network, context, ada }) => {
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

    // Time enough for a late grant to be taken.
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

// 18
test('what Ada sends while Grace takes her place in another tab is not sent in the name of Grace', async ({ server, network, ada }) => {
  await ada.register();
  const left = await ada.openTab('/account');
  await left.expectAccountPage();
  const graceHere = await server.registerGrace(ada.page);
  await waitForTokenExpiry();
  network.reset();

  // Ada's change waits for a refresh; meanwhile, in the other tab, she leaves and Grace comes.
  const responseGate = gate();
  network.inject('/api/auth/refresh', holdResponse(responseGate.opened), 1);
  await left.changeName();
  await expect.poll(() => network.refreshes.length).toBe(1);
  await ada.logOut();
  await graceHere.logIn();
  await graceHere.expectAccountPage();
  responseGate.open();

  const graceThere = new User(left.page, { ...graceHere });
  await graceThere.expectAccountPage();
  await expect(left.page.getByText(ada.email)).toHaveCount(0);
  await left.page.waitForTimeout(500);
  expect(network.requests('POST', '/api/fn/').length, 'Ada has gone, and her change with her').toBe(0);
  expect(senderNames(network)).toEqual([graceHere.name]);
});

// 18
test('a refresh that brings another person is told, and sends nothing of the first one', async ({ server, network, ada }) => {
  network.inject('/api/sessions/events', neverRespond);
  await ada.register();
  const left = await ada.openTab('/account');
  await left.expectAccountPage();
  const graceHere = await server.registerGrace(ada.page);
  await waitForTokenExpiry();
  network.reset();

  // A login that no tab hears of, as from a page of another version.
  const login = { email: graceHere.email, password: graceHere.password };
  await ada.page.evaluate(async (login) => {
    const headers = { 'content-type': 'application/json' };
    await fetch('/api/auth/login', { method: 'POST', headers, body: JSON.stringify(login) });
  }, login);
  await left.changeName();

  await expect(left.page.getByRole('status').filter({ hasText: 'You are now logged in as Grace Hopper' })).toBeVisible();
  await new User(left.page, { ...graceHere }).expectAccountPage();
  await expect(left.page.getByText(ada.email)).toHaveCount(0);
  await left.page.waitForTimeout(500);
  expect(network.requests('POST', '/api/fn/').length).toBe(0);
  expect(senderNames(network)).toEqual([graceHere.name]);
});

// 18
test('two people who log in at the same moment, in two tabs: one stays, and both tabs say who', async ({ server, network, context, browserErrors, ada }) => {
  // The first session may be replaced before its tab listens for its end.
  browserErrors.allow(/401 .*\/api\/sessions\/events/);
  const first = await server.registerGrace(ada.page);
  await ada.register();
  await ada.logOut();
  const second = await ada.openTab('/login');
  network.reset();

  const bothHaveAsked = gate();
  network.inject('/api/auth/login', holdResponse(bothHaveAsked.opened), 1);
  await first.logIn();
  await expect.poll(() => network.requests('POST', '/api/auth/login').length).toBe(1);
  await second.logIn();
  bothHaveAsked.open();

  await second.expectAccountPage();
  await expect(first.page.getByText(ada.email)).toBeVisible();
  await expect(first.page.getByRole('status').filter({ hasText: `You are now logged in as ${ada.name}` })).toBeVisible();
  expect(await context.cookies()).toHaveLength(1);
});
