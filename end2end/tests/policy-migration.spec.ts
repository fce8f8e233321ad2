// A change of the policy while users are logged in.

import { cookieHeader, credentialCookies, expect, test } from './support/test-server';

const DEFAULT_SETTINGS = { DOORWARD_POLICY_FOR_ROLE__TELLER: 'banking' };
test.use({ settings: DEFAULT_SETTINGS });

for (const policy of ['server-session', 'memory-only', 'banking']) {
  test(`a change to ${policy} ends a session of a more lenient policy, and the login page gives the reason`, async ({ server, browserErrors, network, context, ada }) => {
    browserErrors.allow(/Failed to load resource/);
    await ada.register();
    await ada.expectAccountPage();
    expect(await credentialCookies(context)).toHaveLength(1);

    await server.restart({ DOORWARD_POLICY: policy });
    try {
      await ada.revisitAccount();
      await ada.expectLoggedOut('Our session rules have changed.');
      await expect(ada.page.getByText(ada.email)).toHaveCount(0);

      await ada.open('/login');
      network.reset();
      await ada.logIn();
      await ada.expectUrl('/account');
      await ada.expectAccountPage();
    } finally {
      await server.restart(DEFAULT_SETTINGS);
    }
  });
}

test('a change to a more lenient policy keeps sessions under the policy that they started with', async ({ server, context, browserErrors, ada }) => {
  browserErrors.allow(/Failed to load resource/);
  await server.restart({ DOORWARD_POLICY: 'server-session' });
  try {
    await ada.register();
    await ada.expectAccountPage();
    await server.restart(DEFAULT_SETTINGS);
    await ada.revisitAccount();
    await ada.expectAccountPage();
    expect(await cookieHeader(context)).toMatch(/^__Host-Http-session=\w+$/);
  } finally {
    await server.restart(DEFAULT_SETTINGS);
  }
});

test('the login page shows that some sessions end with their tab, if roles have different policies', async ({ page, ada }) => {
  await ada.open('/login');
  await expect(page.getByText('For some accounts, reloading or closing the tab logs you out.')).toBeVisible();
  await page.reload();
  await ada.expectLoggedOut('For some accounts, reloading or leaving the page logs you out.');
});
