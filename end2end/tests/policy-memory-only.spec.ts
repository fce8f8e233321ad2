// The policy `memory-only`: the refresh token is in the memory of one tab and is sent only to refresh and log out.

import { testFormsThatWait } from './support/plain-forms-suite';
import { testPolicy, testTabBoundSession } from './support/policy-suite';
import { expect, test, waitForTokenExpiry } from './support/test-server';

test.use({ settings: { DOORWARD_POLICY: 'memory-only', DOORWARD_INSPECTOR: 'true' } });

testPolicy({ summary: 'This session is limited to one tab.', renewsTokens: true });
testTabBoundSession();
testFormsThatWait();

const CREDENTIAL_COOKIE = /__Host-Http-(refresh|session)/;

test('the refresh token is only in the login response and in the bodies of refresh and logout', async ({ page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await waitForTokenExpiry();
  await ada.revisitAccount(2);
  await ada.expectAccountPage();
  await page.getByRole('link', { name: 'Inspector' }).click();
  await expect(page.getByText("In this tab's memory, like the access token")).toBeVisible();
  await ada.logOut();

  const { refresh_token: token } = JSON.parse(/{"access_token".*$/s.exec(network.requests('POST', '/api/auth/register')[0].responseText!)![0]);
  expect(token).toMatch(/^eyJ/);
  const sent = network.recorded.filter((seen) => seen.requestText.includes(token));
  expect([...new Set(sent.map(({ method, path }) => `${method} ${path}`))].sort()).toEqual(['POST /api/auth/logout', 'POST /api/auth/refresh']);
  for (const { path, headers } of sent) expect(path + JSON.stringify(headers)).not.toContain(token);
  expect(network.recorded.filter(({ responseText }) => responseText?.includes(token)).map(({ path }) => path)).toEqual(['/api/auth/register']);
  expect(network.refreshes).toHaveLength(1);
  expect(network.recorded.filter(({ headers }) => CREDENTIAL_COOKIE.test(headers.cookie ?? ''))).toEqual([]);
  expect(network.recorded.filter(({ responseText }) => CREDENTIAL_COOKIE.test(responseText ?? ''))).toEqual([]);
});
