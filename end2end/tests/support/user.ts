// A user of the site in one browser tab: what the user does, and what the user must see.

import { expect, type Page } from '@playwright/test';
import { randomBytes } from 'node:crypto';

/** A password to change to. */
export const NEW_PASSWORD = 'nine quiet harbors in the rain';

export class User {
  readonly name: string = 'Ada Lovelace';
  /** Unique, so that tests can share a server. */
  readonly email: string = `ada.${randomBytes(4).toString('hex')}@example.com`;
  password = 'violet otters sing at noon';

  constructor(readonly page: Page, self: Partial<User> = {}) {
    Object.assign(this, self, { page });
  }

  /** Opens a page from the server and waits until the WebAssembly has taken it over. */
  async open(path: string) {
    const response = await this.page.goto(path);
    await this.waitForWasm();
    return response!;
  }

  /** Opens another tab of the same browser. */
  async openTab(path: string) {
    const tab = new User(await this.page.context().newPage(), this);
    await tab.open(path);
    return tab;
  }

  /** Opens the account page in further tabs; returns all of them, this one first. */
  async openAccountTabs(count: number) {
    const tabs: User[] = [this];
    while (tabs.length < count) tabs.push(await this.openTab('/account'));
    for (const tab of tabs) await tab.expectAccountPage();
    return tabs;
  }

  /** Leaves the account page and returns, without a reload. Each visit requests the account from the server again. */
  async revisitAccount(times = 1) {
    await this.page.evaluate(async (times) => {
      const until = async (condition: () => boolean) => {
        while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
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

  async waitForWasm() {
    await expect(this.page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  }

  async register() {
    await this.open('/register');
    await this.page.getByLabel('Name', { exact: true }).fill(this.name);
    await this.page.getByLabel('Email', { exact: true }).fill(this.email);
    await this.page.getByLabel('Password', { exact: true }).fill(this.password);
    await this.page.getByRole('button', { name: 'Create account' }).click();
    await this.expectUrl('/account');
  }

  async logIn(password = this.password) {
    await this.page.getByLabel('Email', { exact: true }).fill(this.email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: 'Log in', exact: true }).click();
  }

  /** Logs out and waits for the server's response. */
  async logOut() {
    const response = this.page.waitForResponse('**/api/auth/logout');
    await this.page.getByRole('button', { name: 'Log out', exact: true }).click();
    await this.expectUrl('/login');
    await response;
  }

  get nameForm() {
    return this.page.locator('form').filter({ has: this.page.getByRole('button', { name: 'Save' }) });
  }

  /** Opens the form to change the name, and types a new one. */
  async typeName() {
    await this.page.getByRole('button', { name: 'Edit name' }).click();
    await this.nameForm.getByLabel('Name').fill('Ada, Countess of Lovelace');
  }

  async changeName() {
    await this.typeName();
    await this.nameForm.getByRole('button', { name: 'Save' }).click();
  }

  async changePassword(newPassword: string) {
    await this.page.getByLabel('Current password').fill(this.password);
    await this.page.getByLabel('New password').fill(newPassword);
    await this.page.getByRole('button', { name: 'Change password' }).click();
  }

  async expectUrl(path: string) {
    await expect(this.page).toHaveURL(path);
  }

  /** The account page is open and filled with this user's data. */
  async expectAccountPage() {
    await this.expectUrl('/account');
    await expect(this.page.getByText(this.email)).toBeVisible();
  }

  /** The login page is open and shows the reason why the session ended. */
  async expectLoggedOut(reason: RegExp | string) {
    await expect(this.page).toHaveURL(/\/login/);
    await expect(this.page.getByRole('status').filter({ hasText: reason })).toBeVisible();
  }
}
