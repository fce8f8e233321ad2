// The policy `banking`: one access token, here of one minute, is the whole session. Its expiry: reauthentication.spec.ts.

import { testFormsThatWait } from './support/plain-forms-suite';
import { testPolicy, testTabBoundSession } from './support/policy-suite';
import { expect, test } from './support/test-server';

test.use({ settings: { DOORWARD_POLICY: 'banking', DOORWARD_ACCESS_TOKEN_LIFETIME: '60s', DOORWARD_INSPECTOR: 'true' } });

testPolicy({ summary: 'This is a short session.', renewsTokens: false });
testTabBoundSession();
testFormsThatWait();

// Behavior 26.
test('a banking session never refreshes and has no refresh credential', async ({ page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await ada.revisitAccount(3);
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('online'));
  });
  await page.getByRole('link', { name: 'Inspector' }).click();
  await expect(page.getByText('It cannot be refreshed.')).toBeVisible();
  await page.reload();
  await expect(page).toHaveURL(/\/login/);

  expect(network.refreshes).toEqual([]);
  const recorded = network.recorded.filter(({ path }) => !path.startsWith('/pkg/'));
  expect(recorded.filter(({ requestText, responseText }) => /refresh_token|__Host-Http-(refresh|session)/.test(requestText + responseText)).map(({ path }) => path)).toEqual([]);
});
