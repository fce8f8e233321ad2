// Forms: what they say, where the focus goes, and what they do before the page is interactive.

import { expect, test } from './support/fixtures';

test('a wrong password is refused in words, and what was typed stays', async ({ page, browserErrors, ada }) => {
  browserErrors.expect(/401 .*\/api\/auth\/login/);
  await ada.register();
  await ada.logOut();

  await ada.logIn('not the password at all');

  await expect(page.getByRole('alert')).toContainText('Incorrect email or password.');
  await expect(page.getByRole('alert')).toBeFocused();
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);
  await ada.expectUrl('/login');
});

test('an empty form names its fields, and the focus goes to the first of them', async ({ page, ada }) => {
  await ada.open('/register');
  await page.getByRole('button', { name: 'Create account' }).click();

  await expect(page.getByRole('alert')).toContainText('3 fields');
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  for (const label of ['Name', 'Email', 'Password']) {
    const field = page.getByLabel(label, { exact: true });
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(new RegExp(`Enter your ${label}`, 'i'));
  }
});

test('what the server finds wrong is said at the field', async ({ page, browserErrors, ada }) => {
  browserErrors.expect(/422 .*\/api\/auth\/register/);
  await ada.open('/register');
  await page.getByLabel('Name', { exact: true }).fill(ada.name);
  await page.getByLabel('Email', { exact: true }).fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();

  const field = page.getByLabel('Password', { exact: true });
  await expect(field).toBeFocused();
  await expect(field).toHaveAccessibleDescription(/15/);
});

test('an email that has an account already is said at the field', async ({ page, browserErrors, ada }) => {
  browserErrors.expect(/409 .*\/api\/auth\/register/);
  await ada.register();
  await ada.logOut();
  await ada.open('/register');
  await page.getByLabel('Name', { exact: true }).fill(ada.name);
  await page.getByLabel('Email', { exact: true }).fill(ada.email.toUpperCase());
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Create account' }).click();

  await expect(page.getByLabel('Email', { exact: true })).toHaveAccessibleDescription(/already an account/);
});

test('a wrong current password is said at the field, and Ada stays logged in', async ({ page, browserErrors, ada }) => {
  browserErrors.expect(/401 .*\/api\/account\/password/);
  await ada.register();
  await page.getByLabel('Current password').fill('not the password at all');
  await page.getByLabel('New password').fill('nine quiet harbours in the rain');
  await page.getByRole('button', { name: 'Change password' }).click();

  await expect(page.getByLabel('Current password')).toBeFocused();
  await expect(page.getByLabel('Current password')).toHaveAccessibleDescription(/not your current password/);
  await ada.expectAccountPage();
});

test('a password can be looked at', async ({ page, ada }) => {
  await ada.open('/login');
  const field = page.getByLabel('Password', { exact: true });
  await field.fill('seen');
  await expect(field).toHaveAttribute('type', 'password');
  await page.getByRole('button', { name: 'Show password' }).click();
  await expect(field).toHaveAttribute('type', 'text');
  await expect(field).toHaveValue('seen');
});

test('Ada logs in with the keyboard alone', async ({ page, ada }) => {
  await ada.register();
  await ada.logOut();
  await ada.open('/login');

  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Email', { exact: true })).toBeFocused();
  await page.keyboard.type(ada.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(ada.password);
  await page.keyboard.press('Enter');

  await ada.expectAccountPage();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
});

test('a form sent before the page is interactive leaks nothing and says so', async ({ page, context, ada }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route('**/*.wasm', async (route) => {
    await arrived;
    await route.continue();
  });

  await page.goto('/login', { waitUntil: 'commit' });
  await page.getByLabel('Email', { exact: true }).fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Log in' }).click();

  await expect(page.getByRole('status').filter({ hasText: 'still loading' })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe('/login');
  expect(requests.join()).not.toContain('otters');
  expect(await context.cookies()).toEqual([]);

  arrive();
  await ada.waitForHydration();
});

test('what is typed before the page is interactive stays', async ({ page, ada }) => {
  await ada.register();
  await ada.logOut();
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route('**/*.wasm', async (route) => {
    await arrived;
    await route.continue();
  });

  await page.goto('/login', { waitUntil: 'commit' });
  await page.getByLabel('Email', { exact: true }).fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  arrive();
  await ada.waitForHydration();
  await page.getByRole('button', { name: 'Log in' }).click();

  await ada.expectAccountPage();
});
