// What every policy has to offer, told for each of them: a spec file of its own has the server run under it.

import { expectNothingStored } from './browser-storage';
import { expect, test, User } from './test-server';

export interface Policy {
  /** What the account page says of it. */
  summary: string;
  /** The cookie that it leaves, if any: then all tabs share the session, and it outlives them. */
  cookie?: string;
  /** Whether it has access tokens that are renewed. */
  renewsTokens: boolean;
}

/** Ada's way through the product, and what is left of her in the browser. */
export function testPolicy({ summary, cookie, renewsTokens }: Policy) {
  const cookies = cookie ? [{ name: cookie, httpOnly: true, secure: true, sameSite: 'Strict', path: '/' }] : [];

  test('Ada registers, stays for a while, changes her password, logs out and logs in again', async ({ page, context, network, ada }) => {
    await ada.register();
    await ada.expectAccountPage();
    await expect(page.getByText(summary)).toBeVisible();
    await expectNothingStored(page);
    expect(await context.cookies()).toMatchObject(cookies);

    await page.getByRole('link', { name: 'Sessions', exact: true }).click();
    await expect(page.getByRole('main').getByRole('listitem')).toContainText(['This device']);
    await expect(page.getByRole('main').getByText(summary)).toBeVisible();
    await page.getByRole('navigation').getByRole('link', { name: 'Account' }).click();
    // Where there is an access token and something to renew it, the token lives for five seconds.
    await page.waitForTimeout(6_000);
    const newPassword = 'nine quiet harbours in the rain';
    await ada.changePassword(newPassword);
    await expect(page.getByRole('status').filter({ hasText: 'Password changed.' })).toBeVisible();
    expect(network.refreshes.length > 0, 'a refresh').toBe(renewsTokens);
    await ada.changeName();
    await expect(page.getByRole('status').filter({ hasText: 'Name updated.' })).toBeVisible();

    await ada.logOut();
    await ada.expectLoggedOut('You have logged out.');
    expect(await context.cookies()).toEqual([]);
    await ada.logIn(newPassword);
    await ada.expectAccountPage();
    await expectNothingStored(page);
  });

  test('the server puts nothing private into its pages, and the browser finds none of it after a logout', async ({ page, network, ada }) => {
    await ada.register();
    await ada.expectAccountPage();
    await page.getByRole('link', { name: 'Doorward' }).click();
    await expect(page.getByText(ada.name)).toBeVisible();
    await ada.logOut();

    for (let step = 0; step < 3; step++) {
      await page.goBack();
      await expect(page.getByText(ada.name)).toHaveCount(0);
      await expect(page.getByText(ada.email)).toHaveCount(0);
    }
    await page.goForward();
    await expect(page.getByText(ada.email)).toHaveCount(0);
    const pages = network.recorded.filter(({ responseText }) => responseText?.includes('text/html'));
    expect(pages.length).toBeGreaterThan(0);
    for (const { responseText } of pages) {
      for (const secret of ['eyJ', ada.email, ada.name]) expect(responseText).not.toContain(secret);
    }
  });

  test('the inspector shows what there is', async ({ page, ada }) => {
    await ada.register();
    await page.getByRole('link', { name: 'Inspector' }).click();
    const main = page.getByRole('main');
    await expect(main.getByText('Session ends')).toBeVisible();
    await expect(main.getByText('Refresh due')).toHaveCount(renewsTokens ? 1 : 0);
    await page.getByRole('button', { name: 'Send a request' }).click();
    await expect(page.getByRole('log')).toContainText('→ 200');
    await expectNothingStored(page);
  });

  test('a device that is called back by its owner knows why it is logged out', async ({ server, browserErrors, ada }) => {
    browserErrors.allow(/401/);
    await ada.register();
    await ada.expectAccountPage();
    await server.endSessionsElsewhere(ada);
    await ada.expectLoggedOut('This session was ended from Firefox on Linux');
  });
}

/** A session that all tabs share. */
export function testSharedSession() {
  test('Ada reloads and stays; another tab has her session, and loses it with this one', async ({ page, ada }) => {
    await ada.register();
    await page.reload();
    await ada.expectAccountPage();
    const other = await ada.openTab('/account');
    await other.expectAccountPage();

    await ada.logOut();

    for (const tab of [ada, other]) await tab.expectLoggedOut('You have logged out.');
    await expect(page.getByText('logs you out')).toHaveCount(0);
  });
}

/** A session that lives and dies with its tab. */
export function testTabBoundSession() {
  const why = 'Reloading or leaving the page logs you out.';

  test('a reload logs out, and the login page says why', async ({ server, page, context, ada }) => {
    await ada.open('/login');
    await expect(page.getByText('You will be logged in on this tab only. Reloading or closing it logs you out.')).toBeVisible();
    await expect(page.getByText(why)).toHaveCount(0);
    await ada.register();
    await ada.expectAccountPage();

    await page.reload();

    await ada.expectLoggedOut(why);
    await expect(page).toHaveURL('/login?next=/account');
    await expect.poll(() => server.countSessions(ada)).toBe(0);
    await expectNothingStored(page);
    expect(await context.cookies()).toEqual([]);
    await ada.logIn();
    await ada.expectAccountPage();
  });

  test('closing the tab logs out, and a new tab says how long one stays', async ({ server, page, ada }) => {
    await ada.register();
    await ada.expectAccountPage();
    const other = await ada.openTab('/account');
    await expect(other.page).toHaveURL('/login?next=/account');
    await expect(other.page.getByText('You will be logged in on this tab only. Reloading or closing it logs you out.')).toBeVisible();
    await expect(other.page.getByText(why)).toHaveCount(0);

    await page.close();

    await expect.poll(() => server.countSessions(ada)).toBe(0);
  });

  test('whoever leaves the site is logged out, and is told so when they come back', async ({ server, page, ada }) => {
    await ada.register();
    await ada.expectAccountPage();
    await page.goto('about:blank');
    await expect.poll(() => server.countSessions(ada)).toBe(0);

    await page.goBack();

    await expect(page.getByText(ada.email)).toHaveCount(0);
    await expect(page).toHaveURL(/\/login/);
    await expect(page.getByRole('status').filter({ hasText: /Reloading or leaving the page|logged out/ })).toBeVisible();
  });

  test('two tabs are two sessions, of two people if need be, and neither hears of the other', async ({ server, page, ada }) => {
    const grace = await server.registerGrace(page);
    await ada.register();
    await ada.expectAccountPage();
    const there = new User((await ada.openTab('/login')).page, { ...grace });
    await there.logIn();
    await there.expectAccountPage();
    await ada.revisitAccount();
    await ada.expectAccountPage();

    await there.logOut();

    await ada.revisitAccount();
    await ada.expectAccountPage();
    expect(await server.countSessions(ada)).toBe(1);
  });
}
