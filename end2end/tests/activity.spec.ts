// The activity page: the audit events of the account, in sentences.

import { expectAccessible } from './support/axe';
import { FIREFOX, IPHONE } from './support/devices';
import { respondWith } from './support/faults';
import { expect, NETWORK_ERROR, test } from './support/test-server';

test('the activity page lists the events of the account in sentences, newest first', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/auth\/login/);
  await ada.register();
  await ada.logOut();
  await ada.logIn('not the password at all');
  await expect(page.getByRole('alert')).toContainText('Incorrect email or password.');
  await ada.logIn();
  await ada.expectAccountPage();
  await page.getByRole('link', { name: 'Activity' }).click();

  const events = page.getByRole('main').getByRole('listitem');
  const expected = ['You logged in', 'Failed login: wrong password', 'You were logged in on Chrome on Windows'];
  for (const [index, sentence] of expected.entries()) await expect(events.nth(index)).toContainText(sentence);
  await expect(events.filter({ hasText: 'You created your account' })).toHaveCount(1);
  await expect(events.nth(0)).toContainText('Chrome on Windows');
  await expect(events.nth(0)).toContainText('127.0.0.1');
  await expect(page.getByRole('heading', { level: 2, name: 'Today' })).toBeVisible();
  await expect(page).toHaveTitle('Activity – Doorward');
  await expect(page.getByRole('link', { name: 'Activity' })).toHaveAttribute('aria-current', 'page');
  await expect(page.getByText('No older activity.')).toBeVisible();
  const sentences = await events.allTextContents();

  await page.reload();
  await expect(events.nth(0)).toContainText('You logged in');
  expect(await events.allTextContents()).toEqual(sentences);
});

test('the event of a session end names the device of the session and the device that ended it', async ({ server, page, ada }) => {
  await ada.register();
  const { email, password } = ada;
  await server.request('POST', '/api/auth/login', { email, password }, { 'user-agent': IPHONE });
  await ada.open('/sessions');
  await page.getByRole('button', { name: 'End all other sessions' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End all other sessions' }).click();
  await expect(page.getByText('1 other session has ended.')).toBeVisible();

  await page.getByRole('link', { name: 'Activity' }).click();

  const session = page.getByRole('listitem').filter({ hasText: /You were logged in on .* on iPhone/ });
  await expect(session).toContainText(/on iPhone was logged out from Chrome on Windows/);
});

test('the filter shows warnings alone, and loads on until there is one', async ({ server, page, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/auth\/login/);
  await ada.register();
  await ada.logOut();
  await ada.logIn('not the password at all');
  await expect(page.getByRole('alert')).toContainText('Incorrect email or password.');
  const { email, password } = ada;
  for (let time = 0; time < 28; time++) await server.request('POST', '/api/auth/login', { email, password }, { 'user-agent': FIREFOX });
  await server.endSessionsOnAnotherDevice(ada);
  await ada.logIn();
  await ada.expectAccountPage();
  await page.getByRole('link', { name: 'Activity' }).click();
  const events = page.getByRole('main').getByRole('listitem');
  const filter = page.getByRole('checkbox', { name: 'Only warnings' });
  await expect(events).not.toHaveCount(0);

  await filter.focus();
  await page.keyboard.press('Space');

  await expect(events).toHaveText([/Failed login: wrong password/]);
  await expect(filter).toBeChecked();
  await expect(filter).toBeFocused();
  await expectAccessible(page);
  await filter.uncheck();
  await expect(events.filter({ hasText: 'You logged in' })).not.toHaveCount(0);
});

test('the filter shows that there is no warning', async ({ page, ada }) => {
  await ada.register();
  await ada.open('/activity');

  await page.getByRole('checkbox', { name: 'Only warnings' }).check();

  await expect(page.getByText('No warnings.')).toBeVisible();
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(0);
});

test('"This wasn\'t me" ends the session and leads to the new password', async ({ server, page, ada, browserErrors }) => {
  // The session has ended before.
  browserErrors.allow(/404 .*\/api\/sessions/);
  await ada.register();
  await server.logInOnAnotherDevice(ada);
  await ada.open('/activity');
  const stranger = page.getByRole('listitem').filter({ hasText: 'Firefox on Linux' });
  const own = page.getByRole('listitem').filter({ hasText: 'Chrome on Windows' }).first();
  const dialog = page.getByRole('dialog');
  await expect(own.getByRole('button')).toHaveCount(0);

  await stranger.getByRole('button', { name: "This wasn't me" }).click();
  await expect(dialog).toContainText(/Firefox on Linux.* will be logged out/);
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await stranger.getByRole('button', { name: "This wasn't me" }).click();
  await dialog.getByRole('button', { name: 'Secure my account' }).click();

  await ada.expectUrl('/account#password');
  await expect(page.getByRole('status').filter({ hasText: 'Now choose a new password.' })).toBeVisible();
  await ada.open('/activity');
  await page.getByRole('listitem').filter({ hasText: 'You were logged in on Firefox on Linux' }).getByRole('button').click();
  await dialog.getByRole('button', { name: 'Secure my account' }).click();
  await ada.expectUrl('/account#password');
});

test('older events load on demand, once, below the newer ones', async ({ server, network, page, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  const { email, password } = ada;
  for (let time = 0; time < 60; time++) await server.request('POST', '/api/auth/login', { email, password });
  await page.context().clearCookies();
  await ada.open('/login?next=/activity');
  await ada.logIn();
  const events = page.getByRole('main').getByRole('listitem');
  const more = page.getByRole('button', { name: 'Show older events' });
  await expect(events).not.toHaveCount(0);
  // A login beyond the limit of sessions ends the oldest one, which may fold.
  const count = await events.count();

  network.inject('/api/activity', respondWith(503), 1);
  await more.click();
  await expect(page.getByRole('alert')).toContainText("isn't available right now");
  await expect(events).toHaveCount(count);
  await more.click();

  await expect(page.getByRole('status').filter({ hasText: 'older events' })).toBeAttached();
  await expect(events.nth(count)).toBeFocused();
  await expect(events.last()).toContainText(/You (created your account|logged in)/);
  await expect(more).toBeHidden();
  await expect(page.getByText('No older activity.')).toBeVisible();
  await expect(page.getByRole('heading', { level: 2 })).toHaveCount(1);
});

test('a failed load of the events shows an error and can be retried', async ({ network, page, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  network.inject('/api/activity', respondWith(503), 1);
  await page.getByRole('link', { name: 'Activity' }).click();

  await expect(page.getByRole('alert')).toContainText("isn't available right now");
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('main').getByRole('listitem')).not.toHaveCount(0);
});
