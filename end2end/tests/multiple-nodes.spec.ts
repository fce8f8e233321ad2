// Two nodes on one Postgres behind one address: a session ended through one node shows as ended through the other.

import { devices } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { FaultProxy } from './support/fault-proxy';
import { expect, test as base, User } from './support/fixtures';
import { ServerProcess } from './support/server-process';

const PHONE = devices['iPhone 15'];

const test = base.extend<object, { site: { origin: string; usedNodes: Set<string> } }>({
  /** The address of both nodes, and the nodes that have received requests. */
  site: [
    async ({}, use) => {
      const database = process.env.TEST_POSTGRES_URL;
      if (!database) throw new Error('Postgres is missing. Run the tests with: .ci/postgres npm test --prefix end2end');
      const proxy = new FaultProxy();
      await proxy.start();
      const settings = {
        DOORWARD_DATABASE_URL: database,
        DOORWARD_PUBLIC_URL: proxy.origin,
        DOORWARD_SECRET: randomBytes(32).toString('hex'),
      };
      const [phoneNode, laptopNode] = [await ServerProcess.start(settings), await ServerProcess.start(settings)];
      const usedNodes = new Set<string>();
      proxy.routeTo(({ headers }) => {
        const { origin } = headers['user-agent'] === PHONE.userAgent ? phoneNode : laptopNode;
        usedNodes.add(origin);
        return origin;
      });
      await use({ origin: proxy.origin, usedNodes });
      await proxy.stop();
      await phoneNode.stop();
      await laptopNode.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ site }, use) => use(site.origin),
});

test('the phone shows within a second that its session was ended on the laptop', async ({ site, page, ada, browser, launchOptions }) => {
  await ada.register();
  const phoneBrowser = await browser.browserType().launch(launchOptions);
  const { defaultBrowserType: _, ...phoneOptions } = PHONE;
  const phone = new User(await phoneBrowser.newPage({ ...phoneOptions, baseURL: site.origin }), ada);
  await phone.open('/login');
  await phone.logIn();
  await phone.expectAccountPage();
  expect(site.usedNodes.size, 'one node for each browser').toBe(2);

  await page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click();
  const item = page.getByRole('listitem').filter({ hasText: 'Safari on iPhone' });
  await item.getByRole('button', { name: 'End session' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
  const start = Date.now();
  await phone.expectLoggedOut(/^This session was ended from Chrome on Windows at \d\d:\d\d\.$/);
  const elapsed = Date.now() - start;

  console.log(`The phone showed the session end after ${elapsed} ms.`);
  // One second, and one more for a slow machine.
  expect(elapsed).toBeLessThan(2_000);
  await expect(phone.page.getByText(ada.email)).toHaveCount(0);
  await expect(item).toHaveCount(0);
  await phoneBrowser.close();
});
