// Forms without the WebAssembly, under the policy `retention`: refusals, return paths, password managers. The other policies
// run the same suite in their own files.

import { type Page } from '@playwright/test';
import { respondWith } from './support/faults';
import { fillLogin, fillRegistration, testPlainForms } from './support/plain-forms-suite';
import { holdWasm, openMarkup, WASM_ERROR } from './support/wasm';
import { credentialCookies, expect, NETWORK_ERROR, test } from './support/test-server';

testPlainForms();

const submit = (page: Page) => page.getByRole('main').locator('form button:not([type=button])').click();

test.describe('with scripts off', () => {
  test.use({ javaScriptEnabled: false });

  test('an empty form shows an error at each field', async ({ page, browserErrors }) => {
    browserErrors.allow(NETWORK_ERROR);
    await page.goto('/register');
    const response = page.waitForResponse((response) => response.request().method() === 'POST');
    await submit(page);

    expect((await response).status()).toBe(422);
    await expect(page.getByRole('alert').filter({ hasText: '3 fields' })).toBeVisible();
    for (const label of ['Name', 'Email', 'Password']) {
      const field = page.getByLabel(label, { exact: true });
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await expect(field).toHaveAccessibleDescription(new RegExp(`Enter your ${label}`, 'i'));
    }
  });

  test('a password that is too short and an email that is in use show their errors at their fields', async ({ page, browserErrors, server, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    await server.registerUser(ada);
    await page.goto('/register?next=/sessions');
    const password = page.getByLabel('Password', { exact: true });
    await fillRegistration(ada);
    await password.fill('short');
    await submit(page);
    await expect(password).toHaveAccessibleDescription(/at least 15 characters; this password has 5/);
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue(ada.name);
    await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);

    await password.fill(ada.password);
    await submit(page);
    await expect(page.getByLabel('Email', { exact: true })).toHaveAccessibleDescription(/already an account/);
    await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);
    await expect(password).toHaveValue('');

    // The return path goes along.
    await page.getByLabel('Email', { exact: true }).fill(`second.${ada.email}`);
    await password.fill(ada.password);
    await submit(page);
    await ada.expectUrl('/sessions');
  });

  test('too many attempts are refused with the time to wait', async ({ page, browserErrors, server, ada }) => {
    browserErrors.allow(NETWORK_ERROR);
    await server.restart({ DOORWARD_LOGIN_ATTEMPTS: '2/15m' });
    try {
      await page.goto('/login');
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 4; attempt++) {
        await fillLogin(ada);
        const response = page.waitForResponse((response) => response.request().method() === 'POST');
        await submit(page);
        statuses.push((await response).status());
      }
      expect(statuses).toEqual([401, 401, 429, 429]);
      await expect(page.getByRole('alert').filter({ hasText: /Too many attempts. Try again in/ })).toBeVisible();
      await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);
    } finally {
      await server.restart({});
    }
  });

  test('the session of a page that redirects is known before its first byte', async ({ page, ada }) => {
    await page.goto('/register');
    await fillRegistration(ada);
    await submit(page);
    for (const [path, destination] of [['/login?next=/activity', '/activity'], ['/register', '/account'], ['/login?next=//evil.example', '/account']]) {
      await page.goto(path);
      await ada.expectUrl(destination);
    }
  });
});

test('the WebAssembly takes a refused form over with its errors and its text', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/login');
  await fillLogin(ada);
  await submit(page);
  await expect(page.getByRole('alert').filter({ hasText: 'Incorrect email or password.' })).toBeVisible();

  startWasm();
  await ada.waitForWasm();
  await expect(page.getByRole('alert').filter({ hasText: 'Incorrect email or password.' })).toBeVisible();
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);
  // The errors of the form belong to the page on which it was submitted.
  await page.getByRole('link', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Create account');
  await expect(page.getByRole('alert').filter({ hasText: 'Incorrect' })).toHaveCount(0);
});

test('a failed login is not repeated by going back and forward', async ({ page, browserErrors, network, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/login');
  await fillLogin(ada);
  await submit(page);
  await expect(page.getByRole('alert').filter({ hasText: 'Incorrect email or password.' })).toBeVisible();
  startWasm();
  await ada.waitForWasm();
  await page.getByRole('link', { name: 'Doorward' }).click();
  await ada.expectUrl('/');
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Log in');
  expect(network.requests('POST', '/login')).toHaveLength(1);
});

for (const way of ['with the WebAssembly', 'without the WebAssembly', 'already logged in']) {
  test(`a login leads to another application of the same origin, ${way}`, async ({ page, server, network, browserErrors, ada }) => {
    browserErrors.allow(/404 .*\/favicon.ico/);
    network.inject('/orders', respondWith(200, '<h1>Orders</h1>'));
    if (way === 'already logged in') await ada.register();
    else await server.registerUser(ada);

    if (way === 'without the WebAssembly') await holdWasm(page);
    const path = '/login?next=/orders?page%3D2';
    if (way === 'with the WebAssembly') await ada.open(path);
    else await page.goto(path, { waitUntil: 'commit' });
    if (way !== 'already logged in') await ada.logIn();

    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Orders');
    await ada.expectUrl('/orders?page=2');
    expect(network.requests('GET', '/orders')).toHaveLength(1);
  });
}

for (const next of ['/login', '/register', '/logout', '/login?next=/sessions', '/login/']) {
  test(`a login never leads back to ${next}`, async ({ server, page, context, browserErrors, ada }) => {
    browserErrors.allow(WASM_ERROR);
    await server.registerUser(ada);
    const path = `/login?next=${encodeURIComponent(next)}`;
    await ada.open(path);
    await ada.logIn();
    await ada.expectAccountPage();
    await ada.logOut();

    await page.route('**/*.wasm', (route) => route.abort());
    await context.clearCookies();
    await openMarkup(page, path);
    await ada.logIn();
    await ada.expectUrl('/account');
    expect(await credentialCookies(context)).toHaveLength(1);
  });
}
