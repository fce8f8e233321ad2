// What is dangerous requires that the user has entered the password a short while ago: a dialog asks for it, over the page.

import { expectAccessible, viewports } from './support/axe';
import { type FaultProxy } from './support/fault-proxy';
import { expect, test, type TestServer, User } from './support/test-server';

test.use({ settings: { DOORWARD_CONFIRM_WITHIN: '1m' } });

test.beforeEach(({ browserErrors }) => {
  // What the server refuses on the way.
  browserErrors.allow(/401 .*\/api\/(admin\/users|auth\/confirm)/);
});

/** The elements of the dialogs, the lower one of which asks whether to disable Grace. */
function elements({ page }: User, grace: User) {
  const list = page.getByRole('main').getByRole('list');
  const item = list.getByRole('listitem').filter({ hasText: grace.email });
  const operation = page.locator('dialog#confirm');
  const dialog = page.getByRole('dialog', { name: "Confirm it's you" });
  return {
    item,
    operation,
    disable: operation.getByRole('button', { name: 'Disable', includeHidden: true }),
    dialog,
    password: dialog.getByLabel('Password', { exact: true }),
    button: (name: string) => dialog.getByRole('button', { name, exact: true }),
    expectStatus: (text: string) => expect(page.getByRole('status').filter({ hasText: text })).toBeVisible(),
  };
}

/** Makes Ada an administrator whose last login was an hour ago, and who wants to disable Grace. */
async function startToDisableGrace(server: TestServer, network: FaultProxy, ada: User) {
  const { page } = ada;
  const grace = await server.registerGrace(page);
  await ada.register();
  server.runCommand('user', 'role', ada.email, '--add', 'admin');
  server.ageProofs();
  await ada.open('/users');
  const found = elements(ada, grace);
  await found.item.getByRole('button', { name: 'Disable' }).click();
  network.reset();
  await found.disable.click();
  await expect(found.dialog).toBeVisible();
  return { ...found, grace };
}

const disablings = (network: FaultProxy) =>
  network.recorded.filter(({ path }) => path.endsWith('/disable')).map(({ status }) => status);

for (const [screen, viewport] of Object.entries(viewports)) {
  test.describe(`on a ${screen}`, () => {
    test.use({ viewport, hasTouch: screen === 'phone', isMobile: screen === 'phone' });

    // Behavior 39.
    test('an administrator confirms with the password, and the user is disabled', async ({ page, server, network, ada }) => {
      const { item, operation, dialog, password, button, expectStatus } = await startToDisableGrace(server, network, ada);
      await expect(password).toBeFocused();
      await expect(dialog).toContainText('Enter your password to continue.');
      await expectAccessible(page);

      await password.fill('wrong horse battery staple');
      await button('Confirm').click();
      await expect(dialog.getByText('Incorrect password.')).toBeVisible();
      await expect(password).toHaveAttribute('aria-invalid', 'true');
      await expect(password).toBeFocused();
      await expectAccessible(page);

      await password.fill(ada.password);
      await page.keyboard.press('Enter');
      await expect(dialog).toHaveCount(0);
      await expectStatus('account has been disabled.');
      await expect(operation).toHaveCount(0);
      await expect(item).toContainText('Disabled');
      await expect(item).toBeFocused();
      // Refused, refused again after one refresh, and repeated once.
      expect(disablings(network)).toEqual([401, 401, 200]);
      expect(network.refreshes).toHaveLength(1);
      await ada.expectUrl('/users');
    });
  });
}

for (const way of ['Cancel', 'Escape']) {
  // Behavior 39.
  test(`${way} changes nothing, and the focus returns`, async ({ page, server, network, ada }) => {
    const { item, operation, disable, dialog, button } = await startToDisableGrace(server, network, ada);

    await (way === 'Escape' ? page.keyboard.press(way) : button(way).click());

    await expect(dialog).toHaveCount(0);
    await expect(operation.getByRole('alert')).toContainText("you didn't confirm that it's you");
    await expect(disable).toBeFocused();
    await operation.getByRole('button', { name: 'Cancel' }).click();
    await expect(item.getByRole('button', { name: 'Disable' })).toBeFocused();
    expect(disablings(network)).toEqual([401, 401]);
    expect(network.requests('POST', '/api/auth/confirm')).toEqual([]);
    // The session continues.
    await page.reload();
    await expect(item).toBeVisible();
  });
}

test('a confirmation counts for what follows within the time', async ({ server, network, ada }) => {
  const { item, dialog, password, button, expectStatus } = await startToDisableGrace(server, network, ada);
  await password.fill(ada.password);
  await button('Confirm').click();
  await expectStatus('account has been disabled.');

  await item.getByRole('button', { name: 'Enable' }).click();

  await expectStatus('can log in again.');
  await expect(dialog).toHaveCount(0);
  expect(network.requests('POST', '/api/auth/confirm')).toHaveLength(1);
});

test('a confirmation in another tab closes the dialog in this one', async ({ server, network, ada }) => {
  const { dialog, expectStatus, grace } = await startToDisableGrace(server, network, ada);
  const tab = await ada.openTab('/users');
  const other = elements(tab, grace);
  await other.item.getByRole('button', { name: 'Disable' }).click();
  await other.disable.click();
  await other.password.fill(ada.password);
  await other.button('Confirm').click();

  await other.expectStatus('account has been disabled.');
  await expect(dialog).toHaveCount(0);
  await expectStatus('account has been disabled.');
  expect(network.requests('POST', '/api/auth/confirm')).toHaveLength(1);
});

test('the fifth wrong password logs out, and the login page shows why', async ({ server, network, ada }) => {
  const { dialog, password, button } = await startToDisableGrace(server, network, ada);
  for (let time = 1; time <= 5; time++) {
    await password.fill(`wrong horse battery staple ${time}`);
    await button('Confirm').click();
    if (time < 5) {
      await expect(dialog.getByText('Incorrect password.')).toBeVisible();
      await expect(button('Confirm')).toHaveAttribute('aria-busy', 'false');
    }
  }
  await ada.expectLoggedOut('too many wrong passwords');
  await expect(dialog).toHaveCount(0);
  expect(disablings(network)).toEqual([401, 401]);
});
