// Change of the email: the forms on the account page, and the page without scripts that undoes a change.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { expectAccessible } from './support/axe';
import { mailsIn } from './support/mails';
import { expectToFit } from './support/reflow';
import { binary, testSettings } from './support/server-binary';
import { expect, NETWORK_ERROR, test, User } from './support/test-server';
import { NEW_PASSWORD } from './support/user';

const dataDir = mkdtempSync(join(tmpdir(), 'doorward-email-'));

// Mails are files in the data directory of this server.
test.use({ settings: { DOORWARD_MAIL: 'folder', DOORWARD_DATA_DIR: dataDir } });
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));

/** The mails to an address, oldest first. */
const mailsTo = (email: string) => mailsIn(dataDir, email);

/** The code of the newest mail, once there are this many. */
async function codeFor(email: string, count = 1) {
  const codes = () => mailsTo(email).flatMap((text) => /@\S+ #(\d{8})/.exec(text)?.[1] ?? []);
  await expect.poll(() => codes().length).toBe(count);
  return codes().at(-1)!;
}

/** The link of the mail to the address before a change. */
async function undoLink(email: string) {
  const links = () => mailsTo(email).flatMap((text) => /http\S*\/email\/undo\?token=[0-9a-f]{64}/.exec(text)?.[0] ?? []);
  await expect.poll(() => links().length).toBe(1);
  return links()[0];
}

const newAddress = () => `countess.${randomBytes(4).toString('hex')}@example.com`;
const wrong = (code: string) => (code.startsWith('0') ? '1' : '0') + code.slice(1);

/** Adds Ada as the operator, with an address that is proved. */
function addAda(ada: User) {
  const env = { ...process.env, ...testSettings, DOORWARD_DATA_DIR: dataDir };
  const run = (args: string[], input = '') => execFileSync(binary, args, { env, input });
  run(['user', 'add', ada.email, '--name', ada.name], `${ada.password}\n`);
  run(['user', 'verify', ada.email]);
}

async function openAccount(ada: User) {
  addAda(ada);
  await ada.open('/login');
  await ada.logIn();
  await ada.expectAccountPage();
}

const button = ({ page }: User, name: string) => page.getByRole('main').getByRole('button', { name, exact: true });
const field = ({ page }: User, label: string) => page.getByRole('main').getByLabel(label, { exact: true });

/** Asks for a change, and returns the codes of both mails. */
async function askForCodes(ada: User, email: string) {
  await button(ada, 'Change email').click();
  await expect(field(ada, 'New email')).toBeFocused();
  await field(ada, 'New email').fill(email);
  await button(ada, 'Send code').click();
  await expect(field(ada, 'Code')).toBeFocused();
  return { code: await codeFor(email), oldCode: await codeFor(ada.email) };
}

async function changeEmail(ada: User, email: string) {
  const { code, oldCode } = await askForCodes(ada, email);
  await field(ada, 'Code').fill(code);
  await field(ada, 'Code from your old address').fill(oldCode);
  await button(ada, 'Confirm').click();
  await expect(ada.page.getByRole('status').filter({ hasText: 'Email changed.' })).toBeVisible();
}

test('Ada changes the email with the codes from both mails', async ({ page, ada }) => {
  await openAccount(ada);
  const email = newAddress();
  await button(ada, 'Change email').click();
  await expect(field(ada, 'New email')).toHaveAttribute('inputmode', 'email');
  await expectAccessible(page);
  await button(ada, 'Cancel').click();
  await expect(button(ada, 'Change email')).toBeFocused();

  const { code, oldCode } = await askForCodes(ada, email);
  await expect(page.getByText(email)).toBeVisible();
  await expect(field(ada, 'Code')).toHaveAttribute('autocomplete', 'one-time-code');
  await expect(field(ada, 'Code from your old address')).toHaveAttribute('inputmode', 'numeric');
  await expectAccessible(page);
  await field(ada, 'Code').fill(` ${code.slice(0, 4)}-${code.slice(4)} `);
  await field(ada, 'Code from your old address').fill(oldCode);
  await page.keyboard.press('Enter');

  await expect(page.getByRole('status').filter({ hasText: 'Email changed.' })).toBeVisible();
  await expect(button(ada, 'Change email')).toBeFocused();
  await expect(page.getByText(email)).toBeVisible();
  await expect(page.getByText(ada.email)).toHaveCount(0);
  await page.reload();
  await expect(page.getByText(email)).toBeVisible();
});

test('wrong, missing and refused input is shown at its fields, and nothing changes', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await openAccount(ada);
  await button(ada, 'Change email').click();
  await button(ada, 'Send code').click();
  await expect(field(ada, 'New email')).toHaveAccessibleDescription('Enter your email.');
  await field(ada, 'New email').fill(ada.email.toUpperCase());
  await button(ada, 'Send code').click();
  await expect(field(ada, 'New email')).toHaveAccessibleDescription('This is already your email. Enter another one.');
  await button(ada, 'Cancel').click();

  const { code, oldCode } = await askForCodes(ada, newAddress());
  await button(ada, 'Confirm').click();
  for (const label of ['Code', 'Code from your old address']) {
    await expect(field(ada, label)).toHaveAccessibleDescription('Enter the code from the mail.');
  }
  await field(ada, 'Code').fill(wrong(code));
  await field(ada, 'Code from your old address').fill(oldCode);
  await button(ada, 'Confirm').click();
  await expect(page.getByRole('alert').filter({ hasText: /incorrect or has expired.*4 more times/ })).toBeVisible();
  await expectAccessible(page);

  const canceled = page.waitForResponse((response) => response.request().method() === 'DELETE');
  await button(ada, 'Cancel').click();
  expect((await canceled).status()).toBe(204);
  await page.reload();
  await expect(page.getByText(ada.email)).toBeVisible();
});

