// The login page: initial focus, and the prefilled email.

import { viewports } from './support/axe';
import { holdWasm, openMarkup } from './support/wasm';
import { expect, test } from './support/test-server';

test('the first field has the focus on arrival, before and after the WebAssembly has started', async ({ page, ada }) => {
  for (const [path, label] of [['/login', 'Email'], ['/register', 'Name']]) {
    await page.unroute('**/*.wasm');
    const startWasm = await holdWasm(page);
    await openMarkup(page, path);
    await expect(page.getByLabel(label, { exact: true })).toBeFocused();
    startWasm();
    await ada.waitForWasm();
    await expect(page.getByLabel(label, { exact: true })).toBeFocused();
  }
});

test('on a link from another page, the first field has the focus', async ({ page, ada }) => {
  await ada.open('/');
  await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
  await expect(page.getByLabel('Email', { exact: true })).toBeFocused();
  await page.getByRole('link', { name: 'Create account' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
});

test.describe('on a phone', () => {
  test.use({ viewport: viewports.phone, hasTouch: true, isMobile: true });

  test('a link from another page opens no keyboard on the screen', async ({ page, ada }) => {
    await ada.open('/');
    await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  });
});

test('after a session that was ended on another device, the email is filled in and the password has the focus', async ({ page, server, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await server.changePasswordOnAnotherDevice(ada);

  await ada.expectLoggedOut('Your password was changed');
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
});

test('after a logout, the form is empty', async ({ page, ada }) => {
  await ada.register();
  await ada.logOut();
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue('');
  await expect(page.getByLabel('Email', { exact: true })).toBeFocused();
});

test('at an IP address, where browsers refuse passkeys, no page offers them', async ({ page, network, ada }) => {
  await ada.open('/login');
  await expect(page.getByRole('button', { name: 'Log in with a passkey' })).toHaveCount(0);
  await ada.register();
  await ada.open('/security');
  await expect(page.getByRole('heading', { name: 'Second step' })).toBeVisible();
  await expect(page.getByText('Add a passkey')).toHaveCount(0);
  expect(network.requests('GET', '/passkeys.js')).toEqual([]);
});
