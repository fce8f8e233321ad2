// The sessions page: the list, and naming a device.

import { addSessions, logInOnPhone, sessionsPage } from './support/devices';
import { holdResponse, respondWith } from './support/faults';
import { gate } from './support/gate';
import { expect, test } from './support/test-server';

test('the page lists the sessions of all devices, this one first, with their details', async ({ server, browser, ada }) => {
  await ada.register();
  const phone = await logInOnPhone(ada, browser, server);
  await phone.page.getByRole('link', { name: 'Sessions' }).click();
  const { items, thisDevice } = sessionsPage(phone);

  await expect(phone.page).toHaveTitle('Sessions – Doorward');
  await expect(phone.page.getByRole('link', { name: 'Sessions' })).toHaveAttribute('aria-current', 'page');
  await expect(items).toHaveCount(2);
  await expect(items.nth(0)).toContainText('on iPhone');
  await expect(items.nth(1)).toContainText('Chrome on Windows');
  await expect(thisDevice).toHaveCount(1);
  await expect(thisDevice).toContainText('on iPhone');
  await expect(thisDevice).toContainText('Active now');
  await expect(items.nth(1)).toContainText('127.0.0.1 · now');
  await expect(items.nth(1).getByText('Logged in')).toBeHidden();
  await items.nth(1).getByText('127.0.0.1').click();
  for (const text of ['Device', 'Last used', 'Logged in', 'Ends']) {
    await expect(items.nth(1).getByText(text, { exact: true })).toBeVisible();
  }
  await expect(phone.page.getByText("You'll stay logged in, even")).toHaveCount(1);
  await phone.page.reload();
  await expect(items).toHaveCount(2);
});

test('the page shows when there is no other session', async ({ page, ada }) => {
  await ada.register();
  await ada.open('/sessions');
  const { items, button } = sessionsPage(ada);

  await expect(items).toHaveCount(1);
  await expect(page.getByText('only logged in here')).toBeVisible();
  await expect(button('End all other sessions')).toHaveAttribute('aria-disabled', 'true');
  await expect(button('End all other sessions')).toHaveAccessibleDescription(/only logged in here/);
  await button('End all other sessions').click({ force: true });
  await expect(sessionsPage(ada).dialog).toHaveCount(0);
  await expect(button('Log out everywhere')).toBeVisible();
});

test('Ada names a device and removes the name', async ({ page, ada }) => {
  await ada.register();
  await ada.open('/sessions');
  const { thisDevice, button, nameField, expectStatus } = sessionsPage(ada);
  const name = '<b>Ada’s</b> phone';

  await button('Rename').click();
  await expect(nameField).toBeFocused();
  await nameField.fill(`  ${name} `);
  await button('Save').click();

  await expectStatus(`Renamed to ${name}.`);
  await expect(thisDevice.getByRole('heading')).toHaveText(name);
  await expect(thisDevice).toContainText('Chrome on Windows');
  await expect(thisDevice.locator('b')).toHaveCount(0);
  await expect(button('Rename')).toBeFocused();
  await page.reload();
  await expect(thisDevice.getByRole('heading')).toHaveText(name);

  await button('Rename').click();
  await expect(nameField).toHaveValue(name);
  expect(await page.evaluate(() => getSelection()?.toString())).toBe(name);
  await nameField.fill('');
  await button('Save').click();
  await expectStatus('Name removed.');
  await expect(thisDevice.getByRole('heading')).toHaveText('Chrome on Windows');
});

test('the form offers the present name, which is saved only if it is changed', async ({ network, ada }) => {
  await ada.register();
  await ada.open('/sessions');
  const { thisDevice, button, nameField } = sessionsPage(ada);

  await button('Rename').click();
  await expect(nameField).toHaveValue('Chrome on Windows');
  await button('Save').click();

  await expect(nameField).toBeHidden();
  await expect(button('Rename')).toBeFocused();
  await expect(thisDevice.getByRole('heading')).toHaveText('Chrome on Windows');
  expect(network.recorded.filter(({ method }) => method === 'PATCH')).toEqual([]);
});

test('a name that is too long shows an error at the field, which stays open', async ({ browserErrors, ada }) => {
  browserErrors.allow(/422 .*\/api\/sessions/);
  await ada.register();
  await ada.open('/sessions');
  const { button, nameField } = sessionsPage(ada);

  await button('Rename').click();
  await nameField.fill('a'.repeat(101));
  await button('Save').click();

  await expect(nameField).toHaveAccessibleDescription(/at most 100 characters/);
  await expect(nameField).toBeFocused();
  await button('Cancel').click();
  await expect(nameField).toBeHidden();
  await expect(button('Rename')).toBeFocused();
  await button('Rename').click();
  await expect(nameField).toHaveValue('Chrome on Windows');
});

