// Forms without the WebAssembly, for the spec files of the policies.

import { isTakenOver, obstacles, openMarkup, WASM_ERROR } from './wasm';
import { credentialCookies, expect, NETWORK_ERROR, test, type User } from './test-server';

export async function fillLogin({ page, email, password }: User) {
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
}

export async function fillRegistration(user: User) {
  await user.page.getByLabel('Name', { exact: true }).fill(user.name);
  await fillLogin(user);
}

const FORMS_WORK = 'You can still use the form.';

/** Makes the WebAssembly ten seconds late, on every page. */
const delayWasm = (user: User) =>
  user.page.route('**/*.wasm', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    await route.continue().catch(() => {}); // The page may have been left.
  });

/** The forms work without the WebAssembly, because a cookie stores the session. */
export function testPlainForms() {
  test.describe('with scripts off', () => {
    test.use({ javaScriptEnabled: false });

    test('Ada registers, logs out, and logs in to the page that required it', async ({ page, context, ada }) => {
      await page.goto('/register');
      await fillRegistration(ada);
      await page.getByRole('button', { name: 'Create account' }).click();
      await ada.expectUrl('/account');
      // Playwright's `getByText` leaves this element out.
      await expect(page.locator('noscript p')).toContainText('this page needs JavaScript and WebAssembly');
      await expect(page.locator('noscript p')).toBeVisible();
      expect(await credentialCookies(context)).toHaveLength(1);

      await page.getByRole('button', { name: 'Log out', exact: true }).click();
      await ada.expectUrl('/login');
      expect(await credentialCookies(context)).toEqual([]);

      await page.goto('/sessions?from=mail');
      await ada.expectUrl('/login?next=/sessions?from=mail');
      await fillLogin(ada);
      await page.getByLabel('Password', { exact: true }).press('Enter');
      await ada.expectUrl('/sessions?from=mail');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sessions');
    });

    test('a form that is refused is shown again, with the reason and the email', async ({ page, context, browserErrors, ada }) => {
      browserErrors.allow(NETWORK_ERROR);
      await page.goto('/login?next=/sessions');
      await fillLogin(ada);
      const response = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.getByRole('button', { name: 'Log in' }).click();

      expect((await response).status()).toBe(401);
      await expect(page.getByRole('alert').filter({ hasText: 'Incorrect email or password.' })).toBeVisible();
      await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);
      await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
      await ada.expectUrl('/login?next=/sessions');
      expect(await credentialCookies(context)).toEqual([]);
    });
  });

  test('a form that is submitted ten seconds before the WebAssembly has started logs in', async ({ page, server, ada }) => {
    await server.registerUser(ada);
    await delayWasm(ada);
    await openMarkup(page, '/login');
    await fillLogin(ada);
    await page.getByRole('button', { name: 'Log in' }).click();

    await ada.expectUrl('/account');
    expect(await isTakenOver(page)).toBe(false);
    await ada.expectAccountPage();
  });

  for (const [obstacle, { obstruct, notice }] of Object.entries(obstacles)) {
    test(`Ada logs in and out although ${obstacle}`, async ({ page, server, browserErrors, ada }) => {
      browserErrors.allow(WASM_ERROR);
      await server.registerUser(ada);
      await obstruct(page);
      await openMarkup(page, '/login');
      await expect(page.getByRole('alert').getByText(notice)).toBeVisible();
      await expect(page.getByText(FORMS_WORK)).toBeVisible();

      await fillLogin(ada);
      await page.getByRole('button', { name: 'Log in' }).click();
      await ada.expectUrl('/account');
      await expect(page.getByRole('alert').getByText(notice)).toBeVisible();
      await expect(page.getByText(FORMS_WORK)).toBeHidden();
      await page.getByRole('button', { name: 'Log out', exact: true }).click();
      await ada.expectUrl('/login');
    });
  }

  for (const isLate of [true, false]) {
    test(`a password manager that calls submit() ${isLate ? 'before' : 'after'} the WebAssembly has started logs in`, async ({ page, server, ada }) => {
      await server.registerUser(ada);
      if (isLate) {
        await delayWasm(ada);
        await openMarkup(page, '/login');
      } else {
        await ada.open('/login');
      }
      await fillLogin(ada);
      await page.evaluate(() => document.querySelector<HTMLFormElement>('main form')!.submit());
      await ada.expectAccountPage();
    });
  }
}

