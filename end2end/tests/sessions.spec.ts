// The page of sessions: what it lists, and what the person calls it.

import { logsInElsewhere, phoneOf, sessionsOf } from './support/devices';
import { expect, gate, test } from './support/test-server';
import { answerHeld, answers } from './support/fault-proxy';

test('Ada sees every device that she is logged in on, the newest first, and which one is hers', async ({ doorward, browser, ada }) => {
  await ada.registers();
  const phone = await phoneOf(ada, browser, doorward);
  await phone.page.getByRole('link', { name: 'Sessions' }).click();
  const { items, here } = sessionsOf(phone);

  await expect(phone.page).toHaveTitle('Sessions – Doorward');
  await expect(phone.page.getByRole('link', { name: 'Sessions' })).toHaveAttribute('aria-current', 'page');
  await expect(items).toHaveCount(2);
  await expect(items.nth(0)).toContainText('on iPhone');
  await expect(items.nth(1)).toContainText('Chrome on Windows');
  await expect(here).toHaveCount(1);
  await expect(here).toContainText('on iPhone');
  for (const words of ['127.0.0.1', 'Logged in', 'Last used', 'Ends', 'You stay logged in, also']) {
    await expect(items.nth(1)).toContainText(words);
  }
  await phone.page.reload();
  await expect(items).toHaveCount(2);
});

test('the only session is said to be the only one', async ({ page, ada }) => {
  await ada.registers();
  await ada.opens('/sessions');
  const { items, button } = sessionsOf(ada);

  await expect(items).toHaveCount(1);
  await expect(page.getByText('the only place where you are logged in')).toBeVisible();
  await expect(button('End all other sessions')).toHaveAttribute('aria-disabled', 'true');
  await expect(button('End all other sessions')).toHaveAccessibleDescription(/the only place/);
  await button('End all other sessions').click({ force: true });
  await expect(sessionsOf(ada).dialog).toHaveCount(0);
  await expect(button('Log out everywhere')).toBeVisible();
});

test('Ada names a device, and takes the name away again', async ({ page, ada }) => {
  await ada.registers();
  await ada.opens('/sessions');
  const { here, button, field, says } = sessionsOf(ada);
  const name = '<b>Ada’s</b> phone';

  await button('Rename').click();
  await expect(field).toBeFocused();
  await field.fill(`  ${name} `);
  await button('Save').click();

  await says(`The device is now called ${name}.`);
  await expect(here.getByRole('heading')).toHaveText(name);
  await expect(here).toContainText('Chrome on Windows');
  await expect(here.locator('b')).toHaveCount(0);
  await expect(button('Rename')).toBeFocused();
  await page.reload();
  await expect(here.getByRole('heading')).toHaveText(name);

  await button('Rename').click();
  await expect(field).toHaveValue(name);
  await field.fill('');
  await button('Save').click();
  await says('The name is gone.');
  await expect(here.getByRole('heading')).toHaveText('Chrome on Windows');
});

test('a name that is too long is refused at the field, and the field stays open', async ({ complaints, ada }) => {
  complaints.expect(/422 .*\/api\/sessions/);
  await ada.registers();
  await ada.opens('/sessions');
  const { button, field } = sessionsOf(ada);

  await button('Rename').click();
  await field.fill('a'.repeat(101));
  await button('Save').click();

  await expect(field).toHaveAccessibleDescription(/at most 100 characters/);
  await expect(field).toBeFocused();
  await button('Cancel').click();
  await expect(field).toBeHidden();
  await expect(button('Rename')).toBeFocused();
  await button('Rename').click();
  await expect(field).toHaveValue('');
});

