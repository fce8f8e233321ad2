// Registration with a code from a mail: in the page, on the page without scripts, and where only a page's memory may hold the
// credentials. Invitations.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectAccessible } from './support/axe';
import { decode } from './support/mails';
import { expectToFit } from './support/reflow';
import { fillRegistration } from './support/plain-forms-suite';
import { binary, testSettings } from './support/server-binary';
import { credentialCookies, expect, NETWORK_ERROR, test, type User } from './support/test-server';
import { openMarkup, WASM_ERROR } from './support/wasm';

const dataDir = mkdtempSync(join(tmpdir(), 'doorward-registration-'));
const settings = { DOORWARD_MAIL: 'folder', DOORWARD_DATA_DIR: dataDir };

// Mails are files in the data directory of this server.
test.use({ settings });
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));

/** The mails to an address, oldest first. */
function mailsTo(email: string) {
  const folder = join(dataDir, 'mail');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.eml')).sort();
  const mails = names.map((name) => decode(readFileSync(join(folder, name), 'utf8')));
  return mails.filter((text) => text.includes(`To: ${email}`) || text.includes(`To: <${email}>`));
}

/** The code of the newest mail, once there are this many. */
async function codeFor({ email }: User, count = 1) {
  const codes = () => mailsTo(email).flatMap((text) => /@\S+ #(\d{8})/.exec(text)?.[1] ?? []);
  await expect.poll(() => codes().length).toBe(count);
  return codes().at(-1)!;
}

const wrong = (code: string) => (code.startsWith('0') ? '1' : '0') + code.slice(1);

async function beginInPage(ada: User) {
  await ada.open('/register');
  await fillRegistration(ada);
  await ada.page.getByRole('button', { name: 'Create account' }).click();
  await expect(ada.page.getByRole('heading', { level: 1 })).toHaveText('Check your email');
}

async function enterCode({ page }: User, code: string) {
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.getByRole('button', { name: 'Create account' }).click();
}

test('Ada registers with the code from the mail, in the page', async ({ page, network, ada }) => {
  await beginInPage(ada);
  const field = page.getByLabel('Code', { exact: true });
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute('autocomplete', 'one-time-code');
  await expect(field).toHaveAttribute('inputmode', 'numeric');
  await expect(page.getByText(ada.email)).toBeVisible();
  await expect(page).toHaveTitle(/^Check your email/);
  await ada.expectUrl('/register');
  const code = await codeFor(ada);
  await enterCode(ada, ` ${code.slice(0, 4)}-${code.slice(4)} `);
  await ada.expectAccountPage();
  expect(network.requests('POST', '/register')).toEqual([]);
});

test('a wrong code is an error of its field, and an empty one is not sent', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await beginInPage(ada);
  const field = page.getByLabel('Code', { exact: true });
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(field).toHaveAccessibleDescription('Enter the code from the mail.');
  expect(network.requests('POST', '/api/auth/register/confirm')).toEqual([]);

  const code = await codeFor(ada);
  await enterCode(ada, wrong(code));
  await expect(field).toHaveAccessibleDescription(/incorrect or has expired.*4 more times/);
  await expect(field).toBeFocused();
  await expectAccessible(page);
  await enterCode(ada, code);
  await ada.expectAccountPage();
});