/** The forms wait for the WebAssembly, because only a page's memory may hold the credentials. */
export function testFormsThatWait() {
  const reason = "You'll be logged in only in this tab, which needs JavaScript and WebAssembly.";

  test.describe('with scripts off', () => {
    test.use({ javaScriptEnabled: false });

    test('the login form shows its requirement, and starts no session', async ({ page, context, server, browserErrors, ada }) => {
      browserErrors.allow(NETWORK_ERROR);
      await server.registerUser(ada);
      await page.goto('/login');
      await expect(page.locator('noscript p')).toContainText(reason);
      await expect(page.locator('noscript p')).toBeVisible();
      const sessions = await server.countSessions(ada);

      await fillLogin(ada);
      await page.getByRole('button', { name: 'Log in' }).click();
      await expect(page.getByRole('alert').filter({ hasText: reason })).toBeVisible();
      await ada.expectUrl('/login');
      expect(await credentialCookies(context)).toEqual([]);
      expect(await server.countSessions(ada)).toBe(sessions);
    });

    test('the registration form shows its requirement, and creates no account', async ({ page, context, server, browserErrors, ada }) => {
      browserErrors.allow(NETWORK_ERROR);
      await page.goto('/register');
      await expect(page.locator('noscript p')).toContainText(reason);
      await fillRegistration(ada);
      await page.getByRole('button', { name: 'Create account' }).click();
      await expect(page.getByRole('alert').filter({ hasText: reason })).toBeVisible();
      await ada.expectUrl('/register');
      expect(await credentialCookies(context)).toEqual([]);
      // The email is still free.
      await server.registerUser(ada);
    });
  });

  test('a form that is submitted ten seconds before the WebAssembly has started waits, and is sent', async ({ page, server, network, ada }) => {
    await server.registerUser(ada);
    await delayWasm(ada);
    await openMarkup(page, '/login');
    await fillLogin(ada);
    await page.getByRole('button', { name: 'Log in' }).click();

    const notice = page.getByRole('status').filter({ hasText: 'Your form will be sent as soon as' });
    await expect(notice).toBeVisible();
    expect(await isTakenOver(page)).toBe(false);
    await ada.expectAccountPage();
    expect(network.requests('POST', '/login'), 'a form without the WebAssembly').toEqual([]);
    expect(network.requests('POST', '/api/auth/login')).toHaveLength(1);
  });

  test('a password manager that calls submit() before the WebAssembly has started does not mislead', async ({ page, server, browserErrors, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    await server.registerUser(ada);
    await openMarkup(page, '/login');
    await fillLogin(ada);
    await page.evaluate(() => document.querySelector<HTMLFormElement>('main form')!.submit());
    await page.waitForLoadState();
    await ada.waitForWasm();
    await expect(page.getByText(reason), 'scripts and WebAssembly are on').toBeHidden();
    await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);
  });

  for (const [obstacle, { obstruct, notice }] of Object.entries(obstacles)) {
    test(`the page shows a notice if ${obstacle}`, async ({ page, network, browserErrors, ada }) => {
      browserErrors.allow(WASM_ERROR);
      await obstruct(page);
      await openMarkup(page, '/login');
      await expect(page.getByRole('alert').getByText(notice)).toBeVisible();
      await expect(page.getByText(FORMS_WORK)).toBeHidden();

      await fillLogin(ada);
      await page.getByRole('button', { name: 'Log in' }).click();
      await expect(page.getByRole('alert').getByText(notice)).toBeVisible();
      await ada.expectUrl('/login');
      expect(network.requests('POST', '/login').map(({ requestText }) => requestText).join()).not.toContain('otters');
    });
  }
}
