// Links, Back and Forward after the WebAssembly has taken the page over: it shows our pages without a new document, and
// leaves everything else to the browser.

import { type Page } from '@playwright/test';
import { expect, test } from './support/fixtures';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const link = (page: Page, name: string) => page.getByRole('main').getByRole('link', { name });
const scrollY = (page: Page) => page.evaluate(() => Math.round(window.scrollY));
const historyLength = (page: Page) => page.evaluate(() => history.length);

/** Marks the document, to see later whether it is still the same. */
const mark = (page: Page) => page.evaluate(() => void Object.assign(globalThis, { isMarked: true }));
const isSameDocument = (page: Page) => page.evaluate(() => 'isMarked' in globalThis);

/** Adds a link to the page, and follows it. */
async function followAdded(page: Page, href: string, attributes: Record<string, string> = {}) {
  await page.evaluate(({ href, attributes }) => {
    const link = Object.assign(document.createElement('a'), { href, textContent: 'Added' });
    for (const name in attributes) link.setAttribute(name, attributes[name]);
    document.querySelector('main')!.append(link);
  }, { href, attributes });
  await link(page, 'Added').last().click();
}

/** Another application behind the same proxy. */
const addOrders = (page: Page) =>
  page.context().route(/\/orders/, (route) => route.fulfill({ contentType: 'text/html', body: '<title>Orders</title><h1>Orders</h1>' }));

test('links, Back and Forward show pages without a new document', async ({ page, ada }) => {
  await ada.open('/');
  await mark(page);
  const length = await historyLength(page);

  await link(page, 'Log in').click();
  await ada.expectUrl('/login');
  await expect(heading(page)).toHaveText('Log in');
  await expect(page.getByLabel('Email', { exact: true })).toBeFocused();
  await expect(page).toHaveTitle('Log in – Doorward');
  await link(page, 'Create account').click();
  await ada.expectUrl('/register');
  await expect(heading(page)).toHaveText('Create account');
  expect(await historyLength(page)).toBe(length + 2);

  await page.goBack();
  await ada.expectUrl('/login');
  await expect(heading(page)).toHaveText('Log in');
  await page.goBack();
  await ada.expectUrl('/');
  await expect(link(page, 'Create account')).toBeVisible();
  await page.goForward();
  await page.goForward();
  await expect(heading(page)).toHaveText('Create account');
  expect(await isSameDocument(page)).toBe(true);
});

// Where no field has the focus on arrival, which would scroll to it.
test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 200 }, hasTouch: true, isMobile: true });

  test('a page opens at its top, and Back and Forward return to where it was left', async ({ page, ada }) => {
    await ada.open('/');
    await page.evaluate(() => {
      scrollTo(0, 170);
      document.querySelector<HTMLElement>('main a[href="/login"]')!.click();
    });
    await expect(heading(page)).toHaveText('Log in');
    expect(await scrollY(page)).toBe(0);
    await page.evaluate(() => scrollTo(0, 90));

    await page.goBack();
    await expect(heading(page)).toHaveText(/complete login/);
    await expect.poll(() => scrollY(page)).toBe(170);
    await page.goForward();
    await expect(heading(page)).toHaveText('Log in');
    await expect.poll(() => scrollY(page)).toBe(90);
  });
});

test('a link to the current page scrolls to its top and adds no history entry', async ({ page, ada }) => {
  await page.setViewportSize({ width: 360, height: 200 });
  await ada.open('/');
  await mark(page);
  const length = await historyLength(page);
  await page.evaluate(() => {
    scrollTo(0, 170);
    document.querySelector<HTMLElement>('a.brand')!.click();
  });
  await expect.poll(() => scrollY(page)).toBe(0);
  expect(await historyLength(page)).toBe(length);
  await expect(link(page, 'Create account')).toBeVisible();
  expect(await isSameDocument(page)).toBe(true);
});

test('a change of the query keeps the page and what is typed', async ({ page, ada }) => {
  await ada.open('/login');
  await page.getByLabel('Email', { exact: true }).fill('ada@example.com');
  await followAdded(page, '/login?next=/sessions');

  await ada.expectUrl('/login?next=/sessions');
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue('ada@example.com');
  await expect(link(page, 'Create account')).toHaveAttribute('href', '/register?next=/sessions');
  await page.goBack();
  await expect(link(page, 'Create account')).toHaveAttribute('href', '/register');
});

for (const modifier of ['ControlOrMeta', 'Shift'] as const) {
  test(`a click with ${modifier} opens the page in another tab or window, and keeps this one`, async ({ page, ada }) => {
    await ada.open('/');
    const opened = page.context().waitForEvent('page');
    await link(page, 'Log in').click({ modifiers: [modifier] });
    const other = await opened;

    await expect(other).toHaveURL('/login');
    await expect(heading(other)).toHaveText('Log in');
    await ada.expectUrl('/');
    await expect(heading(page)).toHaveText(/complete login/);
  });
}

