// Forgotten passwords and "This wasn't me": plain pages, with scripts off, and a robot that scans the links of mails as
// scanners do.

import { type Browser, type Page, request as newRequest } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectAccessible } from './support/axe';
import { decode } from './support/mails';
import { expectToFit } from './support/reflow';
import { binary, testSettings } from './support/server-binary';
import { expect, NETWORK_ERROR, test, User } from './support/test-server';
import { NEW_PASSWORD } from './support/user';

const dataDir = mkdtempSync(join(tmpdir(), 'doorward-recovery-'));

// Mails are files in the data directory of this server.
test.use({ settings: { DOORWARD_MAIL: 'folder', DOORWARD_DATA_DIR: dataDir } });
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));

/** The mails to an address, oldest first. */
function mailsTo(email: string) {
  const folder = join(dataDir, 'mail');
  const names = readdirSync(folder).filter((name) => name.endsWith('.eml')).sort();
  const mails = names.map((name) => ({ name, text: decode(readFileSync(join(folder, name), 'utf8')) }));
  return mails.filter(({ text }) => text.includes(`To: ${email}`) || text.includes(`To: <${email}>`));
}

/** The link of the newest mail that has one to this path. */
async function linkIn(email: string, path: string) {
  const link = () => mailsTo(email).flatMap(({ text }) => new RegExp(`http\\S*${path}\\?token=[0-9a-f]{64}`).exec(text)?.[0] ?? []).at(-1);
  await expect.poll(link).toBeTruthy();
  return link()!;
}

async function askForLink(page: Page, email: string) {
  await page.goto('/forgot');
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByRole('button', { name: 'Send a link' }).click();
  await expect(page).toHaveURL('/forgot?sent');
  await expect(page.getByRole('status')).toContainText('If there\'s an account with this email');
}

/** Adds Ada as the operator, with an address that is proved. */
function addAda(ada: User) {
  const env = { ...process.env, ...testSettings, DOORWARD_DATA_DIR: dataDir };
  const run = (args: string[], input = '') => execFileSync(binary, args, { env, input });
  run(['user', 'add', ada.email, '--name', ada.name], `${ada.password}\n`);
  run(['user', 'verify', ada.email]);
}

/** A scanner of links: opens them with HEAD and GET and in a browser of its own, submits the forms that it finds, and presses every button. */
async function scan(browser: Browser, link: string) {
  const client = await newRequest.newContext();
  for (const method of ['HEAD', 'GET', 'OPTIONS']) await client.fetch(link, { method, failOnStatusCode: false });
  await client.dispose();

  const context = await browser.newContext({ javaScriptEnabled: true });
  const page = await context.newPage();
  await page.goto(link);
  const buttons = await page.getByRole('button').count();
  for (let index = 0; index < buttons; index++) {
    await page.goto(link);
    await page.getByRole('button').nth(index).click();
    await page.waitForLoadState();
  }
  const forms = await page.goto(link).then(() => page.locator('form').count());
  for (let index = 0; index < forms; index++) {
    await page.goto(link);
    await page.locator('form').nth(index).evaluate((form: HTMLFormElement) => form.requestSubmit());
    await page.waitForLoadState();
    await page.goto(link);
    // Without validation.
    await Promise.all([page.waitForNavigation(), page.locator('form').nth(index).evaluate((form: HTMLFormElement) => form.submit())]);
  }
  for (const href of await page.goto(link).then(() => page.locator('a').evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href)))) {
    await page.goto(href);
  }
  await context.close();
}

