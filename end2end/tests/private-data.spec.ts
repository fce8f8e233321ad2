// Places that must never contain tokens or private data: storage, HTML from the server, pages after logout.

import { expectNothingStored } from './support/browser-storage';
import { expect, test, User } from './support/fixtures';
import { credentialCookies } from './support/test-server';

test('the browser stores no token that scripts can read', async ({ page, context, ada }) => {
  await ada.register();
  await ada.expectAccountPage();

  await expectNothingStored(page);

  // The refresh token is in an HttpOnly cookie.
  expect(await credentialCookies(context)).toMatchObject([
    { name: '__Host-Http-refresh', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' },
  ]);
});

test('HTML from the server contains no token and no private data', async ({ ada }) => {
  await ada.register();

  for (const path of ['/', '/login', '/register', '/account', '/nowhere']) {
    const response = await ada.page.request.get(path);
    const html = await response.text();
    expect(html).not.toContain('eyJ');
    expect(html).not.toContain(ada.email);
    expect(html).not.toContain(ada.name);
    expect(response.headers()['cache-control']).toContain('no-store');
  }
});

test('after a logout, going back shows no private data', async ({ page, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await page.getByRole('link', { name: 'Doorward' }).click();
  await ada.expectUrl('/');
  await expect(page.getByText(ada.name)).toBeVisible();
  await ada.logOut();

  for (let step = 0; step < 3; step++) {
    await page.goBack();
    await expect(page.getByText(ada.name)).toHaveCount(0);
    await expect(page.getByText(ada.email)).toHaveCount(0);
  }
});

test('after a logout in another tab, going back shows no private data', async ({ page, context, ada }) => {
  await ada.register();
  await ada.expectAccountPage();

  // The page left behind may be in the back/forward cache, where it receives no message about the logout.
  await page.goto('/healthz');
  const otherTab = new User(await context.newPage());
  await otherTab.open('/');
  await otherTab.logOut();
  await page.goBack();

  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByText(ada.email)).toHaveCount(0);
  await expect(page.getByText(ada.name)).toHaveCount(0);
});
