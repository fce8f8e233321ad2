// Automatic accessibility checks of every page in every state, in both color schemes, on a phone and on a desktop.

import { expectAccessible, viewports } from './support/axe';
import { fillLogin, fillRegistration } from './support/plain-forms-suite';
import { openMarkup, WASM_ERROR } from './support/wasm';
import { guestStates, userStates } from './support/states';
import { expect, test } from './support/test-server';

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [screen, viewport] of Object.entries(viewports)) {
    test.describe(`${colorScheme}, on a ${screen}`, () => {
      test.use({ colorScheme, viewport });

      for (const [visitor, states] of Object.entries({ guests: guestStates, users: userStates })) {
        test(`the pages of ${visitor} are accessible in every state`, async ({ server, network, browserErrors, ada }) => {
          test.slow();
          for await (const state of states({ server, network, browserErrors, ada })) {
            await test.step(state, () => expectAccessible(ada.page));
          }
        });
      }

      test('pages and refused forms without the WebAssembly are accessible', async ({ page, browserErrors, ada }) => {
        browserErrors.allow(WASM_ERROR, /Failed to load resource/);
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
    });
  }
}
