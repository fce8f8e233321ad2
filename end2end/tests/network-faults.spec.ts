// What networks do to a session: nothing. A fault is shown, waited out and forgotten; only the server ends a session.

import { type Page } from '@playwright/test';
import { expect, FAILED, gate, test, tokensEnd } from './support/test-server';
import { answerHalved, answerHeld, answerLost, answers, lostOnTheWay, silence, type Weather } from './support/fault-proxy';

/** What is at the foot of every page while the server cannot be reached. */
const banner = (page: Page) => page.getByRole('status').filter({ hasText: 'Server unreachable' });

/** What is said where something has failed. */
const alert = (page: Page, text: string) => page.getByRole('alert').filter({ hasText: text });

// 7, 9
const faults: Record<string, Weather> = {
  '500': answers(500),
  '502 and a page': answers(502, '<h1>Bad gateway</h1>'),
  '503': answers(503, '{"code":"unavailable"}'),
  '429': answers(429, '{"code":"too_many_attempts"}'),
  'the page of a captive portal': answers(200, '<!doctype html><h1>Welcome to our Wi-Fi</h1>'),
  'a redirect to a captive portal': answers(302, '', { location: 'http://portal.invalid/' }),
  'half a grant': answerHalved,
  'an empty 401': answers(401),
  'the 401 of somebody else': answers(401, '{"error":"session_ended"}'),
  'a 401 that is a page': answers(401, '<h1>Log in to the corporate proxy</h1>'),
  'nothing': lostOnTheWay,
  'nothing, though the server has answered': answerLost,
};
for (const [fault, weather] of Object.entries(faults)) {
  test(`a refresh that is answered with ${fault} leaves Ada logged in, and all is well again by itself`, async ({ page, wire, complaints, ada }) => {
    complaints.allow(FAILED);
    await ada.registers();
    await ada.seesTheirAccount();
    wire.reset();
    wire.meets('/api/auth/refresh', weather);

    // A page that has only just been loaded knows nothing of the person, so it asks at once.
    await page.reload();
    await expect(banner(page)).toBeVisible();
    await expect(page.getByLabel('Email', { exact: true })).toHaveCount(0);
    await ada.arrivesAt('/account');

    await expect.poll(() => wire.refreshes.length, { message: 'tries again' }).toBeGreaterThan(1);
    wire.clears();
    await ada.seesTheirAccount();
    await expect(banner(page)).toHaveCount(0);
    await ada.arrivesAt('/account');
  });
}

