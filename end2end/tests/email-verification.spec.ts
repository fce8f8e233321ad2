// An account from before emails were confirmed: the account page offers to do it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectAccessible } from './support/axe';
import { mailsIn } from './support/mails';
import { expectToFit } from './support/reflow';
import { binary, testSettings } from './support/server-binary';
import { expect, NETWORK_ERROR, test, User } from './support/test-server';

const dataDir = mkdtempSync(join(tmpdir(), 'doorward-verification-'));

// Mails are files in the data directory of this server.
test.use({ settings: { DOORWARD_MAIL: 'folder', DOORWARD_DATA_DIR: dataDir } });
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));

/** The code of the newest mail, once there are this many. */
async function codeFor(email: string, count = 1) {
  const codes = () => mailsIn(dataDir, email).flatMap((text) => /@\S+ #(\d{8})/.exec(text)?.[1] ?? []);
  await expect.poll(() => codes().length).toBe(count);
  return codes().at(-1)!;
}

/** Adds Ada as the operator, with an address that no one has confirmed, and opens the account page. */
async function openAccount(ada: User) {
  const env = { ...process.env, ...testSettings, DOORWARD_DATA_DIR: dataDir };
  execFileSync(binary, ['user', 'add', ada.email, '--name', ada.name], { env, input: `${ada.password}\n` });
  await ada.open('/login');
  await ada.logIn();
  await ada.expectAccountPage();
}

const main = ({ page }: User) => page.getByRole('main');
const button = (ada: User, name: string) => main(ada).getByRole('button', { name, exact: true });
const code = (ada: User) => main(ada).getByLabel('Code', { exact: true });
const offer = (ada: User) => main(ada).getByText('Your email is not confirmed.');

test('Ada confirms the email with the code from the mail', async ({ page, ada }) => {
  await openAccount(ada);
  await expect(offer(ada)).toBeVisible();
  await expectAccessible(page);

  await button(ada, 'Send code').click();
  await expect(code(ada)).toBeFocused();
  await expect(code(ada)).toHaveAttribute('autocomplete', 'one-time-code');
  await expectAccessible(page);
  await code(ada).fill(await codeFor(ada.email));
  await page.keyboard.press('Enter');

  await expect(page.getByRole('status').filter({ hasText: 'Email confirmed.' })).toBeVisible();
  await expect(button(ada, 'Change email')).toBeFocused();
  await expect(offer(ada)).toHaveCount(0);
  await page.reload();
  await ada.expectAccountPage();
  await expect(offer(ada)).toHaveCount(0);
});

test('a wrong code is an error of its field, and Escape returns to the offer', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await openAccount(ada);
  await button(ada, 'Send code').click();
  const sent = await codeFor(ada.email);
  await code(ada).fill((sent.startsWith('0') ? '1' : '0') + sent.slice(1));
  await button(ada, 'Confirm').click();
  await expect(code(ada)).toHaveAccessibleDescription(/incorrect or has expired.*4 more times/);

  await code(ada).press('Escape');

  await expect(offer(ada)).toBeVisible();
  await button(ada, 'Send code').click();
  await code(ada).fill(await codeFor(ada.email, 2));
  await button(ada, 'Confirm').click();
  await expect(offer(ada)).toHaveCount(0);
});

test('the offer gives way to a change of the email, and fits a narrow window', async ({ page, ada }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await openAccount(ada);
  await expectToFit(page, 'the offer');
  await button(ada, 'Send code').click();
  await expect(code(ada)).toBeVisible();
  await expectToFit(page, 'the form for the code');

  await button(ada, 'Change email').click();

  await expect(code(ada)).toHaveCount(0);
  await expect(main(ada).getByLabel('New email', { exact: true })).toBeFocused();
  await button(ada, 'Cancel').click();
  await expect(offer(ada)).toBeVisible();
});
