// The users page, for administrators only.

import { execFileSync } from 'node:child_process';
import { expectAccessible } from './support/axe';
import { expect, test, User } from './support/fixtures';
import { binary } from './support/server-binary';

/** Runs the command line on the data of the shared server, as an operator does. */
function runCommand(...args: string[]) {
  execFileSync(binary, args, { env: { ...process.env, DOORWARD_DATA_DIR: 'test-results/data' } });
}

/** Makes Ada an administrator, who opens the page. */
async function openUsers(ada: User) {
  await ada.register();
  runCommand('user', 'role', ada.email, '--add', 'admin');
  await ada.page.reload();
  await ada.page.getByRole('link', { name: 'Users' }).click();
  const list = ada.page.getByRole('main').getByRole('list');
  return {
    item: (email: string) => list.getByRole('listitem').filter({ hasText: email }),
    items: list.getByRole('listitem'),
    search: ada.page.getByRole('searchbox', { name: 'Search by name or email' }),
    dialog: ada.page.getByRole('dialog'),
    expectStatus: (text: string) => expect(ada.page.getByRole('status').filter({ hasText: text })).toBeVisible(),
  };
}

test('an administrator sees all users', async ({ page, ada }) => {
  const { item } = await openUsers(ada);

  for (const text of ['Ada Lovelace', 'You', 'admin', '1 session', 'Joined now']) {
    await expect(item(ada.email)).toContainText(text);
  }
  await expectAccessible(page);
});

test('a search finds users by the beginning of a name or an email', async ({ page, ada }) => {
  const { item, items, search } = await openUsers(ada);
  await expect(item(ada.email)).toBeVisible();

  await search.fill(ada.email.toUpperCase());

  await expect(items).toHaveCount(1);
  await expect(item(ada.email)).toBeVisible();
  await expect(search).toBeFocused();
  await expect(page.getByRole('status').filter({ hasText: '1 user shown.' })).toBeAttached();
  await search.fill('a & nobody?');
  await expect(page.getByText('No users found.')).toBeVisible();
  await expect(items).toHaveCount(0);
  await search.fill('');
  await expect(item(ada.email)).toBeVisible();
});

test('an administrator disables a user, enables them and logs them out', async ({ page, ada, browser }) => {
  const { item, search, dialog, expectStatus } = await openUsers(ada);
  const context = await browser.newContext({ baseURL: new URL(page.url()).origin });
  const grace = new User(await context.newPage(), { name: 'Grace Hopper', email: ada.email.replace('ada', 'grace') });
  await grace.register();
  await search.fill(grace.email);
  const button = (name: string) => item(grace.email).getByRole('button', { name });

  await button('Log out everywhere').click();
  await expect(dialog).toContainText('Grace Hopper');
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Log out everywhere' }).click();
  await expectStatus('has been logged out everywhere.');
  await expect(item(grace.email)).toContainText('Not logged in');
  await expect(item(grace.email)).toBeFocused();
  await expect(button('Log out everywhere')).toHaveCount(0);
  await grace.expectLoggedOut('An administrator ended your');

  await button('Disable').click();
  await dialog.getByRole('button', { name: 'Disable' }).click();
  await expectStatus('account has been disabled.');
  await expect(item(grace.email)).toContainText('Disabled');
  await button('Enable').click();
  await expectStatus('can log in again.');
  await expect(button('Disable')).toBeVisible();
  await expect(dialog).toHaveCount(0);
  await context.close();
});

test('the last administrator stays, and the dialog shows it', async ({ page, ada, browserErrors }) => {
  browserErrors.allow(/409 .*\/api\/admin\/users/);
  const { item, dialog } = await openUsers(ada);
  const body = { type: 'urn:doorward:problem:last_administrator', title: 'This is the last administrator.', status: 409, code: 'last_administrator' };
  // Other tests make administrators on the same server.
  await page.route('**/api/admin/users/*/disable', (route) =>
    route.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify(body) }));

  await item(ada.email).getByRole('button', { name: 'Disable' }).click();
  await expect(dialog).toContainText('This is your own account');
  await dialog.getByRole('button', { name: 'Disable' }).click();

  await expect(dialog.getByRole('alert')).toContainText('This is the last administrator.');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(item(ada.email).getByRole('button', { name: 'Disable' })).toBeFocused();
});

test('a user who is no administrator sees an explanation and no link to the page', async ({ page, ada, browserErrors }) => {
  browserErrors.allow(/403 .*\/api\/admin\/users/);
  await ada.register();
  await ada.expectAccountPage();
  await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(0);

  await ada.open('/users');

  await expect(page.getByRole('searchbox')).toHaveCount(0);
  await expect(page.getByRole('alert').filter({ hasText: 'Only administrators can see this page.' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0);
  await expect(page.getByRole('listitem').filter({ hasText: '@example.com' })).toHaveCount(0);
});
