// Pages work no matter how others change their markup, before the WebAssembly takes them over and after.

import { type Page } from '@playwright/test';
import { foreignChanges } from './support/foreign-changes';
import { holdWasm, openMarkup } from './support/wasm';
import { expect, NETWORK_ERROR, test } from './support/test-server';

test.use({ settings: { DOORWARD_ACCESS_TOKEN_LIFETIME: '60s' } });

const heading = (page: Page) => page.getByRole('heading', { level: 1 });

for (const [name, { change, isBeforeOnly }] of Object.entries(foreignChanges)) {
  /** Opens a page whose markup is changed before the WebAssembly takes it over, and after. */
  const open = async (page: Page, path: string) => {
    await page.unroute('**/*.wasm');
    const startWasm = await holdWasm(page);
    await openMarkup(page, path);
    await page.evaluate(change);
    startWasm();
    await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
    await again(page);
  };
  const again = async (page: Page) => {
    if (!isBeforeOnly) await page.evaluate(change);
  };

  test(`with ${name}, the login shows its errors and logs in`, async ({ page, server, browserErrors, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    await server.registerUser(ada);
    await open(page, '/login');
    await expect(heading(page)).toHaveText('Log in');

    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByRole('alert').filter({ hasText: '2 fields' })).toBeVisible();
    await expect(page.getByLabel('Email', { exact: true })).toHaveAccessibleDescription('Enter your email.');
    await again(page);
    await ada.logIn('not the password at all');
    await expect(page.getByRole('alert').filter({ hasText: 'Incorrect email or password.' })).toBeVisible();
    await expect(page.getByLabel('Email', { exact: true })).toHaveAccessibleDescription('');
    await expect(page.getByText('2 fields')).toHaveCount(0);
    await again(page);

    await ada.logIn();
    await ada.expectAccountPage();
    await expect(heading(page)).toHaveText('Account');
  });

  test(`with ${name}, the registration shows a second error in the place of the first`, async ({ page, browserErrors, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    await open(page, '/register');
    const password = page.getByLabel('Password', { exact: true });
    await page.getByLabel('Name', { exact: true }).fill(ada.name);
    await page.getByLabel('Email', { exact: true }).fill(ada.email);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(password).toHaveAccessibleDescription(/Enter your password/);
    await again(page);
    await password.fill('short');
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(password).toHaveAccessibleDescription(/this password has 5/);
    await expect(page.getByText('Enter your password')).toHaveCount(0);
    await again(page);
    await password.fill(ada.password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await ada.expectAccountPage();
  });

  test(`with ${name}, the account and the pages after it follow`, async ({ page, browserErrors, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    await ada.register();
    await open(page, '/account');
    await ada.expectAccountPage();
    await again(page);

    await page.getByRole('link', { name: 'Sessions', exact: true }).click();
    await expect(heading(page)).toHaveText('Sessions');
    await expect(page.getByText('This device')).toBeVisible();
    await again(page);
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByLabel('Name of this device').fill('Ada’s tablet');
    await again(page);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('main').getByRole('listitem')).toContainText(['Ada’s tablet']);
    await again(page);

    await page.getByRole('link', { name: 'Account', exact: true }).click();
    await expect(heading(page)).toHaveText('Account');
    await ada.expectAccountPage();
    await again(page);
    await ada.changeName();
    await expect(page.getByText('Ada, Countess of Lovelace')).toBeVisible();
    await again(page);
    await page.getByLabel('Current password').fill('not the password at all');
    await page.getByLabel('New password').fill('nine quiet harbors in the rain');
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.getByLabel('Current password')).toHaveAccessibleDescription('Incorrect current password.');
    await again(page);

    await page.getByRole('button', { name: 'Log out', exact: true }).click();
    await expect(heading(page)).toHaveText('Log in');
    await again(page);
    await page.getByRole('link', { name: /Create account/ }).or(page.getByRole('button', { name: 'Log in' })).first().waitFor();
  });
}
