// Several tabs of one browser: one end for all of them, and one person at a time.

import { cookieOf, expect, gate, Person, senders, test, tokensEnd } from './support/test-server';
import { answerHeld, silence } from './support/fault-proxy';

// 22
test('a logout in one tab is seen in all tabs within a second, with the reason', async ({ ada }) => {
  await ada.registers();
  const tabs = await ada.inTabs(3);

  const then = Date.now();
  await ada.page.getByRole('button', { name: 'Log out' }).click();
  for (const tab of tabs) await tab.isToldWhy('You have logged out.');

  expect(Date.now() - then).toBeLessThan(2_000);
  for (const tab of tabs) await expect(tab.page.getByText(ada.email)).toHaveCount(0);
});

// 22
test('an end of the session that one tab finds is seen in all tabs, with the reason', async ({ doorward, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/account/);
  wire.meets('/api/sessions/events', silence);
  await ada.registers();
  const tabs = await ada.inTabs(3);
  await doorward.changesPassword(ada);
  for (const tab of tabs) await tab.seesTheirAccount();
  wire.reset();

  const then = Date.now();
  await ada.looksAgain();
  for (const tab of tabs) await tab.isToldWhy('Your password was changed on another device');

  expect(Date.now() - then).toBeLessThan(2_000);
  await expect(ada.page).toHaveURL('/login?next=/account');
  // Only one has asked.
  expect(wire.requests('GET', '/api/account').length + wire.refreshes.length).toBe(1);
});

// 22
test('a session that the server ended by a logout that no tab knows of ends in all tabs', async ({ ada }) => {
  await ada.registers();
  const tabs = await ada.inTabs(2);

  await ada.page.evaluate(() => fetch('/api/auth/logout', { method: 'POST' }));

  for (const tab of tabs) await tab.isToldWhy('You have logged out.');
});

// 15
for (const [here, index] of [['the tab that refreshes', 0], ['another tab', 1]] as const) {
  test(`a logout in ${here} while a refresh is under way ends the session in both tabs`, async ({ doorward, wire, context, ada }) => {
    await ada.registers();
    const tabs = await ada.inTabs(2);
    await tokensEnd();
    wire.reset();
    const late = gate();
    wire.meets('/api/auth/refresh', answerHeld(late.opened));
    await ada.looksAgain();
    await expect.poll(() => wire.refreshes.length).toBe(1);
    const cookie = await cookieOf(context);

    await tabs[index].logsOut();
    for (const tab of tabs) await tab.isToldWhy('You have logged out.');
    late.open();
    await expect.poll(() => wire.refreshes[0].status).toBe(200);

    // Time enough for a late grant to be taken.
    await ada.page.waitForTimeout(500);
    for (const tab of tabs) {
      await tab.isToldWhy('You have logged out.');
      await expect(tab.page.getByText(ada.email)).toHaveCount(0);
    }
    expect(wire.seen.filter(({ headers }) => headers.authorization), 'the late token is not used').toEqual([]);
    expect(wire.refreshes).toHaveLength(1);
    expect(await doorward.sessionOf(cookie)).toBe('logged_out');
  });
}

// 18
test('what Ada sends while Grace takes her place in another tab is not sent in the name of Grace', async ({ doorward, wire, ada }) => {
  await ada.registers();
  const left = await ada.opensTab('/account');
  await left.seesTheirAccount();
  const graceHere = await doorward.grace(ada.page);
  await tokensEnd();
  wire.reset();

  // Ada's change waits for a refresh; meanwhile, in the other tab, she leaves and Grace comes.
  const late = gate();
  wire.meets('/api/auth/refresh', answerHeld(late.opened), 1);
  await left.changesName();
  await expect.poll(() => wire.refreshes.length).toBe(1);
  await ada.logsOut();
  await graceHere.logsIn();
  await graceHere.seesTheirAccount();
  late.open();

  const graceThere = new Person(left.page, { ...graceHere });
  await graceThere.seesTheirAccount();
  await expect(left.page.getByText(ada.email)).toHaveCount(0);
  await left.page.waitForTimeout(500);
  expect(wire.requests('POST', '/api/fn/').length, 'Ada has gone, and her change with her').toBe(0);
  expect(senders(wire)).toEqual([graceHere.name]);
});

// 18
test('a refresh that brings another person is told, and sends nothing of the first one', async ({ doorward, wire, ada }) => {
  wire.meets('/api/sessions/events', silence);
  await ada.registers();
  const left = await ada.opensTab('/account');
  await left.seesTheirAccount();
  const graceHere = await doorward.grace(ada.page);
  await tokensEnd();
  wire.reset();

  // A login that no tab hears of, as from a page of another version.
  const login = { email: graceHere.email, password: graceHere.password };
  await ada.page.evaluate(async (login) => {
    const headers = { 'content-type': 'application/json' };
    await fetch('/api/auth/login', { method: 'POST', headers, body: JSON.stringify(login) });
  }, login);
  await left.changesName();

  await expect(left.page.getByRole('status').filter({ hasText: 'you are now logged in as Grace Hopper' })).toBeVisible();
  await new Person(left.page, { ...graceHere }).seesTheirAccount();
  await expect(left.page.getByText(ada.email)).toHaveCount(0);
  await left.page.waitForTimeout(500);
  expect(wire.requests('POST', '/api/fn/').length).toBe(0);
  expect(senders(wire)).toEqual([graceHere.name]);
});

// 18
test('two people who log in at the same moment, in two tabs: one stays, and both tabs say who', async ({ doorward, wire, context, complaints, ada }) => {
  // The first session may be replaced before its tab listens for its end.
  complaints.allow(/401 .*\/api\/sessions\/events/);
  const first = await doorward.grace(ada.page);
  await ada.registers();
  await ada.logsOut();
  const second = await ada.opensTab('/login');
  wire.reset();

  const bothHaveAsked = gate();
  wire.meets('/api/auth/login', answerHeld(bothHaveAsked.opened), 1);
  await first.logsIn();
  await expect.poll(() => wire.requests('POST', '/api/auth/login').length).toBe(1);
  await second.logsIn();
  bothHaveAsked.open();

  await second.seesTheirAccount();
  await expect(first.page.getByText(ada.email)).toBeVisible();
  await expect(first.page.getByRole('status').filter({ hasText: `you are now logged in as ${ada.name}` })).toBeVisible();
  expect(await context.cookies()).toHaveLength(1);
});
