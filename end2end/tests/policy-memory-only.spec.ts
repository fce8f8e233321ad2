// The policy `memory-only`: the refresh token is in the memory of one tab, and goes where it is needed and nowhere else.

import { expect, test, tokensEnd } from './support/test-server';
import { livesInOneTab, worksAsPromised } from './support/policy-suite';

test.use({ settings: { DOORWARD_POLICY: 'memory-only', DOORWARD_INSPECTOR: 'true' } });

worksAsPromised({ says: 'It lives in one tab alone', renewsTokens: true });
livesInOneTab();

test('the refresh token is in the answer to a login, and in what a refresh and a logout send', async ({ page, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  await tokensEnd();
  await ada.looksAgain(2);
  await ada.seesTheirAccount();
  await page.getByRole('link', { name: 'Inspector' }).click();
  await expect(page.getByText("In this tab's memory, as the access token is")).toBeVisible();
  await ada.logsOut();

  const { refresh_token: token } = JSON.parse(/{"access_token".*$/s.exec(wire.requests('POST', '/api/auth/register')[0].got!)![0]);
  expect(token).toMatch(/^eyJ/);
  const sent = wire.seen.filter((seen) => seen.sent.includes(token));
  expect([...new Set(sent.map(({ method, path }) => `${method} ${path}`))].sort()).toEqual(['POST /api/auth/logout', 'POST /api/auth/refresh']);
  for (const { path, headers } of sent) expect(path + JSON.stringify(headers)).not.toContain(token);
  expect(wire.seen.filter(({ got }) => got?.includes(token)).map(({ path }) => path)).toEqual(['/api/auth/register']);
  expect(wire.refreshes).toHaveLength(1);
  expect(wire.seen.filter(({ headers }) => headers.cookie)).toEqual([]);
  expect(wire.seen.filter(({ got }) => got?.includes('set-cookie'))).toEqual([]);
});
