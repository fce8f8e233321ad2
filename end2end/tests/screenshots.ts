// Takes the screenshots of the README: npm run screenshots --prefix end2end

import { FIREFOX, IPHONE } from './support/devices';
import { expect, test } from './support/fixtures';

const folder = process.env.SCREENSHOTS;

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, viewport: { width: 1200, height: 800 }, deviceScaleFactor: 2 });

    test('take screenshots', async ({ page, request, baseURL, ada }) => {
      const take = (name: string) => page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` });
      await ada.open('/');
      await take('home');
      await ada.open('/register');
      await take('register');
      await ada.open('/login');
      await take('login');
      await ada.register();
      await ada.expectAccountPage();
      await take('account');
      for (const userAgent of [IPHONE, FIREFOX]) {
        const headers = { 'user-agent': userAgent, origin: baseURL! };
        await request.post('/api/auth/login', { data: { email: ada.email, password: ada.password }, headers });
      }
      await page.getByRole('link', { name: 'Sessions' }).click();
      await expect(page.getByText('This device')).toBeVisible();
      await take('sessions');
      await page.getByRole('link', { name: 'Activity' }).click();
      await expect(page.getByText('You created your account')).toBeVisible();
      await take('activity');
    });
  });
}
