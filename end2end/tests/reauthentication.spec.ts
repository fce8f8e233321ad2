// The end of a session that nothing renews: the person logs in again over the page, and everything is as it was.

import { type Page } from '@playwright/test';
import { expect, FAILED, gate, Person, test } from './support/test-server';
import { freeze, wakes } from './support/fixtures';
import { answerHeld, answers, lostOnTheWay } from './support/fault-proxy';

test.use({ settings: { DOORWARD_POLICY: 'banking', DOORWARD_ACCESS_TOKEN_LIFETIME: '8s' } });
const LIFE = 8_000;

/** The dialog over the page. */
function dialogOf(page: Page) {
  const dialog = page.getByRole('dialog');
  return {
    dialog,
    email: dialog.getByLabel('Email', { exact: true }),
    password: dialog.getByLabel('Password', { exact: true }),
    button: (name: string) => dialog.getByRole('button', { name, exact: true }),
    appears: () => expect(dialog).toHaveAccessibleName('Your session has ended'),
  };
}

/** Logs in over the page, as the person whose page it is. */
async function logsInAgain({ page, password }: Person) {
  await dialogOf(page).password.fill(password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

// 26
test('the page stays as it was: text, scroll position and focus', async ({ page, wire, ada }) => {
  await page.setViewportSize({ width: 900, height: 500 });
  await ada.registers();
  await ada.seesTheirAccount();
  await ada.nameForm.getByLabel('Name').fill('Ada, Countess of Lovelace');
  await page.getByLabel('New password').fill('half a passw');
  await page.evaluate(() => scrollTo(0, 300));
  const scrolled = () => page.evaluate(() => scrollY);
  const before = await scrolled();
  expect(before).toBeGreaterThan(100);
  const { dialog, email, password, appears } = dialogOf(page);

  await appears();
  await expect(dialog).toContainText(`It was the session of ${ada.name}.`);
  await expect(email).toHaveValue(ada.email);
  await expect(password).toBeFocused();
  await expect(page.getByText(ada.email)).toBeHidden();
  await expect(page.locator('header')).toBeHidden();
  await page.mouse.wheel(0, 400);
  await logsInAgain(ada);

  await ada.seesTheirAccount();
  await expect(ada.nameForm.getByLabel('Name')).toHaveValue('Ada, Countess of Lovelace');
  await expect(page.getByLabel('New password')).toHaveValue('half a passw');
  await expect(page.getByLabel('New password')).toBeFocused();
  expect(await scrolled()).toBe(before);
  await ada.nameForm.getByRole('button').click();
  await expect(page.getByRole('status').filter({ hasText: 'Your name is changed' })).toBeVisible();
  expect(wire.refreshes).toEqual([]);
});

// 26
test('what was refused because the time was over is sent once more, after the login', async ({ page, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/fn\//);
  await ada.registers();
  await ada.seesTheirAccount();
  const { appears } = dialogOf(page);
  // On its way when the session ends, and at the server after that.
  wire.meets('/api/fn/', async (server) => {
    await appears();
    await page.waitForTimeout(1_000);
    return server();
  }, 1);
  await ada.changesName();

  await appears();
  await expect.poll(() => wire.requests('POST', '/api/fn/').map(({ status }) => status)).toEqual([401]);
  await page.waitForTimeout(500);
  await logsInAgain(ada);

  await expect(page.getByRole('status').filter({ hasText: 'Your name is changed' })).toBeVisible();
  await expect(page.getByRole('main').getByText('Ada, Countess of Lovelace')).toBeVisible();
  expect(wire.requests('POST', '/api/fn/').map(({ status }) => status)).toEqual([401, 200]);
  expect(wire.refreshes).toEqual([]);
});

test('a wrong password, too many tries and a lost connection are told in the dialog', async ({ page, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/auth\/login/, /429 .*\/api\/auth\/login/);
  complaints.allow(FAILED);
  await ada.registers();
  await ada.seesTheirAccount();
  const { dialog, email, password, button, appears } = dialogOf(page);
  await appears();

  await button('Log in').click();
  await expect(password).toHaveAccessibleDescription('Enter your password.');
  await password.fill('not the password at all');
  await button('Log in').click();
  await expect(dialog.getByRole('alert')).toContainText('do not belong together');
  await expect(dialog.getByRole('alert')).toBeFocused();

  const problem = { type: '', title: 'Too many.', status: 429, code: 'too_many_attempts', detail: 'Try again in 90 seconds.' };
  wire.meets('/api/auth/login', answers(429, JSON.stringify(problem), { 'retry-after': '90' }), 1);
  await button('Log in').click();
  await expect(dialog.getByRole('alert')).toContainText('Too many tries. Try again in 90 seconds.');

  wire.meets('/api/auth/login', lostOnTheWay, 1);
  await button('Log in').click();
  await expect(dialog.getByRole('alert')).toContainText('check your connection');
  await expect(email).toHaveValue(ada.email);

  await logsInAgain(ada);
  await ada.seesTheirAccount();
});

test('with the keyboard alone: the focus stays in the dialog, and Escape does not close it', async ({ page, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  const { dialog, email, password, button, appears } = dialogOf(page);
  await appears();
  await expect(password).toBeFocused();

  for (let time = 0; time < 3; time++) await page.keyboard.press('Escape');
  await expect(dialog).toBeVisible();
  await expect(page.locator('header')).toBeHidden();
  for (const next of [button('Show password'), button('Log in'), button('Leave this page')]) {
    await page.keyboard.press('Tab');
    await expect(next).toBeFocused();
  }
  // Through the browser's own controls, where there are any, and in again: never onto the page.
  for (let time = 0; time < 4 && !(await email.evaluate((field) => field === document.activeElement)); time++) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement!.closest('dialog, body')!.tagName)).toMatch(/DIALOG|BODY/);
    expect(await page.evaluate(() => !!document.activeElement!.closest('main, header'))).toBe(false);
  }
  await expect(email).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.type(ada.password);
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await ada.seesTheirAccount();
});

test('somebody else who logs in over the page sees nothing of Ada, and nothing of hers is sent', async ({ doorward, page, wire, complaints, ada }) => {
  complaints.allow(/401 .*\/api\/fn\//);
  const grace = await doorward.grace(page);
  await ada.registers();
  await ada.seesTheirAccount();
  await page.getByLabel('New password').fill('half a passw');
  const { email, password, appears } = dialogOf(page);
  const late = gate();
  wire.meets('/api/fn/', async (server) => {
    await late.opened;
    return server();
  }, 1);
  await ada.changesName();
  await appears();
  late.open();

  await email.fill(grace.email);
  await password.fill(grace.password);
  await page.keyboard.press('Enter');

  await grace.seesTheirAccount();
  await expect(page.getByRole('status').filter({ hasText: 'you are now logged in as Grace Hopper' })).toBeVisible();
  await expect(page.getByText(ada.email)).toHaveCount(0);
  await expect(page.getByLabel('New password')).toHaveValue('');
  await expect(grace.nameForm.getByLabel('Name')).toHaveValue(grace.name);
  await page.waitForTimeout(500);
  expect(wire.requests('POST', '/api/fn/').filter(({ status }) => status === 200)).toEqual([]);
});

for (const [path, arrives] of [['/account', '/login?next=/account'], ['/', '/login?next=/']]) {
  test(`Ada leaves ${path}, and the login page says why`, async ({ page, wire, ada }) => {
    await ada.registers();
    await ada.seesTheirAccount();
    if (path === '/') await page.getByRole('link', { name: 'Doorward' }).click();
    const { dialog, button, appears } = dialogOf(page);
    await appears();
    wire.reset();

    await button('Leave this page').click();

    await ada.isToldWhy('Your session reached its end.');
    await expect(page).toHaveURL(arrives);
    await expect(dialog).toHaveCount(0);
    await expect(page.getByLabel('Email', { exact: true })).toHaveValue('');
    await expect(page.getByText(ada.email)).toHaveCount(0);
    await page.waitForTimeout(300);
    expect(wire.seen.filter(({ path }) => path.startsWith('/api/') && path !== '/api/auth/logout')).toEqual([]);
    await ada.logsIn();
    await ada.arrivesAt(path);
  });
}

test('a question that is open when the session ends is still there after the login', async ({ page, ada }) => {
  await ada.registers();
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  const question = page.getByRole('dialog', { name: 'Log out everywhere?' });
  await expect(question).toBeVisible();

  await expect(page.getByRole('dialog', { name: 'Your session has ended' })).toBeVisible();
  await expect(question).toBeHidden();
  await page.keyboard.press('Escape');
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.keyboard.press('Enter');

  await expect(question).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('sleep past the end leads to the dialog, and nothing of the page is to be seen on waking', async ({ page, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  const thaw = await freeze(page);
  await page.waitForTimeout(LIFE + 500);
  wire.reset();

  await thaw();
  await wakes(page);

  await dialogOf(page).appears();
  await expect(page.getByText(ada.email)).toBeHidden();
  await page.waitForTimeout(300);
  expect(wire.seen.filter(({ path }) => path.startsWith('/api/') && path !== '/api/sessions/events')).toEqual([]);
  await logsInAgain(ada);
  await ada.seesTheirAccount();
});

test('a login that is under way is said to be, and sent once', async ({ page, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  const { button, password, dialog, appears } = dialogOf(page);
  await appears();
  const late = gate();
  wire.meets('/api/auth/login', answerHeld(late.opened));
  await password.fill(ada.password);
  await button('Log in').click();
  await expect(button('Log in')).toHaveAttribute('aria-busy', 'true');
  await button('Log in').dispatchEvent('click');
  late.open();

  await expect(dialog).toHaveCount(0);
  expect(wire.requests('POST', '/api/auth/login')).toHaveLength(1);
});