test('Ada renames and ends with the keyboard alone', async ({ doorward, browser, page, ada }) => {
  await ada.registers();
  await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const { items, phone, here, dialog, field, answer, button } = sessionsOf(ada);
  const press = (...keys: string[]) => keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());

  await button('Log out everywhere').focus();
  await press('Tab');
  await expect(phone.getByRole('button', { name: 'Rename' })).toBeFocused();
  await press('Enter');
  await expect(field).toBeFocused();
  await press('Escape');
  await expect(phone.getByRole('button', { name: 'Rename' })).toBeFocused();
  await press('Enter');
  await expect(field).toBeFocused();
  await page.keyboard.type('Pocket');
  await press('Enter');
  const pocket = items.filter({ hasText: 'Pocket' });
  await expect(pocket.getByRole('button', { name: 'Rename' })).toBeFocused();

  await press('Tab', 'Enter');
  await expect(dialog).toHaveAccessibleName('End the session on Pocket?');
  await expect(answer('Cancel')).toBeFocused();
  await press('Tab');
  await expect(answer('End session')).toBeFocused();
  await press('Enter');
  await expect(items).toHaveCount(1);
  await expect(here.getByRole('heading')).toBeFocused();
});

test('fifty sessions are listed, and what is done to one of them is in sight', async ({ doorward, page, ada }) => {
  await ada.registers();
  await logsInElsewhere(ada, doorward, 49);
  await ada.opens('/sessions');
  const { items, says } = sessionsOf(ada);

  await expect(items).toHaveCount(50);
  await items.nth(40).getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name of this device').fill('The old laptop');
  await page.keyboard.press('Enter');

  await says('The device is now called The old laptop.');
  await expect(page.getByText('The device is now called')).toBeInViewport();
  await expect(items.nth(40).getByRole('heading')).toHaveText('The old laptop');
});

test('a list that does not come says so, and can be asked for again', async ({ wire, page, complaints, ada }) => {
  complaints.expect(/503 .*\/api\/sessions/);
  await ada.registers();
  wire.meets('/api/sessions$', answers(503), 1);
  await page.getByRole('link', { name: 'Sessions' }).click();

  await expect(page.getByRole('alert')).toContainText('Please');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(sessionsOf(ada).items).toHaveCount(1);
});

test('a device that has come meanwhile is there when Ada looks at the page again', async ({ doorward, page, ada }) => {
  await ada.registers();
  await ada.opens('/sessions');
  const { items } = sessionsOf(ada);
  await expect(items).toHaveCount(1);
  await logsInElsewhere(ada, doorward, 1);

  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));

  await expect(items).toHaveCount(2);
});

for (const [path, link] of [['/api/sessions', 'Sessions'], ['/api/activity', 'Activity']]) {
  test(`an answer of ${path} that comes when Ada has left the page does no harm`, async ({ page, wire, ada }) => {
    await ada.registers();
    await ada.seesTheirAccount();
    const late = gate();
    wire.meets(`${path}$`, answerHeld(late.opened), 1);
    await page.getByRole('link', { name: link }).click();
    await expect.poll(() => wire.requests('GET', path).length).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'Doorward' }).click();
    await ada.arrivesAt('/');

    late.open();
    await page.waitForTimeout(500);
    await page.getByRole('main').getByRole('link', { name: 'Account' }).click();
    await ada.seesTheirAccount();
  });
}

test('a list that comes late undoes nothing that Ada has done meanwhile', async ({ doorward, page, wire, ada }) => {
  await ada.registers();
  await logsInElsewhere(ada, doorward, 1);
  await ada.opens('/sessions');
  const { items, here, field, dialog, answer } = sessionsOf(ada);
  await expect(items).toHaveCount(2);
  const looksAgain = async () => {
    const late = gate();
    wire.reset();
    wire.meets('/api/sessions$', answerHeld(late.opened), 1);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
    await expect.poll(() => wire.requests('GET', '/api/sessions').length).toBe(1);
    return async () => {
      late.open();
      await expect.poll(() => wire.requests('GET', '/api/sessions')[0].status).toBe(200);
      await page.waitForTimeout(300);
    };
  };

  const arrives = await looksAgain();
  await items.first().getByRole('button', { name: 'End session', exact: true }).click();
  await answer('End session').click();
  await expect(dialog).toBeHidden();
  await arrives();
  await expect(items).toHaveCount(1);

  const arrivesAgain = await looksAgain();
  await here.getByRole('button', { name: 'Rename' }).click();
  await field.fill('The old lap');
  await arrivesAgain();
  await expect(field).toHaveValue('The old lap');
  await expect(field).toBeFocused();
});
