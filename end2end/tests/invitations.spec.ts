// Invitations, by administrators on the users page.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectAccessible } from './support/axe';
import { mailsIn } from './support/mails';
import { expectToFit } from './support/reflow';
import { binary, testSettings } from './support/server-binary';
import { expect, NETWORK_ERROR, test, User } from './support/test-server';

const dataDir = mkdtempSync(join(tmpdir(), 'doorward-invitations-'));

// Mails are files in the data directory of this server.
test.use({ settings: { DOORWARD_MAIL: 'folder', DOORWARD_REGISTRATION: 'invite', DOORWARD_DATA_DIR: dataDir } });
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));

const newAddress = () => `grace.${randomBytes(4).toString('hex')}@example.com`;
const button = ({ page }: User, name: string) => page.getByRole('main').getByRole('button', { name, exact: true });
const field = ({ page }: User, label: string | RegExp) => page.getByRole('main').getByLabel(label, { exact: true });

/** The links of the mails to an address, once there are some. */
async function linkFor(email: string) {
  const links = () => mailsIn(dataDir, email).flatMap((text) => /http\S*\/invite\?token=[0-9a-f]{64}/.exec(text)?.[0] ?? []);
  await expect.poll(() => links().length).toBe(1);
  return links()[0];
}

/** Adds Ada as an administrator, who opens the page. */
async function openUsers(ada: User) {
  const env = { ...process.env, ...testSettings, DOORWARD_DATA_DIR: dataDir };
  execFileSync(binary, ['user', 'add', ada.email, '--name', ada.name, '--role', 'admin'], { env, input: `${ada.password}\n` });
  await ada.open('/login?next=/users');
  await ada.logIn();
  await expect(button(ada, 'Invite a user')).toBeVisible();
}

test('an administrator invites a user, who creates the account without scripts', async ({ page, browser, ada }) => {
  await openUsers(ada);
  const email = newAddress();
  await button(ada, 'Invite a user').click();
  await expect(field(ada, 'Email')).toBeFocused();
  await expectAccessible(page);
  await field(ada, 'Email').fill(email);
  await field(ada, 'Roles, separated by spaces (optional)').fill('editor author');
  await page.keyboard.press('Enter');

  await expect(page.getByRole('status').filter({ hasText: 'An invitation is on its way to' })).toContainText(email);
  await expect(button(ada, 'Invite a user')).toBeFocused();
  const context = await browser.newContext({ javaScriptEnabled: false });
  const plain = await context.newPage();
  await plain.goto(await linkFor(email));
  await plain.getByLabel('Name', { exact: true }).fill('Grace Hopper');
  await plain.getByLabel('Password', { exact: true }).fill(ada.password);
  await plain.getByRole('button', { name: 'Create account' }).click();
  await expect(plain).toHaveURL(/\/account$/);
  await context.close();
  await page.reload();
  for (const text of ['Grace Hopper', 'author', 'editor']) {
    await expect(page.getByRole('listitem').filter({ hasText: email })).toContainText(text);
  }
});

test('what is refused is shown at its field, and Cancel closes the form', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await openUsers(ada);
  await button(ada, 'Invite a user').click();
  await button(ada, 'Send invitation').click();
  await expect(field(ada, 'Email')).toHaveAccessibleDescription('Enter your email.');
  await field(ada, 'Email').fill(ada.email);
  await button(ada, 'Send invitation').click();
  await expect(field(ada, 'Email')).toHaveAccessibleDescription(/already/);
  await field(ada, 'Email').fill(newAddress());
  await field(ada, /^Roles/).fill('two/words');
  await button(ada, 'Send invitation').click();
  await expect(field(ada, /^Roles/)).toHaveAccessibleDescription(/A role is a word/);
  await expectAccessible(page);

  await button(ada, 'Cancel').click();

  await expect(field(ada, 'Email')).toHaveCount(0);
  await expect(button(ada, 'Invite a user')).toBeFocused();
});

test('the form fits a narrow window', async ({ page, ada }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await openUsers(ada);
  await button(ada, 'Invite a user').click();
  await expectToFit(page, 'the form to invite a user');
});
