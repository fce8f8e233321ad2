// A user's way through the product under each policy, on Postgres.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from './support/fixtures';
import { expect, TestServer, User } from './support/test-server';
import { NEW_PASSWORD } from './support/user';

const TOKEN_LIFETIMES = { banking: '1m', 'memory-only': '5s', retention: '5s', 'server-session': '5s' };

/** Creates a schema for one test; returns its URL. */
function freshSchema() {
  const database = process.env.TEST_POSTGRES_URL;
  if (!database) throw new Error('Postgres is missing. Run the tests with: .ci/postgres npm test --prefix end2end');
  const schema = `e2e_${randomBytes(4).toString('hex')}`;
  execFileSync('psql', ['--quiet', '--dbname', database, '--command', `create schema ${schema}`]);
  return `${database}?options=-csearch_path%3D${schema}`;
}

for (const [policy, tokenLifetime] of Object.entries(TOKEN_LIFETIMES)) {
  test(`under ${policy}, Ada registers, stays beyond her token, changes her password, logs out and logs in again`, async ({ browser }) => {
    const doorward = await TestServer.start({
      DOORWARD_DATABASE_URL: freshSchema(),
      DOORWARD_POLICY: policy,
      DOORWARD_ACCESS_TOKEN_LIFETIME: tokenLifetime,
    });
    const context = await browser.newContext({ baseURL: doorward.origin });
    const ada = new User(await context.newPage());
    await ada.register();
    await ada.expectAccountPage();
    await ada.page.waitForTimeout(6_000);

    await ada.changePassword(NEW_PASSWORD);
    await expect(ada.page.getByRole('status').filter({ hasText: 'Password changed.' })).toBeVisible();
    await ada.logOut();
    await ada.logIn(NEW_PASSWORD);
    await ada.expectAccountPage();

    await context.close();
    await doorward.stop();
  });
}
