// A walk through every page and every state that looks different, for checks of them all.

import { addSessions } from './devices';
import { respondWith } from './faults';
import { expect, NETWORK_ERROR, type TestServer, type User } from './test-server';
import { type BrowserErrors } from './browser-errors';
import { type FaultProxy } from './fault-proxy';

export interface Walk {
  server: TestServer;
  network: FaultProxy;
  browserErrors: BrowserErrors;
  ada: User;
}

const tooManyAttempts = respondWith(429, '{"type":"","title":"Too many.","status":429,"code":"too_many_attempts","retry_after":90}');

/** Stops at each state of the pages for guests, and yields its name. */
export async function* guestStates({ network, browserErrors, ada }: Walk) {
  browserErrors.allow(NETWORK_ERROR);
  const { page } = ada;
  for (const path of ['/', '/login', '/register', '/nowhere']) {
    await ada.open(path);
    yield path;
  }
  for (const [path, button] of [['/login', 'Log in'], ['/register', 'Create account']]) {
    await ada.open(path);
    await page.getByRole('button', { name: button }).click();
    await expect(page.getByRole('alert')).toContainText('fields');
    yield `${path} with errors`;
  }
  await ada.open('/login');
  network.inject('/api/auth/login', tooManyAttempts, 1);
  await ada.logIn();
  await expect(page.getByRole('timer')).toBeVisible();
  yield '/login after too many attempts';
}

/** Stops at each state of the pages for users, and yields its name. Ends with a session that was ended on another device. */
export async function* userStates({ server, network, browserErrors, ada }: Walk) {
  browserErrors.allow(NETWORK_ERROR);
  const { page } = ada;
  const main = page.getByRole('main');
  const items = main.getByRole('listitem');
  const dialog = page.getByRole('dialog');
  const section = async (name: string) => {
    await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  };
  /** Opens the dialog of a button, and closes it after the stop. */
  const withDialog = async function* (state: string, button: string) {
    await main.getByRole('button', { name: button }).first().click();
    await expect(dialog).toBeVisible();
    yield state;
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  };

  await ada.register();
  server.runCommand('user', 'role', ada.email, '--add', 'admin');
  await page.reload();
  await ada.expectAccountPage();
  await expect(page.getByRole('link', { name: 'Users' })).toBeAttached();
  yield '/account';
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('alert')).toContainText('fields');
  await page.getByRole('button', { name: 'Edit name' }).click();
  yield '/account with an open form, and with errors';
  await ada.nameForm.getByLabel('Name').fill(`${ada.name} the First`);
  await ada.nameForm.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Name updated.' })).toBeVisible();
  yield '/account with a toast';
  const userMenu = page.getByRole('button', { name: /^Logged in as/ });
  await userMenu.click();
  await expect(page.locator('#user-menu').getByText(ada.email)).toBeVisible();
  yield '/account with the open menu';
  await page.keyboard.press('Escape');
  await ada.open('/');
  await expect(page.getByText(`${ada.name} the First`)).toBeVisible();
  yield '/ as a user';

  await main.getByRole('link', { name: 'Account' }).click();
  await section('Sessions');
  await expect(items).toHaveCount(1);
  yield '/sessions with one session';
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name of this device').fill('Ada’s-device-with-a-name-that-has-no-space-in-it-'.repeat(2));
  yield '/sessions with an open form';
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('button', { name: 'Rename' })).toBeVisible();
  await items.first().locator('summary').click();
  yield '/sessions with a long name and open details';
  yield* withDialog('/sessions with a dialog', 'End session');
  await addSessions(ada, server, 49);
  await page.reload();
  await expect(items).toHaveCount(50);
  yield '/sessions with 50 sessions';

  await server.request('POST', '/api/auth/login', { email: ada.email, password: 'not the password at all' });
  await section('Activity');
  await expect(page.getByText('Failed login: wrong password')).toBeVisible();
  yield '/activity with a warning';
  yield* withDialog('/activity with a dialog', "This wasn't me");
  await page.getByRole('checkbox').check();
  await expect(items).toHaveCount(1);
  yield '/activity with warnings alone';

  await section('Users');
  await expect(items.filter({ hasText: ada.email })).toBeVisible();
  yield '/users';
  yield* withDialog('/users with a dialog', 'Disable');
  await page.getByRole('searchbox').fill('nobody has this name');
  await expect(page.getByText('No users found.')).toBeVisible();
  yield '/users that a search does not find';

  network.inject('/api/', respondWith(503));
  await section('Activity');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  yield '/activity that does not load';
  await page.reload();
  await expect(page.getByRole('button', { name: 'Try now' })).toBeVisible();
  yield 'without a connection';
  network.clearFaults();
  await expect(items).not.toHaveCount(0);

  // The login on another device is beyond the limit of sessions, and may end this one already.
  await server.endSessionsOnAnotherDevice(ada);
  await ada.expectLoggedOut(/This session was ended|on too many devices/);
  yield '/login with the reason of the end';
  await ada.logIn();
  await ada.expectUrl('/activity');
  await server.changePasswordOnAnotherDevice(ada);
  await ada.expectLoggedOut('Your password was changed');
  yield '/login with an alarming reason of the end';
}
