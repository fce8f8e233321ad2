// Reauthentication: when a session that cannot be renewed expires, the user logs in again in a dialog over the page.

import { type Page } from '@playwright/test';
import { dropRequest, holdRequest, holdResponse, respondWith } from './support/faults';
import { gate } from './support/gate';
import { fireVisibilityChange, freeze, scrollAfterFrame } from './support/page-lifecycle';
import { expect, NETWORK_ERROR, test, User } from './support/test-server';

test.use({ settings: { DOORWARD_POLICY: 'banking', DOORWARD_ACCESS_TOKEN_LIFETIME: '8s' } });
const TOKEN_LIFETIME = 8_000;

/** The elements of the reauthentication dialog. */
function reauthDialog(page: Page) {
  const dialog = page.getByRole('dialog');
  return {
    dialog,
    email: dialog.getByLabel('Email', { exact: true }),
    password: dialog.getByLabel('Password', { exact: true }),
    button: (name: string) => dialog.getByRole('button', { name, exact: true }),
    expectVisible: () => expect(dialog).toHaveAccessibleName('Your session has ended'),
  };
}

/** Logs in again in the dialog, as the same user. */
async function reauthenticate({ page, password }: User) {
  await reauthDialog(page).password.fill(password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

// Behavior 26.
test('reauthentication keeps typed text, scroll position and focus of the page', async ({ page, network, ada }) => {
  await page.setViewportSize({ width: 900, height: 500 });
  await ada.register();
  await ada.expectAccountPage();
  await ada.typeName();
  await page.getByLabel('New password').fill('half a passw');
  // The warning scrolls what has the focus, so as not to cover it.
  await expect(page.getByRole('region', { name: 'End of the session' })).toBeVisible();
  await scrollAfterFrame(page, 300);
  const scrollPosition = () => page.evaluate(() => scrollY);
  const before = await scrollPosition();
  expect(before).toBeGreaterThan(100);
  const { dialog, email, password, expectVisible } = reauthDialog(page);

  await expectVisible();
  await expect(dialog).toContainText(`Log in again as ${ada.name} to continue.`);
  await expect(email).toHaveValue(ada.email);
  await expect(password).toBeFocused();
  await expect(page.getByText(ada.email)).toBeHidden();
  await expect(page.locator('header')).toBeHidden();
  await page.mouse.wheel(0, 400);
  await reauthenticate(ada);

  await ada.expectAccountPage();
  await expect(ada.nameForm.getByLabel('Name')).toHaveValue('Ada, Countess of Lovelace');
  await expect(page.getByLabel('New password')).toHaveValue('half a passw');
  await expect(page.getByLabel('New password')).toBeFocused();
  expect(await scrollPosition()).toBe(before);
  await ada.nameForm.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Name updated.' })).toBeVisible();
  expect(network.refreshes).toEqual([]);
});

// Behavior 26.
test('a request that was rejected at expiry is sent again after reauthentication', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/fn\//);
  await ada.register();
  await ada.expectAccountPage();
  const { expectVisible } = reauthDialog(page);
  // In flight when the session expires, so it reaches the server after that.
  network.inject('/api/fn/', async (forward) => {
    await expectVisible();
    await page.waitForTimeout(1_000);
    return forward();
  }, 1);
  await ada.changeName();

  await expectVisible();
  await expect.poll(() => network.requests('POST', '/api/fn/').map(({ status }) => status)).toEqual([401]);
  await page.waitForTimeout(500);
  await reauthenticate(ada);

  await expect(page.getByRole('status').filter({ hasText: 'Name updated.' })).toBeVisible();
  await expect(page.getByRole('main').getByText('Ada, Countess of Lovelace')).toBeVisible();
  expect(network.requests('POST', '/api/fn/').map(({ status }) => status)).toEqual([401, 200]);
  expect(network.refreshes).toEqual([]);
});

test('the dialog shows a wrong password, a rate limit and a lost connection', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/auth\/login/, /429 .*\/api\/auth\/login/);
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  await ada.expectAccountPage();
  const { dialog, email, password, button, expectVisible } = reauthDialog(page);
  await expectVisible();

  await button('Log in').click();
  await expect(password).toHaveAccessibleDescription('Enter your password.');
  await password.fill('not the password at all');
  await button('Log in').click();
  await expect(dialog.getByRole('alert')).toContainText('Incorrect email or password.');
  await expect(password).toBeFocused();

  const problem = { type: '', title: 'Too many.', status: 429, code: 'too_many_attempts', retry_after: 90 };
  network.inject('/api/auth/login', respondWith(429, JSON.stringify(problem)), 1);
  await button('Log in').click();
  await expect(dialog.getByRole('alert')).toContainText('Too many attempts. Try again in 90 seconds.');

  network.inject('/api/auth/login', dropRequest, 1);
  await button('Log in').click();
  await expect(dialog.getByRole('alert')).toContainText('Check your connection');
  await expect(email).toHaveValue(ada.email);

  await reauthenticate(ada);
  await ada.expectAccountPage();
});

