// Somebody's devices, and what their page of sessions shows.

import { type Browser } from '@playwright/test';
import { expect, Person, type Doorward } from './test-server';

export const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

/** Ada's phone, logged in. */
export async function phoneOf(ada: Person, browser: Browser, doorward: Doorward) {
  const context = await browser.newContext({ userAgent: IPHONE, baseURL: doorward.origin });
  const phone = new Person(await context.newPage(), ada);
  await phone.opens('/login');
  await phone.logsIn();
  await phone.seesTheirAccount();
  return phone;
}

/** Logs in again, so many times, on devices that are not here. */
export async function logsInElsewhere({ email, password }: Person, doorward: Doorward, count: number) {
  for (let time = 0; time < count; time++) {
    const answer = await doorward.asks('POST', '/api/auth/login', { email, password }, { 'user-agent': FIREFOX });
    expect(answer.status).toBe(200);
  }
}

/** What is on the page of sessions. */
export function sessionsOf({ page }: Person) {
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
