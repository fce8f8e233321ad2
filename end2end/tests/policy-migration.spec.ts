// The operator changes the policy while people are logged in.

import { cookieOf, expect, test } from './support/test-server';

const USUAL = { DOORWARD_POLICY_FOR_ROLE__TELLER: 'banking' };
test.use({ settings: USUAL });

for (const policy of ['server-session', 'memory-only', 'banking']) {
  test(`a change to ${policy} ends a lenient session, and the page says that the rules have changed`, async ({ doorward, complaints, wire, context, ada }) => {
    complaints.allow(/Failed to load resource/);
    await ada.registers();
    await ada.seesTheirAccount();
    expect(await context.cookies()).toHaveLength(1);

    await doorward.restarts({ DOORWARD_POLICY: policy });
    try {
      await ada.looksAgain();
      await ada.isToldWhy('The rules for sessions have changed');
      await expect(ada.page.getByText(ada.email)).toHaveCount(0);

      await ada.opens('/login');
      wire.reset();
      await ada.logsIn();
      await ada.arrivesAt('/account');
      await ada.seesTheirAccount();
    } finally {
      await doorward.restarts(USUAL);
    }
  });
}

test('a change to a more lenient policy lets sessions go on under their own rules', async ({ doorward, context, complaints, ada }) => {
  complaints.allow(/Failed to load resource/);
  await doorward.restarts({ DOORWARD_POLICY: 'server-session' });
  try {
    await ada.registers();
    await ada.seesTheirAccount();
    await doorward.restarts(USUAL);
    await ada.looksAgain();
    await ada.seesTheirAccount();
    expect(await cookieOf(context)).toMatch(/^__Host-Http-session=\w+$/);
  } finally {
    await doorward.restarts(USUAL);
  }
});

test('where only some sessions end with their tab, the login page says so', async ({ page, ada }) => {
  await ada.opens('/login');
  await expect(page.getByText('With some accounts, closing or reloading the tab logs you out.')).toBeVisible();
  await page.reload();
  await ada.isToldWhy('With some accounts, a session lives in one tab alone');
});