test('the dialog keeps the keyboard focus, and Escape does not close it', async ({ page, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const { dialog, email, password, button, expectVisible } = reauthDialog(page);
  await expectVisible();
  await expect(password).toBeFocused();

  for (let time = 0; time < 3; time++) await page.keyboard.press('Escape');
  await expect(dialog).toBeVisible();
  await expect(page.locator('header')).toBeHidden();
  for (const next of [button('Show password'), button('Log in'), button('Log out')]) {
    await page.keyboard.press('Tab');
    await expect(next).toBeFocused();
  }
  // The focus may pass through the browser's own controls, but never through the page.
  for (let time = 0; time < 4 && !(await email.evaluate((field) => field === document.activeElement)); time++) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement!.closest('dialog, body')!.tagName)).toMatch(/DIALOG|BODY/);
    expect(await page.evaluate(() => !!document.activeElement!.closest('main, header'))).toBe(false);
  }
  await expect(email).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.type(ada.password);
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await ada.expectAccountPage();
});

test('another user who logs in in the dialog sees no data of Ada, and no request of hers is sent', async ({ server, page, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/fn\//);
  const grace = await server.registerGrace(page);
  await ada.register();
  await ada.expectAccountPage();
  await page.getByLabel('New password').fill('half a passw');
  const { email, password, expectVisible } = reauthDialog(page);
  const requestGate = gate();
  network.inject('/api/fn/', holdRequest(requestGate.opened), 1);
  await ada.changeName();
  await expectVisible();
  requestGate.open();

  await email.fill(grace.email);
  await password.fill(grace.password);
  await page.keyboard.press('Enter');

  await grace.expectAccountPage();
  await expect(page.getByRole('status').filter({ hasText: "You're now logged in as Grace Hopper" })).toBeVisible();
  await expect(page.getByText(ada.email)).toHaveCount(0);
  await expect(page.getByLabel('New password')).toHaveValue('');
  await expect(page.getByRole('main').getByText(grace.name, { exact: true })).toBeVisible();
  await expect(grace.nameForm).toHaveCount(0);
  await page.waitForTimeout(500);
  expect(network.requests('POST', '/api/fn/').filter(({ status }) => status === 200)).toEqual([]);
});

for (const [path, destination] of [['/account', '/login?next=/account'], ['/', '/login?next=/']]) {
  test(`leaving ${path} at expiry leads to the login page with the reason`, async ({ page, network, ada }) => {
    await ada.register();
    await ada.expectAccountPage();
    if (path === '/') await page.getByRole('link', { name: 'Doorward' }).click();
    const { dialog, button, expectVisible } = reauthDialog(page);
    await expectVisible();
    network.reset();

    await button('Log out').click();

    await ada.expectLoggedOut('Your session has expired.');
    await expect(page).toHaveURL(destination);
    await expect(dialog).toHaveCount(0);
    await expect(page.getByLabel('Email', { exact: true })).toHaveValue('');
    await expect(page.getByText(ada.email)).toHaveCount(0);
    await page.waitForTimeout(300);
    expect(network.recorded.filter(({ path }) => path.startsWith('/api/') && path !== '/api/auth/logout')).toEqual([]);
    await ada.logIn();
    await ada.expectUrl(path);
  });
}

test('a confirmation that is open at expiry is still open after reauthentication', async ({ page, ada }) => {
  await ada.register();
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  const confirmation = page.getByRole('dialog', { name: 'Log out everywhere?' });
  await expect(confirmation).toBeVisible();

  await expect(page.getByRole('dialog', { name: 'Your session has ended' })).toBeVisible();
  await expect(confirmation).toBeHidden();
  await page.keyboard.press('Escape');
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.keyboard.press('Enter');

  await expect(confirmation).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('sleep past the session expiry leads to the dialog, which hides the page', async ({ page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const resume = await freeze(page);
  await page.waitForTimeout(TOKEN_LIFETIME + 500);
  network.reset();

  await resume();
  await fireVisibilityChange(page);

  await reauthDialog(page).expectVisible();
  await expect(page.getByText(ada.email)).toBeHidden();
  await page.waitForTimeout(300);
  expect(network.recorded.filter(({ path }) => path.startsWith('/api/') && path !== '/api/sessions/events')).toEqual([]);
  await reauthenticate(ada);
  await ada.expectAccountPage();
});

test('a login in flight shows as busy and is not sent twice', async ({ page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const { button, password, dialog, expectVisible } = reauthDialog(page);
  await expectVisible();
  const responseGate = gate();
  network.inject('/api/auth/login', holdResponse(responseGate.opened));
  await password.fill(ada.password);
  await button('Log in').click();
  await expect(button('Log in')).toHaveAttribute('aria-busy', 'true');
  await button('Log in').dispatchEvent('click');
  responseGate.open();

  await expect(dialog).toHaveCount(0);
  expect(network.requests('POST', '/api/auth/login')).toHaveLength(1);
});
