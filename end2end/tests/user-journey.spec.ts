// A user's way through the whole product.

import { expect, test } from './support/fixtures';
import { NEW_PASSWORD } from './support/user';

test('Ada registers, stays beyond her token, changes her password, logs out and logs in again', async ({ page, ada }) => {
  const refreshes: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/auth/refresh')) refreshes.push(request.url());
  });

  await ada.open('/');
  await page.getByRole('link', { name: 'Create account' }).click();
  await page.getByLabel('Name', { exact: true }).fill(ada.name);
  await page.getByLabel('Email', { exact: true }).fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await ada.expectAccountPage();

  // The access token expires after five seconds, so the change needs a new one; it also replaces the credentials of the session.
  refreshes.length = 0;
  await page.waitForTimeout(6_000);
  await ada.changePassword(NEW_PASSWORD);
  await expect(page.getByRole('status').filter({ hasText: 'Password changed.' })).toBeVisible();
  expect(refreshes).toHaveLength(2);

  await ada.logOut();
  await ada.logIn(NEW_PASSWORD);
  await ada.expectAccountPage();
});

test('a reload of a logged-in user never flashes the login page', async ({ page, ada }) => {
  await ada.register();
  await page.evaluate(() => sessionStorage.clear());
  const paths: string[] = [];
  page.on('framenavigated', (frame) => paths.push(new URL(frame.url()).pathname));
  // Checks every change of the document, from the first byte on.
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (document.querySelector('h1')?.textContent === 'Log in') console.error('the login page flashed');
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });

  await page.reload();
  await ada.expectAccountPage();
  await page.reload();
  await ada.expectAccountPage();

  expect(new Set(paths)).toEqual(new Set(['/account']));
});

test('a login returns to the page that required it', async ({ page, ada }) => {
  await ada.register();
  await ada.logOut();

  await ada.open('/account?from=mail');
  await expect(page).toHaveURL('/login?next=/account?from=mail');
  await ada.logIn();

  await ada.expectUrl('/account?from=mail');
});

test('a link to the login page cannot redirect to another site', async ({ ada }) => {
  await ada.register();
  await ada.logOut();

  for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/..//evil.example']) {
    await ada.open(`/login?next=${encodeURIComponent(next)}`);
    await ada.logIn();
    await ada.expectAccountPage();
    await ada.logOut();
  }
});
