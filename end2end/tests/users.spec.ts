// The page of people: for administrators, and for whoever only knows its address.

import { execFileSync } from 'node:child_process';
import { expectAccessible } from './support/axe';
import { expect, test } from './support/fixtures';
import { binary } from './support/server-binary';

/** What the operator does, beside the server that all tests share. */
function operator(...words: string[]) {
  execFileSync(binary, words, { env: { ...process.env, DOORWARD_DATA_DIR: 'test-results/data' } });
}

test('an administrator sees everybody', async ({ page, ada }) => {
  await ada.register();
  operator('user', 'role', ada.email, '--add', 'admin');
  await page.reload();

  await page.getByRole('link', { name: 'Users' }).click();

  const hers = page.getByRole('listitem').filter({ hasText: ada.email });
  await expect(hers).toContainText('admin · 1 session');
  await expectAccessible(page);
});

test('somebody else is told what it takes, and is not shown the way', async ({ page, ada, browserErrors }) => {
  browserErrors.expect(/403 .*\/api\/admin\/users/);
  await ada.register();
  await ada.expectAccountPage();
  await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(0);

  await ada.open('/users');

  await expect(page.getByRole('alert').filter({ hasText: 'Only administrators can see this.' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0);
  await expect(page.getByRole('listitem').filter({ hasText: '@example.com' })).toHaveCount(0);
});
