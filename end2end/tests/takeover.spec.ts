// The WebAssembly takes a page over in one step without disturbing the user: what is typed, selected, composed, focused,
// scrolled or pressed stays as it is.

import { type CDPSession, type Page } from '@playwright/test';
import { layoutShift } from './support/layout-shift';
import { fillLogin } from './support/plain-forms-suite';
import { expectNotTakenOver, holdWasm, isTakenOver, openMarkup } from './support/wasm';
import { expect, NETWORK_ERROR, test } from './support/test-server';

const email = (page: Page) => page.getByLabel('Email', { exact: true });
const password = (page: Page) => page.getByLabel('Password', { exact: true });

/** The selection in the focused field. */
const fieldSelection = (page: Page) =>
  page.evaluate(() => {
    const { id, selectionStart, selectionEnd, selectionDirection } = document.activeElement as HTMLInputElement;
    return [id, selectionStart, selectionEnd, selectionDirection];
  });

test('text, focus and caret stay', async ({ page, server, ada }) => {
  await server.registerUser(ada);
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/login');
  await fillLogin(ada);
  await password(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  startWasm();
  await ada.waitForWasm();

  expect(await fieldSelection(page)).toEqual(['password', 1, 1, expect.anything()]);
  await expect(email(page)).toHaveValue(ada.email);
  await expect(password(page)).toHaveValue(ada.password);
  await password(page).press('Enter');
  await ada.expectAccountPage();
});

test('the selection in a field stays, with its direction', async ({ page, ada }) => {
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/register');
  await email(page).fill('ada@example.com');
  await email(page).focus();
  await page.keyboard.press('End');
  for (let time = 0; time < 4; time++) await page.keyboard.press('Shift+ArrowLeft');
  startWasm();
  await ada.waitForWasm();

  expect(await fieldSelection(page)).toEqual(['email', 11, 15, 'backward']);
  await page.keyboard.type('.org');
  await expect(email(page)).toHaveValue('ada@example.org');
});

test('text that is deleted from a refused form stays deleted', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/login');
  await fillLogin(ada);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Incorrect email or password.' })).toBeVisible();
  await email(page).fill('');
  startWasm();
  await ada.waitForWasm();
  await expect(email(page)).toHaveValue('');
});

test('the focus on a link and on a button stays', async ({ page, ada }) => {
  for (const focused of ['Create account', 'Log in']) {
    await page.unroute('**/*.wasm');
    const startWasm = await holdWasm(page);
    await openMarkup(page, '/login');
    const element = page.getByRole('main').locator('a, button').filter({ hasText: focused });
    await element.focus();
    startWasm();
    await ada.waitForWasm();
    await expect(element).toBeFocused();
  }
});

test('the scroll position stays', async ({ page, ada }) => {
  await page.setViewportSize({ width: 360, height: 300 });
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/register');
  await page.evaluate(() => scrollTo(0, 180));
  startWasm();
  await ada.waitForWasm();
  expect(await page.evaluate(() => scrollY)).toBe(180);
});

test('the WebAssembly waits while keys are pressed, and no key is lost', async ({ page, ada }) => {
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/login');
  await email(page).focus();
  startWasm();
  const text = 'ada.lovelace@example.com, typed slowly';
  for (const key of text) {
    await page.keyboard.type(key);
    await page.waitForTimeout(120);
    expect(await isTakenOver(page)).toBe(false);
  }
  await ada.waitForWasm();
  await page.keyboard.type('!');
  await expect(email(page)).toHaveValue(`${text}!`);
});

test('the WebAssembly waits for the end of a composition', async ({ page, ada }) => {
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/register');
  await page.getByLabel('Name', { exact: true }).focus();
  const devtools: CDPSession = await page.context().newCDPSession(page);
  await devtools.send('Input.imeSetComposition', { text: 'あだ', selectionStart: 2, selectionEnd: 2 });
  startWasm();
  await expectNotTakenOver(page, 4_000);

  await devtools.send('Input.insertText', { text: '安達' });
  await ada.waitForWasm();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('安達');
  await page.keyboard.type('!');
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('安達!');
});

test('the WebAssembly waits while text is selected', async ({ page, ada }) => {
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/');
  await page.evaluate(() => getSelection()!.selectAllChildren(document.querySelector('dd')!));
  const selected = await page.evaluate(() => String(getSelection()));
  startWasm();
  await expectNotTakenOver(page, 3_000);
  expect(await page.evaluate(() => String(getSelection()))).toBe(selected);

  await page.evaluate(() => getSelection()!.removeAllRanges());
  await ada.waitForWasm();
});

