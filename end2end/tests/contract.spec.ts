// Every page, driven by the accessible names of its controls alone, as other people's tests do. Each name is that of one element, without
// regard to the structure of the page.

import { type Page } from '@playwright/test';
import { logInOnPhone } from './support/devices';
import { expect, test } from './support/test-server';

const NEW_PASSWORD = 'nine quiet harbors in the rain';

/** What every page has: one heading and one navigation, where users log out. */
async function expectPage(page: Page, path: string, heading: string, { isLoggedIn = true } = {}) {
  await expect(page).toHaveURL(path);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
  await expect(page.getByRole('navigation')).toHaveCount(1);
  await expect(page.getByRole('main')).toHaveCount(1);
  await expect(page.getByRole('navigation').getByRole('button', { name: 'Log out' })).toHaveCount(isLoggedIn ? 1 : 0);
  await expect(page.getByRole('button', { name: 'Log out', exact: true })).toHaveCount(isLoggedIn ? 1 : 0);
}

const open = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click();

test('the names of the contract lead through every page', async ({ page, browser, browserErrors, server, ada }) => {
  browserErrors.allow(/401 .*\/api\/(auth\/login|account\/password)/);
  await page.goto('/');
  await expectPage(page, '/', 'A complete login for Rust web apps', { isLoggedIn: false });
  await expect(page.getByRole('link', { name: 'Log in' })).toBeVisible();
  await page.getByRole('link', { name: 'Create account' }).click();

  await expectPage(page, '/register', 'Create account', { isLoggedIn: false });
  await page.getByLabel('Name').fill(ada.name);
  await page.getByLabel('Email').fill(ada.email);
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Create account' }).click();

  await expectPage(page, '/account', 'Account');
  await expect(page.getByText(ada.email)).toBeVisible();
  await expect(page.getByText(ada.name)).toBeVisible();
  await page.getByLabel('Current password').fill('not the password at all');
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByLabel('Current password')).toHaveAccessibleDescription(/Incorrect current password/);
  await page.getByLabel('Current password').fill(ada.password);
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Password changed.')).toBeVisible();
  ada.password = NEW_PASSWORD;

  const phone = await logInOnPhone(ada, browser, server);
  await open(page, 'Sessions');
  await expectPage(page, '/sessions', 'Sessions');
  const items = page.getByRole('main').getByRole('listitem');
  await expect(items).toHaveCount(2);
  await expect(page.getByText('This device')).toBeVisible();
  await expect(items.first()).toContainText('This device');
  await items.last().getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name of this device').fill('Pocket');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(items.last()).toContainText('Pocket');
  await items.last().getByRole('button', { name: 'End session' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
  await expect(items).toHaveCount(1);
  await phone.expectLoggedOut('This session was ended');
  await phone.logIn();
  await page.reload();
  await expect(items).toHaveCount(2);
  await page.getByRole('button', { name: 'End all other sessions' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End all other sessions' }).click();
  await expect(items).toHaveCount(1);

  await open(page, 'Activity');
  await expectPage(page, '/activity', 'Activity');
  await expect(page.getByText('You created your account')).toBeVisible();

  await page.goto('/');
  await expectPage(page, '/', 'A complete login for Rust web apps');
  await expect(page.getByText(ada.name)).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Account' }).click();
  await expectPage(page, '/account', 'Account');

  await open(page, 'Sessions');
  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Log out everywhere' }).click();
  await expectPage(page, '/login', 'Log in', { isLoggedIn: false });
  await expect(page.getByRole('status').filter({ hasText: 'You have logged out.' })).toBeVisible();
  await page.getByLabel('Email').fill(ada.email);
  await page.getByLabel('Password').fill('not the password at all');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByText('Incorrect email or password.')).toBeVisible();
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expectPage(page, '/account', 'Account');
  await expect(page.getByText(ada.email)).toBeVisible();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expectPage(page, '/login', 'Log in', { isLoggedIn: false });
});

test('an unknown address has a page with one heading and one navigation', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/404 .*\/nowhere/);
  const response = await ada.open('/nowhere');
  expect(response.status()).toBe(404);
  await expectPage(page, '/nowhere', 'Page not found', { isLoggedIn: false });
});

test('the page of an administrator has one heading, one navigation, and every user once', async ({ page, server, ada }) => {
  await ada.register();
  server.runCommand('user', 'role', ada.email, '--add', 'admin');
  await ada.open('/users');
  await expectPage(page, '/users', 'Users');
  await expect(page.getByRole('listitem').filter({ hasText: ada.email })).toHaveCount(1);
});