test('the user confirms with the password when the last proof is old, and the code is sent then', async ({ page, server, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await openAccount(ada);
  server.ageProofs();
  // The token from before has the time of the login.
  await page.reload();
  await ada.expectAccountPage();
  const email = newAddress();
  await button(ada, 'Change email').click();
  await field(ada, 'New email').fill(email);
  await button(ada, 'Send code').click();
  const dialog = page.getByRole('dialog', { name: "Confirm it's you" });
  await dialog.getByLabel('Password', { exact: true }).fill(ada.password);
  await dialog.getByRole('button', { name: 'Confirm', exact: true }).click();

  await expect(dialog).toHaveCount(0);
  await expect(field(ada, 'Code')).toBeVisible();
  await field(ada, 'Code').fill(await codeFor(email));
  await field(ada, 'Code from your old address').fill(await codeFor(ada.email));
  await button(ada, 'Confirm').click();
  await expect(page.getByText(email)).toBeVisible();
});

test('the forms fit a narrow window', async ({ page, ada }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await openAccount(ada);
  await button(ada, 'Change email').click();
  await expectToFit(page, 'the form for the new address');
  await field(ada, 'New email').fill(newAddress());
  await button(ada, 'Send code').click();
  await expect(field(ada, 'Code')).toBeVisible();
  await expectToFit(page, 'the form for the codes');
});

test('the link in the mail to the old address undoes the change without scripts', async ({ browser, page, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await openAccount(ada);
  await changeEmail(ada, newAddress());
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
  const plain = await context.newPage();
  await plain.goto(await undoLink(ada.email));

  await expect(plain.getByRole('heading', { level: 1 })).toHaveText('Your email was changed');
  const restore = plain.getByRole('radio', { name: `Restore ${ada.email[0]}***@example.com` });
  for (const radio of await plain.getByRole('radio').all()) await expect(radio).not.toBeChecked();
  await expectToFit(plain, 'the page of the link');
  await plain.getByRole('button', { name: 'Continue' }).click();
  await expect(plain.getByRole('alert')).toContainText('Choose one of the answers.');
  await restore.check();
  await plain.getByRole('button', { name: 'Continue' }).click();

  await expect(plain).toHaveURL(/\/forgot\?reported$/);
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByRole('status').filter({ hasText: 'a change of your email was undone' })).toBeVisible();
  await plain.getByLabel('Email', { exact: true }).fill(ada.email);
  await plain.getByRole('button', { name: 'Send a link' }).click();
  const links = () => mailsTo(ada.email).flatMap((text) => /http\S*\/reset\?token=[0-9a-f]{64}/.exec(text)?.[0] ?? []);
  await expect.poll(() => links().length).toBe(1);
  await plain.goto(links()[0]);
  await plain.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
  await plain.getByRole('button', { name: 'Set password' }).click();
  await expect(plain).toHaveURL(/\/reset\?done$/);
  await context.close();
});
