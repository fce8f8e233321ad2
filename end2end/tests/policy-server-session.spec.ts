// The policy `server-session`: an opaque id in a cookie, and no token anywhere.

import { cookieOf, expect, Person, test } from './support/test-server';
import { isSharedByTabs, worksAsPromised } from './support/policy-suite';
import { silence } from './support/fault-proxy';

test.use({ settings: { DOORWARD_POLICY: 'server-session', DOORWARD_INSPECTOR: 'true' } });

worksAsPromised({ says: 'You stay logged in, also after you close the browser.', cookie: '__Host-Http-session', renewsTokens: false });
isSharedByTabs();

test('no token is on the wire, whatever Ada does', async ({ page, context, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  const cookie = await cookieOf(context);
  await page.reload();
  await ada.seesTheirAccount();
  await ada.changesName();
  await expect(page.getByRole('status').filter({ hasText: 'Your name is changed' })).toBeVisible();
  await page.getByRole('link', { name: 'Inspector' }).click();
  await expect(page.getByText('There is none: a cookie proves each request of this session.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Claims' })).toBeHidden();
  await ada.logsOut();

  const traffic = wire.seen.filter(({ path }) => !path.startsWith('/pkg/'));
  expect(traffic.filter(({ sent, got }) => sent.includes('eyJ') || got?.includes('eyJ')).map(({ path }) => path)).toEqual([]);
  expect(traffic.filter(({ headers }) => headers.authorization)).toEqual([]);
  expect(cookie).toMatch(/^__Host-Http-session=[\w-]{43,}$/);
});

// 18
test('whoever logs in in another tab takes the place of Ada, and her tab says so', async ({ doorward, wire, complaints, ada }) => {
  complaints.allow(/401/);
  wire.meets('/api/sessions/events', silence);
  await ada.registers();
  const left = await ada.opensTab('/account');
  await left.seesTheirAccount();
  const grace = await doorward.grace(ada.page);
  wire.seen = [];

  // A login that no tab hears of, as from a page of another version; the browser attaches its cookie from then on.
  const login = { email: grace.email, password: grace.password };
  await ada.page.evaluate(async (login) => {
    const headers = { 'content-type': 'application/json' };
    await fetch('/api/auth/login', { method: 'POST', headers, body: JSON.stringify(login) });
  }, login);
  await left.changesName();

  await expect(left.page.getByRole('status').filter({ hasText: 'you are now logged in as Grace Hopper' })).toBeVisible();
  await new Person(left.page, { ...grace }).seesTheirAccount();
  await expect(left.page.getByText(ada.email)).toHaveCount(0);
  const changes = wire.requests('POST', '/api/fn/').map(({ status }) => status);
  expect(changes, 'nothing of Ada was done in the name of Grace').toEqual([401]);
});

test('a session that is ended elsewhere is over with the next request, to the millisecond', async ({ doorward, wire, complaints, ada }) => {
  complaints.allow(/401/);
  await ada.registers();
  await ada.seesTheirAccount();
  await doorward.endsSessionsOf(ada);
  await ada.isToldWhy('This session was ended from Firefox on Linux');
  expect(wire.refreshes.filter(({ status }) => status === 200)).toEqual([]);
});
