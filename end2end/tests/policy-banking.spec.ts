// The policy `banking`: one access token is the whole session, here for a minute. How it ends is in reauthentication.spec.ts.

import { expect, test } from './support/test-server';
import { livesInOneTab, worksAsPromised } from './support/policy-suite';

test.use({ settings: { DOORWARD_POLICY: 'banking', DOORWARD_ACCESS_TOKEN_LIFETIME: '60s', DOORWARD_INSPECTOR: 'true' } });

worksAsPromised({ says: 'It is short, and nothing renews it', renewsTokens: false });
livesInOneTab();

// 26
test('no refresh is ever tried, and there is nothing to refresh with', async ({ page, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  await ada.looksAgain(3);
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('online'));
  });
  await page.getByRole('link', { name: 'Inspector' }).click();
  await expect(page.getByText('Nothing renews it, so no refresh is ever tried.')).toBeVisible();
  await page.reload();
  await expect(page).toHaveURL(/\/login/);

  expect(wire.refreshes).toEqual([]);
  expect(wire.seen.filter(({ sent, got }) => /refresh_token|[Cc]ookie/.test(sent + got)).map(({ path }) => path)).toEqual([]);
});