test.describe('with scripts off', () => {
  test.use({ javaScriptEnabled: false });

  test('Ada sets a new password with the link of a mail and logs in with it', async ({ page, server: _, browserErrors, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    addAda(ada);
    await page.goto('/login');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await askForLink(page, ada.email);

    await page.goto(await linkIn(ada.email, '/reset'));
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Set a new password');
    await expect(page.getByText(`${ada.email[0]}***@example.com`)).toBeVisible();
    const password = page.getByLabel('New password', { exact: true });
    await password.fill('short');
    await page.getByRole('button', { name: 'Set password' }).click();
    await expect(password).toHaveAccessibleDescription(/at least 15 characters; this password has 5/);
    await expect(password).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByRole('alert')).toBeFocused();

    await password.fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Set password' }).click();
    await expect(page).toHaveURL('/reset?done');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your new password is set');
    // Back shows no form: the browser has not stored it.
    await expect(page.goBack()).rejects.toThrow('ERR_CACHE_MISS');
    // The browser may still be on its way to its own page about that.
    await expect.poll(() => page.goto('/login').then(Boolean, () => false)).toBe(true);
    await page.getByLabel('Email', { exact: true }).fill(ada.email);
    await page.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page).toHaveURL('/account');
  });

  test('"This wasn\'t me" ends the session of a stranger and leads to a new password', async ({ page, server, browserErrors, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    addAda(ada);
    const thief = await server.logInOnAnotherDevice(ada);
    await page.goto(await linkIn(ada.email, '/not-me'));
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Was this you?');
    await expect(page.getByText('Firefox on Linux')).toBeVisible();
    for (const answer of await page.getByRole('radio').all()) await expect(answer).not.toBeChecked();

    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('alert')).toContainText('Choose one of the answers.');
    await page.getByRole('radio', { name: "It wasn't me" }).check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page).toHaveURL('/forgot?reported');

    expect((await server.request('GET', '/api/account', undefined, thief)).status).toBe(401);
    const refused = await server.request('POST', '/api/auth/login', { email: ada.email, password: ada.password });
    expect(refused.status).toBe(401);
    await askForLink(page, ada.email);
    await page.goto(await linkIn(ada.email, '/reset'));
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Set password' }).click();
    await expect(page).toHaveURL('/reset?done');
  });
});

test('a scanner of links leaves them usable for the person', async ({ page, browser, server, browserErrors, ada }) => {
  test.slow();
  browserErrors.allow(NETWORK_ERROR);
  addAda(ada);
  await server.logInOnAnotherDevice(ada);
  await askForLink(page, ada.email);
  const links = [await linkIn(ada.email, '/reset'), await linkIn(ada.email, '/not-me')];
  for (const link of links) await scan(browser, link);

  await page.goto(links[1]);
  await expect(page.getByRole('button', { name: 'Continue' })).toBeVisible();
  await page.goto(links[0]);
  await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page).toHaveURL('/reset?done');
});

test('no request from these pages carries the token but those of the page itself', async ({ page, network, ada }) => {
  addAda(ada);
  await askForLink(page, ada.email);
  const link = await linkIn(ada.email, '/reset');
  const token = link.split('token=')[1];
  network.reset();
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByRole('link', { name: 'Log in' }).click();
  await expect(page).toHaveURL('/login');

  for (const { method, path, headers, requestText } of network.recorded) {
    expect(JSON.stringify(headers)).not.toContain(token);
    const isPage = path === `/reset?token=${token}`;
    const isForm = method === 'POST' && path === '/reset';
    if (!isPage && !isForm) expect(requestText).not.toContain(token);
  }
});

for (const [description, viewport] of Object.entries({ desktop: { width: 1280, height: 800 }, 'a window of 320 px': { width: 320, height: 640 } })) {
  test.describe(description, () => {
    test.use({ viewport });

    test(`all pages are accessible and fit: ${description}`, async ({ page, server, browserErrors, ada }) => {
      browserErrors.allow(NETWORK_ERROR);
      addAda(ada);
      await server.logInOnAnotherDevice(ada);
      await askForLink(page, ada.email);
      const states = ['/forgot', '/forgot?sent', '/forgot?reported', '/reset?done', '/reset?token=x', '/not-me?thanks'];
      for (const path of [...states, await linkIn(ada.email, '/reset'), await linkIn(ada.email, '/not-me')]) {
        await page.goto(path);
        await expectAccessible(page);
        await expectToFit(page, path);
        if (await page.getByRole('button').count()) {
          await page.getByRole('button').last().click();
          await expect(page.getByRole('alert')).toBeVisible();
          await expectAccessible(page);
          await expectToFit(page, `${path}, rejected`);
        }
      }
    });
  });
}