// 7
test('with an expired token and no server, Ada keeps her page, and what she asks for fails in words', async ({ page, wire, complaints, ada }) => {
  complaints.allow(FAILED);
  await ada.registers();
  await ada.seesTheirAccount();
  await tokensEnd();
  wire.reset();
  wire.meets('/api/', lostOnTheWay);

  await ada.looksAgain();
  await expect(banner(page)).toBeVisible();
  await expect(alert(page, 'no answer')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
  expect(wire.requests('GET', '/api/account'), 'nothing is sent with a token that has ended').toEqual([]);

  wire.clears();
  await expect(banner(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Try again' }).click();
  await ada.seesTheirAccount();
});

// 7
test('pauses between refreshes grow, and end at once when the network is back', async ({ page, wire, complaints, ada }) => {
  complaints.allow(FAILED);
  await ada.registers();
  await ada.seesTheirAccount();
  wire.reset();
  wire.meets('/api/auth/refresh', answers(503));
  await page.reload();
  await expect.poll(() => wire.refreshes.length).toBe(4);
  const times = wire.refreshes.map(({ at }) => at);
  // Half of 1, 2 and 4 s is certain, the other half is chance.
  for (const [index, pause] of [500, 1_000, 2_000].entries()) {
    expect(times[index + 1] - times[index]).toBeGreaterThanOrEqual(pause);
  }

  wire.clears();
  const then = Date.now();
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await ada.seesTheirAccount();
  await expect(banner(page)).toHaveCount(0);
  // By itself it would have been four seconds at least.
  expect(wire.refreshes.at(-1)!.at - then).toBeLessThan(2_000);
});

// 7
test('a server that asks to be left alone is left alone by all tabs, whatever happens', async ({ page, wire, complaints, ada }) => {
  complaints.allow(FAILED);
  await ada.registers();
  const other = await ada.opensTab('/account');
  await other.seesTheirAccount();
  await tokensEnd();
  wire.reset();
  wire.meets('/api/auth/refresh', answers(503, '', { 'retry-after': '4' }), 1);
  await ada.looksAgain();
  for (const tab of [ada, other]) await expect(banner(tab.page)).toBeVisible();

  await other.looksAgain();
  for (const event of ['online', 'visibilitychange']) {
    await page.evaluate((event) => document.dispatchEvent(new Event(event, { bubbles: true })), event);
  }
  for (const tab of [ada, other]) await expect(banner(tab.page)).toHaveCount(0);

  const [first, second, ...more] = wire.refreshes.map(({ at }) => at);
  expect(second - first).toBeGreaterThanOrEqual(4_000);
  expect(more).toEqual([]);
});

// 7
test('without a network, Ada is told and stays logged in; with one, all is well', async ({ page, context, wire, complaints, ada }) => {
  complaints.allow(FAILED);
  await ada.registers();
  await ada.seesTheirAccount();
  const other = await ada.opensTab('/');
  await tokensEnd();

  await context.setOffline(true);
  await expect(banner(page)).toBeVisible();
  await expect(banner(other.page)).toBeVisible();
  await ada.looksAgain();
  await expect(alert(page, 'no answer')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();

  wire.reset();
  await context.setOffline(false);
  await expect(banner(page)).toHaveCount(0);
  await expect(banner(other.page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Try again' }).click();
  await ada.seesTheirAccount();
  await expect(other.page.getByText(ada.name)).toBeVisible();
  expect(wire.refreshes).toHaveLength(1);
});

// 12
test('a change whose answer is lost is sent once, and Ada is told', async ({ doorward, page, wire, complaints, ada }) => {
  complaints.allow(FAILED);
  await ada.registers();
  await ada.seesTheirAccount();
  wire.reset();
  wire.meets('/api/account/password', answerLost);
  const newPassword = 'nine quiet harbours in the rain';
  await ada.changesPassword(newPassword);

  await expect(alert(page, 'no answer')).toBeVisible();
  await page.waitForTimeout(3_000);
  expect(wire.requests('POST', '/api/account/password')).toHaveLength(1);
  // It did reach the server.
  const { status } = await doorward.asks('POST', '/api/auth/login', { email: ada.email, password: newPassword });
  expect(status).toBe(200);
});

// 10
test('a change whose answer comes when Ada has left the page does no harm', async ({ page, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  const late = gate();
  wire.meets('/api/fn/', answerHeld(late.opened), 1);
  await ada.changesName();
  await expect.poll(() => wire.requests('POST', '/api/fn/').length).toBe(1);
  await page.getByRole('link', { name: 'Doorward' }).click();
  await ada.arrivesAt('/');
  late.open();
  await expect.poll(() => wire.requests('POST', '/api/fn/')[0].status).toBe(200);

  await page.waitForTimeout(300);
  await page.getByRole('main').getByRole('link', { name: 'Account' }).click();
  await ada.seesTheirAccount();
  await expect(page.getByText('Ada, Countess of Lovelace')).toBeVisible();
});

// 4, 12
test('a change that the server refuses for its token is sent a second time, with a newer one', async ({ page, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/account\/password/);
  await ada.registers();
  await ada.seesTheirAccount();
  wire.reset();
  const refusal = answers(401, '{"code":"token_expired"}', { 'www-authenticate': 'Bearer error="invalid_token"' });
  wire.meets('/api/account/password', refusal, 1);
  await ada.changesPassword('nine quiet harbours in the rain');

  await expect(page.getByRole('status').filter({ hasText: 'Your password is changed' })).toBeVisible();
  const tokens = wire.requests('POST', '/api/account/password').map(({ headers }) => headers.authorization);
  expect(tokens).toHaveLength(2);
  expect(tokens[1]).not.toBe(tokens[0]);
  expect(wire.refreshes).toHaveLength(1);
});

// 5
test('an application that refuses every token costs one refresh, and no loop', async ({ page, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/account/);
  await ada.registers();
  await ada.seesTheirAccount();
  wire.reset();
  wire.meets('/api/account', answers(401, '{"code":"token_invalid","title":"Not this token.","type":"x","status":401}'));

  await ada.looksAgain();
  await expect(alert(page, 'Not this token.')).toBeVisible();
  await ada.looksAgain(5);
  await page.waitForTimeout(500);

  expect(wire.refreshes).toHaveLength(1);
  expect(wire.requests('GET', '/api/account')).toHaveLength(7);
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
});

// 6
test('a 401 that is not ours costs no refresh and ends nothing', async ({ page, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/account/);
  await ada.registers();
  await ada.seesTheirAccount();
  wire.reset();
  wire.meets('/api/account', answers(401, '<h1>Log in to the corporate proxy</h1>'));

  await ada.looksAgain();

  await expect(alert(page, 'no answer')).toBeVisible();
  expect(wire.refreshes).toEqual([]);
  expect(wire.requests('GET', '/api/account')).toHaveLength(1);
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
});

// 8
test('an end that the server tells leads to the login page, with the reason and the way back, and no more requests', async ({ doorward, page, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/auth\/refresh/);
  wire.meets('/api/sessions/events', silence);
  await ada.registers();
  await ada.seesTheirAccount();
  await tokensEnd();
  await doorward.changesPassword(ada);
  wire.reset();

  await ada.looksAgain();
  await ada.isToldWhy('Your password was changed on another device');
  await expect(page).toHaveURL('/login?next=/account');
  for (const event of ['online', 'visibilitychange']) {
    await page.evaluate((event) => document.dispatchEvent(new Event(event, { bubbles: true })), event);
  }
  await page.waitForTimeout(1_000);
  expect(wire.seen.filter(({ path }) => path.startsWith('/api/')).map(({ path }) => path)).toEqual(['/api/auth/refresh']);
});
