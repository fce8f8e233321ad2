// The activity page: the audit events of the account, in sentences.

import { IPHONE } from './support/devices';
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
  const expected = ['You logged in', 'Failed login: wrong password', 'You logged out'];
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

  await expect(page.getByText(/^The session on .* on iPhone was ended from Chrome on Windows$/)).toBeVisible();
});

test('older events load on demand, once, below the newer ones', async ({ server, network, page, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  const { email, password } = ada;
  for (let time = 0; time < 40; time++) await server.request('POST', '/api/auth/login', { email, password });
  const { access_token } = await (await server.request('POST', '/api/auth/login', { email, password })).json();
  await server.request('DELETE', '/api/sessions/others', undefined, { authorization: `Bearer ${access_token}` });
  await page.context().clearCookies();
  await ada.open('/login?next=/activity');
  await ada.logIn();
  const events = page.getByRole('main').getByRole('listitem');
  const more = page.getByRole('button', { name: 'Show older events' });
  await expect(events).toHaveCount(50);

  network.inject('/api/activity', respondWith(503), 1);
  await more.click();
  await expect(page.getByRole('alert')).toContainText("couldn't reach the server");
  await expect(events).toHaveCount(50);
  await more.click();

  await expect(page.getByRole('status').filter({ hasText: 'older events' })).toBeAttached();
  await expect(events.nth(50)).toBeFocused();
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

  await expect(page.getByRole('alert')).toContainText("couldn't reach the server");
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('main').getByRole('listitem')).not.toHaveCount(0);
});