test('Ada renames a device and ends its session with the keyboard alone', async ({ server, browser, page, ada }) => {
  await ada.register();
  await logInOnPhone(ada, browser, server);
  await ada.open('/sessions');
  const { items, phone, thisDevice, dialog, nameField, dialogButton, button } = sessionsPage(ada);
  const press = (...keys: string[]) => keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());

  await button('Log out everywhere').focus();
  await press('Tab', 'Enter', 'Tab');
  await expect(phone.getByText('Logged in')).toBeVisible();
  await expect(phone.getByRole('button', { name: 'Rename' })).toBeFocused();
  await press('Enter');
  await expect(nameField).toBeFocused();
  await press('Escape');
  await expect(phone.getByRole('button', { name: 'Rename' })).toBeFocused();
  await press('Enter');
  await expect(nameField).toBeFocused();
  await page.keyboard.type('Pocket');
  await press('Enter');
  const pocket = items.filter({ hasText: 'Pocket' });
  await expect(pocket.getByRole('button', { name: 'Rename' })).toBeFocused();

  await press('Tab', 'Enter');
  await expect(dialog).toHaveAccessibleName('End the session on Pocket?');
  await expect(dialogButton('Cancel')).toBeFocused();
  await press('Tab');
  await expect(dialogButton('End session')).toBeFocused();
  await press('Enter');
  await expect(items).toHaveCount(1);
  await expect(thisDevice.getByRole('heading')).toBeFocused();
});

test('the page lists fifty sessions, and the result of an action is in the viewport', async ({ server, page, ada }) => {
  await ada.register();
  await addSessions(ada, server, 49);
  await ada.open('/sessions');
  const { items, expectStatus } = sessionsPage(ada);

  await expect(items).toHaveCount(50);
  await items.nth(40).getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name of this device').fill('The old laptop');
  await page.keyboard.press('Enter');

  await expectStatus('Renamed to The old laptop.');
  await expect(page.getByText('Renamed to')).toBeInViewport();
  await expect(items.nth(40).getByRole('heading')).toHaveText('The old laptop');
  const rowHeight = async () => (await items.nth(20).boundingBox())?.height;
  expect(await rowHeight()).toBeLessThan(70);
  expect(await page.evaluate(() => document.documentElement.scrollHeight), 'the height of the page').toBeLessThan(4_000);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await rowHeight()).toBeLessThan(90);
});

test('a failed load of the sessions shows an error and can be retried', async ({ network, page, browserErrors, ada }) => {
  browserErrors.allow(/503 .*\/api\/sessions/);
  await ada.register();
  network.inject('/api/sessions$', respondWith(503), 1);
  await page.getByRole('link', { name: 'Sessions' }).click();

  await expect(page.getByRole('alert')).toContainText("isn't available right now");
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(sessionsPage(ada).items).toHaveCount(1);
});

test('the list is reloaded when the page becomes visible again', async ({ server, page, ada }) => {
  await ada.register();
  await ada.open('/sessions');
  const { items } = sessionsPage(ada);
  await expect(items).toHaveCount(1);
  await addSessions(ada, server, 1);

  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));

  await expect(items).toHaveCount(2);
});

for (const [path, link] of [['/api/sessions', 'Sessions'], ['/api/activity', 'Activity']]) {
  test(`the response of ${path} may arrive after Ada has left the page`, async ({ page, network, ada }) => {
    await ada.register();
    await ada.expectAccountPage();
    const responseGate = gate();
    network.inject(`${path}$`, holdResponse(responseGate.opened), 1);
    await page.getByRole('link', { name: link, exact: true }).click();
    await expect.poll(() => network.requests('GET', path).length).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'Doorward' }).click();
    await ada.expectUrl('/');

    responseGate.open();
    await page.waitForTimeout(500);
    await page.getByRole('main').getByRole('link', { name: 'Account' }).click();
    await ada.expectAccountPage();
  });
}

test('a late list does not undo what Ada has done in the meantime', async ({ server, page, network, ada }) => {
  await ada.register();
  await addSessions(ada, server, 1);
  await ada.open('/sessions');
  const { items, thisDevice, nameField, dialog, dialogButton } = sessionsPage(ada);
  await expect(items).toHaveCount(2);
  const startReload = async () => {
    const responseGate = gate();
    network.reset();
    network.inject('/api/sessions$', holdResponse(responseGate.opened), 1);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
    await expect.poll(() => network.requests('GET', '/api/sessions').length).toBe(1);
    return async () => {
      responseGate.open();
      await expect.poll(() => network.requests('GET', '/api/sessions')[0].status).toBe(200);
      await page.waitForTimeout(300);
    };
  };

  const finishFirstReload = await startReload();
  await items.nth(1).getByRole('button', { name: 'End session', exact: true }).click();
  await dialogButton('End session').click();
  await expect(dialog).toBeHidden();
  await finishFirstReload();
  await expect(items).toHaveCount(1);

  const finishSecondReload = await startReload();
  await thisDevice.getByRole('button', { name: 'Rename' }).click();
  await nameField.fill('The old lap');
  await finishSecondReload();
  await expect(nameField).toHaveValue('The old lap');
  await expect(nameField).toBeFocused();
});
