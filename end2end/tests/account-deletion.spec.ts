// "Download my data" and "Delete account", the link that undoes a deletion, and a reset that an administrator starts.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectAccessible } from './support/axe';
import { decode } from './support/mails';
import { expectToFit } from './support/reflow';
import { binary, testSettings } from './support/server-binary';
import { expect, NETWORK_ERROR, test, User } from './support/test-server';

const dataDir = mkdtempSync(join(tmpdir(), 'doorward-deletion-'));

// Mails are files in the data directory of this server.
test.use({ settings: { DOORWARD_MAIL: 'folder', DOORWARD_DATA_DIR: dataDir, DOORWARD_LOGIN_ATTEMPTS: '100/15m' } });
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));

/** Runs the command line on the data of the server, as an operator does. */
function runCommand(args: string[], input = '') {
  const env = { ...process.env, ...testSettings, DOORWARD_DATA_DIR: dataDir };
  return execFileSync(binary, args, { env, input, encoding: 'utf8' });
}

/** Adds a user as the operator, with an address that is proved. */
function add(user: User) {
  runCommand(['user', 'add', user.email, '--name', user.name], `${user.password}\n`);
  runCommand(['user', 'verify', user.email]);
}

/** The link of the newest mail to an address that has one to this path. */
async function linkIn(email: string, path: string) {
  const link = () => {
    const folder = join(dataDir, 'mail');
    const names = readdirSync(folder).filter((name) => name.endsWith('.eml')).sort();
    const mails = names.map((name) => decode(readFileSync(join(folder, name), 'utf8')));
    const own = mails.filter((text) => text.includes(`To: ${email}`) || text.includes(`To: <${email}>`));
    return own.flatMap((text) => new RegExp(`http\\S*${path}\\?token=[0-9a-f]{64}`).exec(text)?.[0] ?? []).at(-1);
  };
  await expect.poll(link).toBeTruthy();
  return link()!;
}

async function logIn(user: User) {
  await user.open('/login');
  await user.page.getByLabel('Email', { exact: true }).fill(user.email);
  await user.page.getByLabel('Password', { exact: true }).fill(user.password);
  await user.page.getByRole('button', { name: 'Log in' }).click();
}

test('a user downloads everything that is stored about them, as a file', async ({ page, ada }) => {
  add(ada);
  await logIn(ada);
  await expect(page).toHaveURL('/account');
  await expect(page.getByRole('heading', { name: 'Your data' })).toBeVisible();
  await expectAccessible(page);

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download my data' }).click();
  const download = await downloading;

  expect(download.suggestedFilename()).toBe('account.json');
  const text = readFileSync(await download.path(), 'utf8');
  const data = JSON.parse(text) as { account: { email: string }; sessions: unknown[]; events: unknown[] };
  expect(data.account.email).toBe(ada.email);
  expect(data.sessions).toHaveLength(1);
  expect(data.events.length).toBeGreaterThan(1);
  expect(text).not.toContain('argon2');
  await expect(page.getByRole('status').filter({ hasText: 'Your data has been downloaded.' })).toBeAttached();
});

test('a second download within the hour is refused in words', async ({ page, ada, browserErrors }) => {
  browserErrors.allow(NETWORK_ERROR);
  add(ada);
  await logIn(ada);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download my data' }).click();
  await downloading;
  await page.getByRole('button', { name: 'Download my data' }).click();
  await expect(page.getByText('Too many attempts.', { exact: false })).toBeVisible();
});

test('a deleted account is logged out, refuses logins and is kept with the link in the mail', async ({ page, ada, browserErrors, browser }) => {
  browserErrors.allow(NETWORK_ERROR);
  add(ada);
  await logIn(ada);
  await expect(page).toHaveURL('/account');

  await page.getByRole('button', { name: 'Delete account' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete your account?' });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Delete account' }).click();
  await dialog.getByRole('button', { name: 'Delete account' }).click();

  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByRole('status').filter({ hasText: 'Your account was deleted.' })).toBeVisible();
  await logIn(ada);
  await expect(page.getByText('This account is going to be deleted.', { exact: false })).toBeVisible();
  await expect(page.getByText('the link in the mail', { exact: false })).toBeVisible();

  // A plain page, which works without scripts.
  const context = await browser.newContext({ javaScriptEnabled: false });
  const plain = await context.newPage();
  await plain.goto(await linkIn(ada.email, '/deletion/undo'));
  await expect(plain.getByRole('heading', { level: 1 })).toHaveText('Keep your account?');
  await expectToFit(plain, 'the page that undoes a deletion');
  for (const radio of await plain.getByRole('radio').all()) await expect(radio).not.toBeChecked();
  await plain.getByRole('button', { name: 'Continue' }).click();
  await expect(plain.getByRole('alert')).toContainText('Choose one of the answers.');
  await plain.getByRole('radio', { name: 'Keep my account' }).check();
  await plain.getByRole('button', { name: 'Continue' }).click();
  await expect(plain).toHaveURL(/\/deletion\/undo\?kept$/);
  await expect(plain.getByRole('heading', { level: 1 })).toHaveText('Your account stays');
  await context.close();

  await logIn(ada);
  await expect(page).toHaveURL('/account');
});

test('an administrator sends a user a link to set a new password', async ({ page, ada, browser }) => {
  add(ada);
  runCommand(['user', 'role', ada.email, '--add', 'admin']);
  const grace = new User(page, { name: 'Grace Hopper', email: ada.email.replace('ada', 'grace') });
  add(grace);
  await logIn(ada);
  await page.getByRole('link', { name: 'Users' }).click();
  const row = page.getByRole('main').getByRole('listitem').filter({ hasText: grace.email });

  await row.getByRole('button', { name: 'Send a reset link' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Send a reset link' }).click();

  await expect(page.getByRole('status').filter({ hasText: 'A link is on its way to' })).toBeAttached();
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(await linkIn(grace.email, '/reset'));
  await expect(other.getByRole('heading', { level: 1 })).toHaveText('Set a new password');
  await context.close();
});
