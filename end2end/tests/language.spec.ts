// German, for a browser whose user prefers it: sentences, dates, and one catalog of messages. `server/tests/it/language.rs`
// tests which language a page has.

import { expectAccessible, viewports } from './support/axe';
import { expect, test } from './support/fixtures';
import type { User } from './support/user';

test.use({ locale: 'de-DE', timezoneId: 'Europe/Berlin' });

async function register(ada: User) {
  const { page } = ada;
  await ada.open('/register');
  await page.getByLabel('Name', { exact: true }).fill(ada.name);
  await page.getByLabel('E-Mail-Adresse', { exact: true }).fill(ada.email);
  await page.getByLabel('Passwort', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Konto erstellen' }).click();
  await ada.expectAccountPage();
}

test('Ada registers, sees her account, sessions and activity, and logs out in German', async ({ page, ada }) => {
  const catalogs: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/pkg/messages.')) catalogs.push(pathname);
  });

  await register(ada);

  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page).toHaveTitle('Konto – Doorward');
  await expect(page.getByRole('heading', { name: 'Diese Sitzung' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Name bearbeiten' })).toHaveText('Bearbeiten');
  await expect(page.getByText('Sie bleiben angemeldet, auch wenn')).toBeVisible();
  await expect(page.getByRole('main').locator('time').first()).toHaveText(/^\d{1,2}\. \p{L}+ \d{4} um \d\d:\d\d$/u);

  await page.getByRole('link', { name: 'Sitzungen', exact: true }).click();
  await expect(page).toHaveTitle('Sitzungen – Doorward');
  await expect(page.getByText('Sie sind nur hier angemeldet.')).toBeVisible();
  const session = page.getByRole('main').getByRole('listitem');
  await expect(session).toContainText('Dieses Gerät');
  await expect(session).toContainText('Gerade aktiv');
  await session.getByRole('button', { name: 'Sitzung beenden' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('heading')).toHaveText('Sitzung „Chrome auf Windows“ beenden?');
  await expect(dialog).toContainText('Sie werden abgemeldet.');
  await dialog.getByRole('button', { name: 'Abbrechen' }).click();

  await page.getByRole('link', { name: 'Aktivitäten', exact: true }).click();
  await expect(page.getByText('Sie haben Ihr Konto erstellt')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Heute' })).toBeVisible();

  const response = page.waitForResponse('**/api/auth/logout');
  await page.getByRole('button', { name: 'Abmelden', exact: true }).click();
  await ada.expectLoggedOut('Sie haben sich abgemeldet.');
  await response;
  expect(catalogs).toEqual([expect.stringMatching(/^\/pkg\/messages\.de\.[0-9a-f]{16}\.txt$/)]);
});

test('a password field counts and shows in German', async ({ page, ada }) => {
  await ada.open('/register');
  const password = page.getByLabel('Passwort', { exact: true });

  await password.fill('zu kurz');
  await expect(page.locator('#password-hint')).toHaveText('Noch 8 Zeichen.');
  await page.getByRole('button', { name: 'Anzeigen des Passworts' }).click();

  await expect(password).toHaveAttribute('type', 'text');
  await expect(page.getByRole('button', { name: 'Verbergen des Passworts' })).toBeVisible();
});

for (const [screen, viewport] of Object.entries(viewports)) {
  test.describe(`on a ${screen}`, () => {
    test.use({ viewport });

    test('German pages are accessible, and their longer words fit', async ({ page, ada }) => {
      for (const path of ['/', '/login']) {
        await ada.open(path);
        await expectAccessible(page);
      }
      await ada.open('/register');
      await page.getByRole('button', { name: 'Konto erstellen' }).click();
      await expect(page.getByRole('alert')).toContainText('Bitte korrigieren Sie die 3 Felder unten.');
      await expectAccessible(page);

      await register(ada);
      await expect(page.getByRole('button', { name: 'Name bearbeiten' })).toBeVisible();
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Sitzungen', exact: true }).click();
      await expect(page.getByText('Sie sind nur hier angemeldet.')).toBeVisible();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Sitzung beenden' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Aktivitäten', exact: true }).click();
      await expect(page.getByText('Sie haben Ihr Konto erstellt')).toBeVisible();
      await expectAccessible(page);
    });
  });
}