test('a click in progress is not lost', async ({ page, ada }) => {
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/login');
  await page.getByRole('link', { name: 'Create account' }).hover();
  await page.mouse.down();
  startWasm();
  await expectNotTakenOver(page, 3_000);
  await page.mouse.up();
  await ada.expectUrl('/register');
  await ada.waitForWasm();
});

test('a pointer that is released outside of the window keeps nothing waiting', async ({ page, ada }) => {
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/login');
  await email(page).hover();
  await page.mouse.down();
  startWasm();
  await expectNotTakenOver(page);
  await page.mouse.move(-50, -50);
  await page.mouse.up();
  await ada.waitForWasm();
});

test('a form that is on its way is not disturbed', async ({ page, server, network, ada }) => {
  await server.registerUser(ada);
  network.inject('/login', async (forward) => {
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    return forward();
  });
  network.inject('/login', (forward) => forward(), 1);
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/login');
  await ada.logIn();
  startWasm();

  await ada.expectAccountPage();
  expect(network.requests('POST', '/login')).toHaveLength(1);
  expect(network.requests('POST', '/api/auth/login')).toEqual([]);
});

for (const [path, isLoggedIn] of [['/', false], ['/login', false], ['/register', false], ['/account', true]] as const) {
  test(`nothing on ${path} moves when the WebAssembly takes over`, async ({ page, ada }) => {
    if (isLoggedIn) await ada.register();
    const startWasm = await holdWasm(page);
    await openMarkup(page, path);
    await page.waitForTimeout(500);
    startWasm();
    await ada.waitForWasm();
    if (isLoggedIn) await ada.expectAccountPage();
    expect(await layoutShift(page)).toBeLessThan(0.001);
  });
}

test('the markup is replaced in one step', async ({ page, ada }) => {
  const startWasm = await holdWasm(page);
  await openMarkup(page, '/login');
  await page.evaluate(() => {
    const seen: unknown[] = [];
    Object.assign(globalThis, { seen });
    new MutationObserver(() => {
      const form = document.querySelector('main form');
      if (document.querySelectorAll('#app').length !== 1 || !form || form.querySelectorAll('input').length !== 2) seen.push(document.body.innerHTML);
    }).observe(document.body, { childList: true, subtree: true });
  });
  startWasm();
  await ada.waitForWasm();
  expect(await page.evaluate(() => (globalThis as unknown as { seen: unknown[] }).seen)).toEqual([]);
});

test('a page whose address holds credentials works', async ({ page, server, ada }) => {
  await server.registerUser(ada);
  await page.goto(server.origin.replace('http://', 'http://someone:secret@') + '/login');
  await ada.waitForWasm();
  await ada.logIn();
  await expect(page.getByText(ada.email)).toBeVisible();
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await expect(page.getByText('This device')).toBeVisible();
});

test('Escape in a composition undoes the composition alone', async ({ page, ada }) => {
  await ada.register();
  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await page.getByRole('button', { name: 'Rename' }).click();
  const field = page.getByLabel('Name of this device');
  await field.fill('安達');
  await field.dispatchEvent('keydown', { key: 'Escape', isComposing: true });
  await expect(field).toHaveValue('安達');

  await field.press('Escape');
  await expect(field).toHaveCount(0);
});

test('every second request for a file of the WebAssembly fails, and the page takes over in the end', async ({ page, browserErrors, server, network, ada }) => {
  browserErrors.allow(NETWORK_ERROR, /Failed to fetch|404|MIME type|dynamically imported module/);
  await server.registerUser(ada);
  let requests = 0;
  network.inject('/pkg/', async (forward) => (requests++ % 2 ? forward() : { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Page not found</h1>' }));
  await openMarkup(page, '/login');
  await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible();
  await ada.waitForWasm();
  await expect(page.getByText('failed to load')).toBeHidden();
  await ada.logIn();
  await ada.expectAccountPage();
});

for (const [file, pattern] of [['script', /\/pkg\/.*\.js/], ['WebAssembly', /\.wasm/]] as const) {
  test(`a ${file} that is missing at first is requested again`, async ({ page, browserErrors, network, ada }) => {
    browserErrors.allow(NETWORK_ERROR, /404|MIME type|Failed to fetch|dynamically imported module/);
    network.inject(pattern, async () => ({ status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Page not found</h1>' }), 2);
    await openMarkup(page, '/login');
    await ada.waitForWasm();
    expect(network.recorded.filter(({ path }) => pattern.test(path)).length).toBeGreaterThanOrEqual(3);
  });
}
