// What every test stands on: a page on which nothing may go wrong unseen, and people who use it.

import { expect, test as base, type Page } from '@playwright/test';
import { randomBytes } from 'node:crypto';

export { expect };

/** Somebody with an email of their own, so that tests can share a server. */
export class Person {
  readonly name: string = 'Ada Lovelace';
  readonly email: string = `ada.${randomBytes(4).toString('hex')}@example.com`;
  password = 'violet otters sing at noon';

  constructor(readonly page: Page, self: Partial<Person> = {}) {
    Object.assign(this, self, { page });
  }

  /** Opens another tab in the same browser. */
  async opensTab(path: string) {
    const tab = new Person(await this.page.context().newPage(), this);
    await tab.opens(path);
    return tab;
  }

  /** Has the account page in so many tabs, this one included. */
  async inTabs(count: number) {
    const tabs: Person[] = [this];
    while (tabs.length < count) tabs.push(await this.opensTab('/account'));
    for (const tab of tabs) await tab.seesTheirAccount();
    return tabs;
  }

  /** Leaves the account page and comes back, without a reload, so many times: each time it asks the server anew. */
  async looksAgain(times = 1) {
    await this.page.evaluate(async (times) => {
      const until = async (isSo: () => boolean) => {
        while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
      };
      const heading = () => document.querySelector('h1')?.textContent;
      for (let time = 0; time < times; time++) {
        document.querySelector<HTMLElement>('a[href="/"]')!.click();
        await until(() => heading() !== 'Account' && !!document.querySelector('main a[href="/account"]'));
        document.querySelector<HTMLElement>('main a[href="/account"]')!.click();
        await until(() => heading() === 'Account');
      }
    }, times);
  }

  /** Finds out about the end of a session, and why it ended. */
  async isToldWhy(why: RegExp | string) {
    await expect(this.page).toHaveURL(/\/login/);
    await expect(this.page.getByRole('status').filter({ hasText: why })).toBeVisible();
  }

  /** Opens a page from the server and waits until it is interactive. */
  async opens(path: string) {
    const response = await this.page.goto(path);
    await this.hydrated();
    return response!;
  }

  async hydrated() {
    await expect(this.page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  }

  async registers() {
    await this.opens('/register');
    await this.page.getByLabel('Name', { exact: true }).fill(this.name);
    await this.page.getByLabel('Email', { exact: true }).fill(this.email);
    await this.page.getByLabel('Password', { exact: true }).fill(this.password);
    await this.page.getByRole('button', { name: 'Create account' }).click();
    await this.arrivesAt('/account');
  }

  async logsIn(password = this.password) {
    await this.page.getByLabel('Email', { exact: true }).fill(this.email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: 'Log in' }).click();
  }

  /** Logs out, and waits until the server knows it too. */
  async logsOut() {
    const told = this.page.waitForResponse('**/api/auth/logout');
    await this.page.getByRole('button', { name: 'Log out', exact: true }).click();
    await this.arrivesAt('/login');
    await told;
  }

  /** Where the account page asks for a new name. */
  get nameForm() {
    return this.page.locator('form').filter({ has: this.page.getByRole('button', { name: 'Change name' }) });
  }

  /** Asks for a longer name. */
  async changesName() {
    await this.nameForm.getByLabel('Name').fill('Ada, Countess of Lovelace');
    await this.nameForm.getByRole('button').click();
  }

  /** Asks for a new password. */
  async changesPassword(newPassword: string) {
    await this.page.getByLabel('Current password').fill(this.password);
    await this.page.getByLabel('New password').fill(newPassword);
    await this.page.getByRole('button', { name: 'Change password' }).click();
  }

  async arrivesAt(path: string) {
    await expect(this.page).toHaveURL(path);
  }

  /** Has the account page in front of them, filled by the server. */
  async seesTheirAccount() {
    await this.arrivesAt('/account');
    await expect(this.page.getByText(this.email)).toBeVisible();
  }
}

/**
 * Stops everything that a page does, as browsers do to save energy and machines do when they sleep; returns what sets it
 * going again. `Page.setWebLifecycleState` would be the browser's own way, but it leaves alone what is visible, and for
 * Playwright every page is.
 */
export async function freeze(page: Page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Debugger.enable');
  const frozen = new Promise((resolve) => devtools.once('Debugger.paused', resolve));
  await devtools.send('Debugger.pause');
  // It stops at the next thing it does.
  void page.evaluate(() => {}).catch(() => {});
  await frozen;
  return async () => {
    await devtools.send('Debugger.resume');
    await devtools.detach();
  };
}

/** Somebody looks at the page again. */
export async function wakes(page: Page) {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
}

/** What the browser says of a request that fails. */
export const FAILED = /Failed to load resource|Unsafe attempt to load URL/;

/** What a browser complains about: page errors, console errors and warnings, and with them violations of the CSP. */
export class Complaints {
  private readonly heard: string[] = [];
  private readonly expected: RegExp[] = [];
  private readonly allowed: RegExp[] = [];

  hear(complaint: string) {
    this.heard.push(complaint);
  }

  /** Expects complaints of this kind: one at least has to come. */
  expect(...kinds: RegExp[]) {
    this.expected.push(...kinds);
  }

  /** Takes complaints of this kind as they come, or not. */
  allow(...kinds: RegExp[]) {
    this.allowed.push(...kinds);
  }

  of(kind: RegExp) {
    return this.heard.filter((complaint) => kind.test(complaint));
  }

  verify() {
    const expected = [...this.expected, ...this.allowed].flatMap((kind) => this.of(kind));
    expect(this.heard.filter((complaint) => !expected.includes(complaint)), 'unexpected complaints').toEqual([]);
    expect(this.expected.filter((kind) => !this.of(kind).length), 'complaints that did not come').toEqual([]);
  }
}

export const test = base.extend<{ complaints: Complaints; ada: Person }>({
  complaints: [
    async ({ context }, use) => {
      const complaints = new Complaints();
      context.on('weberror', (error) => complaints.hear(`page error: ${error.error().stack}`));
      context.on('console', (message) => {
        if (['error', 'warning', 'assert'].includes(message.type())) {
          complaints.hear(`${message.type()}: ${message.text()} (${message.location().url})`);
        }
      });
      await use(complaints);
      complaints.verify();
    },
    { auto: true },
  ],

  ada: async ({ page }, use) => use(new Person(page)),
});
