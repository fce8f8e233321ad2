// Automatic accessibility checks of every page, in both color schemes, on a phone and on a desktop.

import { expectAccessible, viewports } from './support/axe';
import { expect, test } from './support/fixtures';
import { fillLogin, fillRegistration } from './support/plain-forms-suite';
import { openMarkup, PROGRAM_ERROR } from './support/program';

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [screen, viewport] of Object.entries(viewports)) {
    test.describe(`${colorScheme}, on a ${screen}`, () => {
      test.use({ colorScheme, viewport });

      test('public pages are accessible', async ({ page, browserErrors, ada }) => {
        browserErrors.allow(/404 .*\/nowhere/);
        for (const path of ['/', '/login', '/register', '/nowhere']) {
          await ada.open(path);
          await expectAccessible(page);
        }
      });

      test('forms with errors are accessible', async ({ page, ada }) => {
        for (const [path, button] of [['/login', 'Log in'], ['/register', 'Create account']]) {
          await ada.open(path);
          await page.getByRole('button', { name: button }).click();
          await expect(page.getByRole('alert')).toContainText('fields');
          await expectAccessible(page);
        }
      });

      test('pages and refused forms without the program are accessible', async ({ page, browserErrors, ada }) => {
        browserErrors.allow(PROGRAM_ERROR, /Failed to load resource/);
        await page.route('**/*.wasm', (route) => route.abort());
        for (const [path, fill] of [['/login', fillLogin], ['/register', fillRegistration]] as const) {
          await openMarkup(page, path);
          await fill(ada);
          await page.getByLabel('Password', { exact: true }).fill('short');
          await page.getByRole('main').locator('form button:not([type=button])').click();
          await expect(page.getByText(path === '/login' ? 'Incorrect email or password.' : 'this password has 5')).toBeVisible();
          await expect(page.getByText('Part of this page failed to load.')).toBeVisible();
          await expectAccessible(page);
        }
        await page.getByLabel('Password', { exact: true }).fill(ada.password);
        await page.getByRole('button', { name: 'Create account' }).click();
        await ada.expectUrl('/account');
        await expect(page.getByText('Part of this page failed to load.')).toBeVisible();
        await expectAccessible(page);
      });

      test('pages of a logged-in user are accessible', async ({ page, ada }) => {
        await ada.register();
        await ada.expectAccountPage();
        await expectAccessible(page);
        await ada.open('/');
        await expect(page.getByText(ada.name)).toBeVisible();
        await expectAccessible(page);
        await ada.logOut();
        await expectAccessible(page);
      });

      test('the sessions page with its form and dialog, and the activity page, are accessible', async ({ page, ada }) => {
        await ada.register();
        await page.getByRole('link', { name: 'Sessions' }).click();
        const rename = page.getByRole('button', { name: 'Rename' });
        await expect(rename).toBeVisible();
        await expectAccessible(page);
        await rename.click();
        await page.getByLabel('Name of this device').fill('Ada’s-device-with-a-name-that-has-no-space-in-it-'.repeat(2));
        await expectAccessible(page);
        await page.getByRole('button', { name: 'Save' }).click();
        await expect(rename).toBeVisible();
        await expectAccessible(page);
        await page.getByRole('button', { name: 'End session' }).click();
        await expect(page.getByRole('dialog')).toBeVisible();
        await expectAccessible(page);
        await page.keyboard.press('Escape');
        await page.getByRole('link', { name: 'Activity' }).click();
        await expect(page.getByText('You created your account')).toBeVisible();
        await expectAccessible(page);
      });
    });
  }
}
