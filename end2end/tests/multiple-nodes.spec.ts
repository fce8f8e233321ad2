// Two servers on one Postgres, behind one address, and two browsers: what one of them ends, the other one shows.

import { devices } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { FaultProxy } from './support/fault-proxy';
import { expect, test as base, User } from './support/fixtures';
import { ServerProcess } from './support/server-process';

const PHONE = devices['iPhone 15'];

const test = base.extend<object, { site: { origin: string; usedNodes: Set<string> } }>({
  /** The address of both, and which of them have served somebody. */
  site: [
    async ({}, use) => {
      const database = process.env.TEST_POSTGRES_URL;
      if (!database) throw new Error('There is no Postgres. Run the tests as: .ci/postgres npm test --prefix end2end');
      const proxy = new FaultProxy();
      await proxy.start();
      const settings = {
        DOORWARD_DATABASE_URL: database,
        DOORWARD_PUBLIC_URL: proxy.origin,
        DOORWARD_SECRET: randomBytes(32).toString('hex'),
      };
      const [ofPhones, ofOthers] = [await ServerProcess.start(settings), await ServerProcess.start(settings)];
      const usedNodes = new Set<string>();
      proxy.routeTo(({ headers }) => {
        const { origin } = headers['user-agent'] === PHONE.userAgent ? ofPhones : ofOthers;
        usedNodes.add(origin);
        return origin;
      });
      await use({ origin: proxy.origin, usedNodes });
      await proxy.stop();
      await ofPhones.stop();
      await ofOthers.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ site }, use) => use(site.origin),
});

test('the phone says within a second that its session was ended on the laptop', async ({ site, page, ada, browser, launchOptions }) => {
  await ada.register();
  const pocket = await browser.browserType().launch(launchOptions);
  const { defaultBrowserType: _, ...phone } = PHONE;
  const onPhone = new User(await pocket.newPage({ ...phone, baseURL: site.origin }), ada);
  await onPhone.open('/login');
  await onPhone.logIn();
  await onPhone.expectAccountPage();
  expect(site.usedNodes.size, 'each browser has a node of its own').toBe(2);

  await page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click();
  const item = page.getByRole('listitem').filter({ hasText: 'Safari on iPhone' });
  await item.getByRole('button', { name: 'End session' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
  const then = Date.now();
  await onPhone.expectLoggedOut(/^This session was ended from Chrome on Windows at \d\d:\d\d\.$/);
  const took = Date.now() - then;

  console.log(`The phone says so after ${took} ms.`);
  // A second, and another one for a machine that has other things to do.
  expect(took).toBeLessThan(2_000);
  await expect(onPhone.page.getByText(ada.email)).toHaveCount(0);
  await expect(item).toHaveCount(0);
  await pocket.close();
});