test('a click with the middle button opens the page in another tab', async ({ page, ada }) => {
  await ada.open('/');
  const opened = page.context().waitForEvent('page');
  await link(page, 'Log in').click({ button: 'middle' });
  await expect(await opened).toHaveURL('/login');
  await ada.expectUrl('/');
});

test('links with a target, to a download or to an external page are left to the browser', async ({ page, ada }) => {
  await ada.open('/');
  const opened = page.context().waitForEvent('page');
  await followAdded(page, '/login', { target: '_blank' });
  await expect(await opened).toHaveURL('/login');

  const download = page.waitForEvent('download');
  await followAdded(page, '/register', { download: 'register.html' });
  expect((await download).url()).toMatch(/\/register$/);
  await ada.expectUrl('/');

  await mark(page);
  await followAdded(page, '/login', { rel: 'external' });
  await ada.expectUrl('/login');
  await ada.waitForWasm();
  expect(await isSameDocument(page)).toBe(false);
});

test('a click that another script handles does not navigate', async ({ page, ada }) => {
  await ada.open('/');
  await page.evaluate(() => document.querySelector('main')!.addEventListener('click', (event) => event.preventDefault()));
  await link(page, 'Log in').click();
  await expect(heading(page)).toHaveText(/complete login/);
  await ada.expectUrl('/');
});

test('a path of another application is a new document, and Back returns', async ({ page, ada }) => {
  await addOrders(page);
  await ada.open('/login');
  for (const path of ['/orders', '/orders/login', '/orders?next=/login#a']) {
    await followAdded(page, path);
    await expect(heading(page)).toHaveText('Orders');
    await ada.expectUrl(path);
    await page.goBack({ waitUntil: 'commit' }); // May be restored from the back/forward cache.
    await ada.expectUrl('/login');
    await expect(heading(page)).toHaveText('Log in');
    await ada.waitForWasm();
  }
});

test('a fragment of the current page is a jump of the browser', async ({ page, ada }) => {
  await page.setViewportSize({ width: 360, height: 200 });
  await ada.open('/');
  await mark(page);
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await skip.focus();
  await skip.press('Enter');
  await ada.expectUrl('/#main');
  await expect(page.locator('#main')).toBeFocused();
  expect(await page.evaluate(() => document.querySelector(':target')?.id)).toBe('main');

  await page.goBack();
  await ada.expectUrl('/');
  await expect(link(page, 'Log in')).toBeVisible();
  expect(await isSameDocument(page)).toBe(true);
});

test('a link to a fragment of another page scrolls there', async ({ page, ada }) => {
  await page.setViewportSize({ width: 360, height: 200 });
  await ada.open('/');
  await mark(page);
  const length = await historyLength(page);
  await followAdded(page, '/login#password');
  await ada.expectUrl('/login#password');
  await expect(heading(page)).toHaveText('Log in');
  await expect(page.getByLabel('Password', { exact: true })).toBeInViewport();
  expect(await page.evaluate(() => document.querySelector(':target')?.id)).toBe('password');
  expect(await historyLength(page)).toBe(length + 1);
  expect(await isSameDocument(page)).toBe(true);
});

test('a redirect replaces the history entry', async ({ page, ada }) => {
  await ada.open('/');
  await mark(page);
  const length = await historyLength(page);
  await followAdded(page, '/sessions?sort=new');
  await ada.expectUrl('/login?next=/sessions?sort=new');
  await expect(heading(page)).toHaveText('Log in');
  expect(await historyLength(page)).toBe(length + 1);

  await page.goBack();
  await ada.expectUrl('/');
  await expect(heading(page)).toHaveText(/complete login/);
  expect(await isSameDocument(page)).toBe(true);
});

test('a page that does not exist stays reachable with Back', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/404 .*\/nowhere/);
  await ada.open('/nowhere');
  await mark(page);
  await link(page, 'home page').click();
  await expect(heading(page)).toHaveText(/complete login/);
  await page.goBack();
  await ada.expectUrl('/nowhere');
  await expect(heading(page)).toHaveText('Page not found');
  expect(await isSameDocument(page)).toBe(true);
});

test('when the browser refuses a further history entry, the page is loaded', async ({ page, ada }) => {
  await ada.open('/');
  await page.evaluate(() => {
    history.pushState = () => {
      throw new DOMException('too many', 'SecurityError');
    };
  });
  await mark(page);
  await link(page, 'Log in').click();
  await ada.expectUrl('/login');
  await ada.waitForWasm();
  expect(await isSameDocument(page)).toBe(false);
});
