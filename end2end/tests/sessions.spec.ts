// The page of sessions: what it lists, and what it ends, after a question.

import { type Browser } from '@playwright/test';
import { expect, FAILED, gate, Person, test, type Doorward } from './doorward';
import { answerHeld, answers } from './proxy';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

// Whoever is logged out elsewhere hears of it by a refusal.
test.beforeEach(({ complaints }) => complaints.allow(FAILED));

/** Ada's phone, logged in. */
async function phoneOf(ada: Person, browser: Browser, doorward: Doorward) {
  const context = await browser.newContext({ userAgent: IPHONE, baseURL: doorward.origin });
  const phone = new Person(await context.newPage(), ada);
  await phone.opens('/login');
  await phone.logsIn();
  await phone.seesTheirAccount();
  return phone;
}

/** Logs in again, so many times, on devices that are not here. */
async function logsInElsewhere({ email, password }: Person, doorward: Doorward, count: number) {
  for (let time = 0; time < count; time++) {
    const answer = await doorward.asks('POST', '/api/auth/login', { email, password }, { 'user-agent': FIREFOX });
    expect(answer.status).toBe(200);
  }
}

/** What is on the page of sessions. */
function sessionsOf({ page }: Person) {
  const items = page.getByRole('main').getByRole('listitem');
  const dialog = page.getByRole('dialog');
  return {
    items,
    here: items.filter({ hasText: 'This device' }),
    phone: items.filter({ hasText: 'iPhone' }),
    dialog,
    field: page.getByLabel('Name of this device'),
    button: (name: string) => page.getByRole('button', { name, exact: true }),
    answer: (name: string) => dialog.getByRole('button', { name, exact: true }),
    says: (words: string | RegExp) => expect(page.getByRole('status').filter({ hasText: words })).toBeVisible(),
  };
}

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
  for (const words of ['127.0.0.1', 'Logged in', 'Last used', 'Ends', 'You stay logged in on this device']) {
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
  await expect(button('End all other sessions')).toBeHidden();
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

  await says(`This device is now called ${name}.`);
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

test('a name that is too long is refused at the field, and the field stays open', async ({ ada }) => {
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

test('Ada ends the session on her phone, which is told why', async ({ doorward, browser, ada }) => {
  await ada.registers();
  const phone = await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const sessions = sessionsOf(ada);

  await sessions.phone.getByRole('button', { name: 'End session', exact: true }).click();
  await expect(sessions.dialog).toHaveAccessibleName(/^End the session on .* on iPhone\?$/);
  await expect(sessions.dialog).toHaveAccessibleDescription(/logged out at once/);
  await sessions.answer('End session').click();

  await sessions.says(/^The session on .* on iPhone has ended\.$/);
  await expect(sessions.dialog).toBeHidden();
  await expect(sessions.items).toHaveCount(1);
  await expect(sessions.here.getByRole('heading')).toBeFocused();
  await phone.page.reload();
  await phone.isToldWhy('This session was ended from another of your devices.');
});

test('nothing ends when Ada says no', async ({ doorward, browser, wire, page, ada }) => {
  await ada.registers();
  await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const { items, phone, dialog, button, answer } = sessionsOf(ada);

  for (const control of [phone.getByRole('button', { name: 'End session' }), button('End all other sessions'), button('Log out everywhere')]) {
    for (const refuse of [() => answer('Cancel').click(), () => page.keyboard.press('Escape')]) {
      await control.click();
      await expect(dialog).toBeVisible();
      await refuse();
      await expect(dialog).toBeHidden();
      await expect(control).toBeFocused();
    }
  }
  await expect(items).toHaveCount(2);
  expect(wire.seen.filter(({ method }) => method === 'DELETE')).toEqual([]);
});

test('a server that fails is reported in the dialog, and a second try works', async ({ doorward, browser, wire, page, complaints, ada }) => {
  complaints.allow(/503/);
  await ada.registers();
  await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const { items, phone, dialog, answer } = sessionsOf(ada);
  wire.meets('/api/sessions/', answers(503), 1);

  await phone.getByRole('button', { name: 'End session' }).click();
  await answer('End session').click();
  await expect(dialog.getByRole('alert')).toContainText('Please');
  await expect(items).toHaveCount(2);
  await answer('End session').click();

  await expect(dialog).toBeHidden();
  await expect(items).toHaveCount(1);
  await expect(page.locator('body')).not.toBeFocused();
});

test('what is on its way is sent once, and said to be', async ({ doorward, browser, wire, ada }) => {
  await ada.registers();
  await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const { phone, dialog, answer } = sessionsOf(ada);
  const late = gate();
  wire.meets('/api/sessions/', answerHeld(late.opened));

  await phone.getByRole('button', { name: 'End session' }).click();
  await answer('End session').click();
  await expect(answer('End session')).toHaveAttribute('aria-busy', 'true');
  await expect(dialog.getByRole('status')).toHaveText('One moment…');
  await answer('End session').dispatchEvent('click');
  late.open();

  await expect(dialog).toBeHidden();
  expect(wire.seen.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
});

test('a session that has ended meanwhile counts as ended', async ({ doorward, browser, ada }) => {
  await ada.registers();
  const phone = await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const sessions = sessionsOf(ada);
  await expect(sessions.items).toHaveCount(2);
  await phone.logsOut();

  await sessions.phone.getByRole('button', { name: 'End session' }).click();
  await sessions.answer('End session').click();

  await sessions.says(/had ended already/);
  await expect(sessions.items).toHaveCount(1);
});

test('Ada ends her own session, which is a logout', async ({ ada }) => {
  await ada.registers();
  await ada.opens('/sessions');
  const { button, dialog, answer } = sessionsOf(ada);

  await button('End session').click();
  await expect(dialog).toHaveAccessibleDescription(/you will be logged out here/);
  await answer('End session').click();

  await ada.isToldWhy('You have logged out.');
});

test('Ada ends all other sessions, is told which, and stays', async ({ doorward, browser, page, ada }) => {
  await ada.registers();
  const phone = await phoneOf(ada, browser, doorward);
  await logsInElsewhere(ada, doorward, 2);
  await ada.opens('/sessions');
  const { items, button, dialog, answer, says } = sessionsOf(ada);

  await expect(items).toHaveCount(4);
  await button('End all other sessions').click();
  await expect(dialog).toHaveAccessibleDescription(/^3 sessions end at once: Firefox on Linux, Firefox on Linux and .* on iPhone\./);
  await answer('End all other sessions').click();

  await says('3 other sessions have ended.');
  await expect(items).toHaveCount(1);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await phone.page.reload();
  await phone.isToldWhy('This session was ended from another of your devices.');
});

test('Ada logs out everywhere, in every tab of every browser', async ({ doorward, browser, context, ada }) => {
  await ada.registers();
  const phone = await phoneOf(ada, browser, doorward);
  const phoneTabs = await phone.inTabs(2);
  const tabs = await ada.inTabs(2);
  await ada.opens('/sessions');
  const { button, dialog, answer } = sessionsOf(ada);

  await button('Log out everywhere').click();
  await expect(dialog).toHaveAccessibleDescription(/2 sessions end at once/);
  await answer('Log out everywhere').click();

  for (const tab of tabs) await expect(tab.page).toHaveURL(/\/login/);
  await ada.isToldWhy('You have logged out.');
  expect(await context.cookies()).toEqual([]);
  for (const tab of phoneTabs) {
    await tab.page.reload();
    await tab.isToldWhy('This session was ended from another of your devices.');
  }
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

  await says('This device is now called The old laptop.');
  await expect(page.getByText('This device is now called')).toBeInViewport();
  await expect(items.nth(40).getByRole('heading')).toHaveText('The old laptop');
});

test('a list that does not come says so, and can be asked for again', async ({ wire, page, ada }) => {
  await ada.registers();
  wire.meets('/api/sessions', answers(503), 1);
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
