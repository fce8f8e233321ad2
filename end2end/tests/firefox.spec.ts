// The journey and the markup changed by others, in Firefox.

import { click, fill, heading, logInWithFirefox, test, text, waitForWasm, withPreferences } from './support/firefox';
import { foreignChanges } from './support/foreign-changes';
import { expect, User } from './support/test-server';

test('Ada registers, reloads, sees her sessions, logs out and logs in again', async ({ firefox: page, server }) => {
  const ada = new User(undefined!);
  await page.goto(`${server.origin}/register`);
  await waitForWasm(page);
  await fill(page, { name: ada.name, email: ada.email, password: ada.password });
  await click(page, 'button', 'Create account');
  await heading(page, 'Account');
  await text(page, ada.email);

  await page.reload();
  await waitForWasm(page);
  await text(page, ada.email);
  await click(page, 'link', 'Sessions');
  await heading(page, 'Sessions');
  await text(page, 'This device');
  await click(page, 'button', 'Log out');
  await heading(page, 'Log in');
  await text(page, 'You have logged out.');

  await logInWithFirefox(page, ada);
  await heading(page, 'Account');
  await text(page, ada.email);
});

test('Ada logs in and out although WebAssembly is turned off', async ({ server }) => {
  const ada = new User(undefined!);
  await server.registerUser(ada);
  await withPreferences({ 'javascript.options.wasm': false }, async (page) => {
    await page.goto(`${server.origin}/login?next=/sessions`);
    await text(page, 'WebAssembly is turned off in this browser.');
    await logInWithFirefox(page, ada);
    await expect.poll(() => page.url()).toBe(`${server.origin}/sessions`);
    await click(page, 'button', 'Log out');
    await expect.poll(() => page.url()).toBe(`${server.origin}/login`);
  });
});

test('a page whose address holds credentials works', async ({ firefox: page, server }) => {
  const ada = new User(undefined!);
  await server.registerUser(ada);
  await page.goto(`${server.origin.replace('http://', 'http://someone:secret@')}/login`);
  await waitForWasm(page);
  await logInWithFirefox(page, ada);
  await text(page, ada.email);
});

for (const [name, { change, isBeforeOnly }] of Object.entries(foreignChanges)) {
  test(`with ${name}, the login shows its errors and logs in`, async ({ firefox: page, server }) => {
    const ada = new User(undefined!);
    await server.registerUser(ada);
    const again = () => isBeforeOnly || page.evaluate(change);
    await page.evaluateOnNewDocument(`if (self === top) addEventListener('DOMContentLoaded', ${change})`);
    await page.goto(`${server.origin}/login`);
    await waitForWasm(page);
    await again();
    await click(page, 'button', 'Log in');
    await text(page, 'Please fix the 2 fields below.');
    await again();
    await logInWithFirefox(page, { ...ada, password: 'not the password at all' } as User);
    await text(page, 'Incorrect email or password.');
    await again();
    await logInWithFirefox(page, ada);
    await heading(page, 'Account');
    await text(page, ada.email);
    await again();
    await click(page, 'link', 'Sessions');
    await heading(page, 'Sessions');
  });
}
