// Takes the screenshots of the documentation: make screenshots

import { resolve } from 'node:path';
import { FIREFOX, IPHONE } from './support/devices';
import { expect, test, TestServer, User } from './support/test-server';

const folder = 'screenshots';
const brands = resolve(folder, 'brands');

test.use({
  settings: { DOORWARD_INSPECTOR: 'true', DOORWARD_ACCESS_TOKEN_LIFETIME: '5m' },
  viewport: { width: 1200, height: 760 },
  deviceScaleFactor: 1.5,
});

/** Two operators, each with a look of its own. */
const operators = {
  harbor: {
    DOORWARD_BRAND_NAME: 'Harbor Freight Desk',
    DOORWARD_BRAND_LOGO: `${brands}/harbor.svg`,
    DOORWARD_BRAND_ACCENT: '#1d4ed8',
    DOORWARD_SUPPORT_URL: 'https://harbor.example/help',
    DOORWARD_TERMS_URL: 'https://harbor.example/terms',
    DOORWARD_PRIVACY_URL: 'https://harbor.example/privacy',
  },
  orchard: {
    DOORWARD_BRAND_NAME: 'Orchard & Oak',
    DOORWARD_BRAND_LOGO: `${brands}/orchard.svg`,
    DOORWARD_BRAND_ACCENT: '#9f1239',
    DOORWARD_THEME: `${brands}/orchard.css`,
    DOORWARD_SUPPORT_URL: 'mailto:help@orchard.example',
    DOORWARD_PRIVACY_URL: 'https://orchard.example/privacy',
  },
};

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('login, sessions and inspector', async ({ page, server, ada }) => {
      const take = (name: string) => page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` });
      const person = new User(page, { ...ada, email: `ada.${colorScheme}@example.com` });
      await person.open('/login');
      await take('login');
      await person.register();
      for (const device of [IPHONE, FIREFOX]) {
        const credentials = { email: person.email, password: person.password };
        await server.request('POST', '/api/auth/login', credentials, { 'user-agent': device });
      }
      await page.getByRole('link', { name: 'Sessions' }).click();
      await expect(page.getByText('This device')).toBeVisible();
      await take('sessions');
      await page.getByRole('link', { name: 'Inspector' }).click();
      await page.getByRole('button', { name: 'Expire the access token now' }).click();
      await page.getByRole('button', { name: 'Send 20 at once' }).click();
      await expect(page.getByRole('log')).toContainText('→ 200');
      await page.mouse.move(0, 0);
      await take('inspector');
    });
  });
}

for (const [name, settings] of Object.entries(operators)) {
  test(`the login of ${name}`, async ({ browser }) => {
    const server = await TestServer.start(settings);
    const page = await browser.newPage({ baseURL: server.origin, viewport: { width: 720, height: 640 }, deviceScaleFactor: 1.5 });
    await new User(page).open('/login');
    await page.screenshot({ path: `${folder}/brand-${name}.png` });
    await page.close();
    await server.stop();
  });
}