test('a new code can be requested, and another email entered', async ({ page, browserErrors, ada }) => {
  test.slow(); // The first code is thirty seconds old.
  browserErrors.allow(NETWORK_ERROR);
  await beginInPage(ada);
  const first = await codeFor(ada);
  await page.getByRole('button', { name: 'Send a new code' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Try again in' })).toBeVisible();

  await page.getByRole('button', { name: 'Use another email' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Create account');
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(ada.name);
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Check your email');
  const second = await codeFor(ada, 2);
  expect(second).not.toBe(first);

  await page.waitForTimeout(31_000);
  await page.getByRole('button', { name: 'Send a new code' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'A new mail is on its way.' })).toBeVisible();
  await codeFor(ada, 3);
  // The one before stays valid.
  await enterCode(ada, second);
  await ada.expectAccountPage();
});

test('an address with an account looks the same, and its owner gets a notice', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  addUser(ada);
  await beginInPage(ada);
  await enterCode(ada, '12345678');
  await expect(page.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(/4 more times/);
  await expect.poll(() => mailsTo(ada.email).length).toBe(1);
  expect(mailsTo(ada.email)[0]).toContain('log in instead');
});

function addUser(user: User) {
  const env = { ...process.env, ...testSettings, DOORWARD_DATA_DIR: dataDir };
  execFileSync(binary, ['user', 'add', user.email, '--name', user.name], { env, input: `${user.password}\n` });
}

/** Invites a user as the operator; returns the link in the mail. */
async function invite({ email }: User, origin: string) {
  const env = { ...process.env, ...testSettings, ...settings, DOORWARD_PUBLIC_URL: origin };
  execFileSync(binary, ['user', 'invite', email, '--role', 'editor', '--yes'], { env });
  const link = () => mailsTo(email).flatMap((text) => /http\S*\/invite\?token=[0-9a-f]{64}/.exec(text)?.[0] ?? []).at(-1);
  // Another process has written it: the server looks once in a while.
  await expect.poll(link).toBeTruthy();
  return link()!;
}

test.describe('with scripts off', () => {
  test.use({ javaScriptEnabled: false });

  test('Ada registers with the code from the mail, on a page without scripts', async ({ page, context, browserErrors, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    await page.goto('/register?next=/sessions');
    await fillRegistration(ada);
    await page.getByRole('button', { name: 'Create account' }).click();
    await ada.expectUrl('/register/code?next=/sessions');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Check your email');
    await expect(page.getByText(ada.email)).toBeVisible();

    const code = await codeFor(ada);
    await enterCode(ada, wrong(code));
    await expect(page.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(/4 more times/);
    await expect(page.getByRole('alert')).toBeFocused();
    await page.getByRole('button', { name: 'Send a new code' }).click();
    await expect(page.getByRole('alert')).toContainText('Try again in');

    await enterCode(ada, code);
    await ada.expectUrl('/sessions');
    expect((await credentialCookies(context)).map(({ name }) => name)).toEqual(['__Host-Http-refresh']);
    await page.goto('/register/code');
    await ada.expectUrl('/account');
  });

  test('the page without a registration leads to the form', async ({ page, ada }) => {
    await page.goto('/register/code');
    await ada.expectUrl('/register');
  });

  test('an invitation creates the account', async ({ page, context, server, browserErrors, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    const link = await invite(ada, server.origin);
    await page.goto(link);
    await expect(page.getByText(ada.email)).toBeVisible();
    await page.getByLabel('Name', { exact: true }).fill(ada.name);
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/at least 15 characters/);
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue(ada.name);
    await page.getByLabel('Password', { exact: true }).fill(ada.password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await ada.expectUrl('/account');
    expect(await credentialCookies(context)).toHaveLength(1);
    await page.goto(link);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Invitation not valid');
  });
});

test('the page of an invitation is accessible', async ({ page, server, ada }) => {
  await page.goto(await invite(ada, server.origin));
  await expect(page.getByText(ada.email)).toBeVisible();
  await expectToFit(page, 'the page of an invitation');
  await expectAccessible(page);
});

test('the pages fit into a window of 320 px', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(WASM_ERROR);
  await page.setViewportSize({ width: 320, height: 640 });
  await beginInPage(ada);
  await expectToFit(page, 'the code, in the page');
  await expectAccessible(page);
  await page.route('**/*.wasm', (route) => route.abort());
  await openMarkup(page, '/register');
  await fillRegistration(ada);
  await page.getByRole('button', { name: 'Create account' }).click();
  await ada.expectUrl('/register/code');
  await expectToFit(page, 'the code, on a page without scripts');
  await expectAccessible(page);
});

test('under memory-only the code is typed in the page, and no cookie holds anything', async ({ page, context, server, network, ada }) => {
  await server.restart({ ...settings, DOORWARD_POLICY: 'memory-only' });
  await beginInPage(ada);
  await enterCode(ada, await codeFor(ada));
  await ada.expectAccountPage();
  expect(await credentialCookies(context)).toEqual([]);
  expect(network.requests('POST', '/register')).toEqual([]);
  await page.reload();
  await expect(page).toHaveURL(/\/login/);
  await server.restart(settings);
});

test('a closed registration has no form and no link to it', async ({ page, server, ada }) => {
  await server.restart({ ...settings, DOORWARD_REGISTRATION: 'invite' });
  await ada.open('/register');
  await expect(page.getByText('by invitation only')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Create account' })).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Log in' }).click();
  await ada.expectUrl('/login');
  await expect(page.getByRole('link', { name: 'Create account' })).toHaveCount(0);
  await server.restart(settings);
});
