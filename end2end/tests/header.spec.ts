// The header of the account: the menu of the user, and the list of its sections.

import { respondWith } from './support/faults';
import { expect, NETWORK_ERROR, test, type User } from './support/test-server';

const button = ({ page, name }: User) => page.getByRole('button', { name: `Logged in as ${name}`, exact: true });
const menu = ({ page }: User) => page.locator('#user-menu');

test('the user menu shows name and email, and closes with Escape and with a click beside it', async ({ page, ada }) => {
  await ada.register();
  await ada.open('/sessions');
  await expect(menu(ada)).toBeHidden();

  for (const close of [() => page.keyboard.press('Escape'), () => page.getByRole('heading', { level: 1 }).click()]) {
    await button(ada).focus();
    await page.keyboard.press('Enter');
    await expect(menu(ada).getByText(ada.name)).toBeVisible();
    await expect(menu(ada).getByText(ada.email)).toBeVisible();
    await close();
    await expect(menu(ada)).toBeHidden();
  }
});

test('the user menu shows the name while the server is unreachable', async ({ network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.register();
  await ada.open('/sessions');
  network.inject('/api/account', respondWith(503));

  await button(ada).click();

  await expect(menu(ada).getByText(ada.name)).toBeVisible();
});

test('the header shows the new name after a change', async ({ page, ada }) => {
  await ada.register();
  await ada.changeName();
  await expect(page.getByRole('button', { name: 'Logged in as Ada, Countess of Lovelace', exact: true })).toBeVisible();
});

test.describe('with forced colors', () => {
  test.use({ contextOptions: { forcedColors: 'active' } });

  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
    test(`the current section has a bar that the others have not, at ${viewport.width} px`, async ({ page, ada }) => {
      await page.setViewportSize(viewport);
      await ada.register();
      await ada.open('/activity');
      /** The border that is visible, on a canvas of the system's color. */
      const bar = (name: string) =>
        page.getByRole('navigation').getByRole('link', { name, exact: true }).evaluate((link) => {
          const style = getComputedStyle(link);
          const borders = [[style.borderLeftWidth, style.borderLeftColor], [style.borderBottomWidth, style.borderBottomColor]];
          const canvas = getComputedStyle(document.body).backgroundColor;
          return borders.filter(([width, color]) => width !== '0px' && color !== canvas);
        });
      expect(await bar('Activity')).toHaveLength(1);
      for (const name of ['Account', 'Sessions']) expect(await bar(name), name).toEqual([]);
    });
  }
});
