// Several devices of one user, and the page that lists their sessions.

import { type Browser } from '@playwright/test';
import { expect, type TestServer, User } from './test-server';

export const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

/** Logs in on an iPhone, a browser context of its own. */
export async function logInOnPhone(user: User, browser: Browser, server: TestServer) {
  const context = await browser.newContext({ userAgent: IPHONE, baseURL: server.origin });
  const phone = new User(await context.newPage(), user);
  await phone.open('/login');
  await phone.logIn();
  await phone.expectAccountPage();
  return phone;
}

/** Starts further sessions through the API, without a browser. */
export async function addSessions({ email, password }: User, server: TestServer, count: number) {
  for (let time = 0; time < count; time++) {
    const response = await server.request('POST', '/api/auth/login', { email, password }, { 'user-agent': FIREFOX });
    expect(response.status).toBe(200);
  }
}

/** The elements of the sessions page. */
export function sessionsPage({ page }: User) {
  const items = page.getByRole('main').getByRole('listitem');
  const dialog = page.getByRole('dialog');
  return {
    items,
    thisDevice: items.filter({ hasText: 'This device' }),
    phone: items.filter({ hasText: 'iPhone' }),
    dialog,
    nameField: page.getByLabel('Name of this device'),
    button: (name: string) => page.getByRole('button', { name, exact: true }),
    dialogButton: (name: string) => dialog.getByRole('button', { name, exact: true }),
    expectStatus: (text: string | RegExp) => expect(page.getByRole('status').filter({ hasText: text })).toBeVisible(),
  };
}
