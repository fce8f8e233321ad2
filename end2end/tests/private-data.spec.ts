// Where tokens and private data must never be.

import { expectNothingStored } from './support/browser-storage';
import { expect, test, User } from './support/fixtures';

test('no storage of the browser holds a token', async ({ page, context, ada }) => {
  await ada.register();
  await ada.expectAccountPage();

  await expectNothingStored(page);

  // The only thing that stays in the browser.
  expect(await context.cookies()).toMatchObject([
    { name: '__Host-Http-refresh', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' },
  ]);
});

test('pages from the server hold no token and nothing private', async ({ ada }) => {
  await ada.register();

  for (const path of ['/', '/login', '/register', '/account', '/inspector', '/nowhere']) {
    const response = await ada.page.request.get(path);
    const html = await response.text();
    expect(html).not.toContain('eyJ');
    expect(html).not.toContain(ada.email);
    expect(html).not.toContain(ada.name);
    expect(response.headers()['cache-control']).toContain('no-store');
  }
});

test('after logging out, Back shows nothing private', async ({ page, ada }) => {
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

test('after logging out in another tab, Back shows nothing private', async ({ page, context, ada }) => {
  await ada.register();
  await ada.expectAccountPage();

  // The page that is left behind, perhaps in the back/forward cache, cannot hear of what happens meanwhile.
  await page.goto('/healthz');
  const elsewhere = new User(await context.newPage());
  await elsewhere.open('/');
  await elsewhere.logOut();
  await page.goBack();

  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByText(ada.email)).toHaveCount(0);
  await expect(page.getByText(ada.name)).toHaveCount(0);
});
