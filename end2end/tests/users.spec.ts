// The users page, for administrators only.

import { execFileSync } from 'node:child_process';
import { expectAccessible } from './support/axe';
import { expect, test } from './support/fixtures';
import { binary } from './support/server-binary';

/** Runs the command line on the data of the shared server, as an operator does. */
function runCommand(...args: string[]) {
  execFileSync(binary, args, { env: { ...process.env, DOORWARD_DATA_DIR: 'test-results/data' } });
}

test('an administrator sees all users', async ({ page, ada }) => {
  await ada.register();
  runCommand('user', 'role', ada.email, '--add', 'admin');
  await page.reload();

  await page.getByRole('link', { name: 'Users' }).click();

  const item = page.getByRole('listitem').filter({ hasText: ada.email });
  await expect(item).toContainText('admin · 1 session');
  await expectAccessible(page);
});

test('a user who is no administrator sees an explanation and no link to the page', async ({ page, ada, browserErrors }) => {
  browserErrors.allow(/403 .*\/api\/admin\/users/);
  await ada.register();
  await ada.expectAccountPage();
  await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(0);

  await ada.open('/users');

  await expect(page.getByRole('alert').filter({ hasText: 'Only administrators can see this page.' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0);
  await expect(page.getByRole('listitem').filter({ hasText: '@example.com' })).toHaveCount(0);
});
