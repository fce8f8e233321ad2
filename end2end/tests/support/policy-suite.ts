// Tests that every policy must pass. The spec file of each policy runs them on a server with that policy.

import { expectNothingStored } from './browser-storage';
import { credentialCookies, expect, test, User } from './test-server';
import { NEW_PASSWORD } from './user';

export interface Policy {
  /** The description on the account page. */
  summary: string;
  /** The cookie that stores the session, if any: all tabs share the session, and it outlives them. */
  cookie?: string;
  /** The session has access tokens that are refreshed. */
  renewsTokens: boolean;
}

/** A user's way through the product, and what it leaves in the browser. */
export function testPolicy({ summary, cookie, renewsTokens }: Policy) {
  const cookies = cookie ? [{ name: cookie, httpOnly: true, secure: true, sameSite: 'Strict', path: '/' }] : [];

  test('Ada registers, stays beyond her token, changes her password, logs out and logs in again', async ({ page, context, network, ada }) => {
    await ada.register();
    await ada.expectAccountPage();
    await expect(page.getByText(summary)).toBeVisible();
    await expectNothingStored(page);
    expect(await credentialCookies(context)).toMatchObject(cookies);

    await page.getByRole('link', { name: 'Sessions', exact: true }).click();
    await expect(page.getByRole('main').getByRole('listitem')).toContainText(['This device']);
    await page.getByRole('main').locator('summary').first().click();
    await expect(page.getByRole('main').getByText(summary)).toBeVisible();
    await page.getByRole('navigation').getByRole('link', { name: 'Account' }).click();
    // Access tokens that can be refreshed expire after five seconds.
    await page.waitForTimeout(6_000);
    await ada.changeName();
    await expect(page.getByRole('status').filter({ hasText: 'Name updated.' })).toBeVisible();
    // Only until the request: after it, the page refreshes in any case, to show the name.
    const paths = network.recorded.map(({ path }) => path);
    const before = paths.slice(0, paths.indexOf('/api/fn/change_name'));
    expect(before.includes('/api/auth/refresh'), 'a refresh').toBe(renewsTokens);
    await ada.changePassword(NEW_PASSWORD);
    await expect(page.getByRole('status').filter({ hasText: 'Password changed.' })).toBeVisible();

    await ada.logOut();
    await ada.expectLoggedOut('You have logged out.');
    expect(await credentialCookies(context)).toEqual([]);
    await ada.logIn(NEW_PASSWORD);
    await ada.expectAccountPage();
    await expectNothingStored(page);
  });

  test('HTML from the server contains no private data, and going back after a logout shows none', async ({ page, network, ada }) => {
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

  test('the inspector shows the session and, if it is refreshed, the refresh', async ({ page, ada }) => {
    await ada.register();
    await page.getByRole('link', { name: 'Inspector' }).click();
    const main = page.getByRole('main');
    await expect(main.getByText('Session ends')).toBeVisible();
    await expect(main.getByText('Refresh due')).toHaveCount(renewsTokens ? 1 : 0);
    await page.getByRole('button', { name: 'Send a request' }).click();
    await expect(page.getByRole('log')).toContainText('→ 200');
    await expectNothingStored(page);
  });

  test('a session that is ended on another device shows the reason', async ({ server, browserErrors, ada }) => {
    browserErrors.allow(/401/);
    await ada.register();
    await ada.expectAccountPage();
    await server.endSessionsOnAnotherDevice(ada);
    await ada.expectLoggedOut('This session was ended from Firefox on Linux');
  });
}

/** A session that all tabs share. */
export function testSharedSession() {
  test('a session survives a reload, and another tab shares it until the logout', async ({ page, ada }) => {
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

/** A session that ends with its tab. */
export function testTabBoundSession() {
  const reason = 'Reloading or leaving the page logs you out.';

  test('a reload logs out, and the login page gives the reason', async ({ server, page, context, ada }) => {
    await ada.open('/login');
    await expect(page.getByText("You'll be logged in only in this tab.")).toBeVisible();
    await expect(page.getByText(reason)).toHaveCount(0);
    await ada.register();
    await ada.expectAccountPage();

    await page.reload();

    await ada.expectLoggedOut(reason);
    await expect(page).toHaveURL('/login?next=/account');
    await expect.poll(() => server.countSessions(ada)).toBe(0);
    await expectNothingStored(page);
    expect(await credentialCookies(context)).toEqual([]);
    await ada.logIn();
    await ada.expectAccountPage();
  });

  test('closing the tab logs out, and a new tab explains that a login is for one tab', async ({ server, page, ada }) => {
    await ada.register();
    await ada.expectAccountPage();
    const other = await ada.openTab('/account');
    await expect(other.page).toHaveURL('/login?next=/account');
    await expect(other.page.getByText("You'll be logged in only in this tab.")).toBeVisible();
    await expect(other.page.getByText(reason)).toHaveCount(0);

    await page.close();

    await expect.poll(() => server.countSessions(ada)).toBe(0);
  });

  test('leaving the site logs out, and going back shows the reason', async ({ server, page, ada }) => {
    await ada.register();
    await ada.expectAccountPage();
    await page.goto('about:blank');
    await expect.poll(() => server.countSessions(ada)).toBe(0);

    await page.goBack();

    await expect(page.getByText(ada.email)).toHaveCount(0);
    await expect(page).toHaveURL(/\/login/);
    await expect(page.getByRole('status').filter({ hasText: /Reloading or leaving the page|logged out/ })).toBeVisible();
  });

  test('two tabs have independent sessions, even of two users', async ({ server, page, ada }) => {
    const grace = await server.registerGrace(page);
    await ada.register();
    await ada.expectAccountPage();
    const otherTab = new User((await ada.openTab('/login')).page, { ...grace });
    await otherTab.logIn();
    await otherTab.expectAccountPage();
    await ada.revisitAccount();
    await ada.expectAccountPage();

    await otherTab.logOut();

    await ada.revisitAccount();
    await ada.expectAccountPage();
    expect(await server.countSessions(ada)).toBe(1);
  });
}
