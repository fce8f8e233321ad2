// Forms of the program: error messages and focus. Without the program: plain-forms.spec.ts.

import { expect, test } from './support/fixtures';
import { NEW_PASSWORD } from './support/user';

test('a wrong password shows an error and keeps the email', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/auth\/login/);
  await ada.register();
  await ada.logOut();

  await ada.logIn('not the password at all');

  await expect(page.getByRole('alert')).toContainText('Incorrect email or password.');
  await expect(page.getByRole('alert')).toBeFocused();
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);
  await ada.expectUrl('/login');
});

test('an empty form shows an error at each field and focuses the first one', async ({ page, ada }) => {
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

test('a validation error from the server shows at its field', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/422 .*\/api\/auth\/register/);
  await ada.open('/register');
  await page.getByLabel('Name', { exact: true }).fill(ada.name);
  await page.getByLabel('Email', { exact: true }).fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Create account' }).click();

  const field = page.getByLabel('Password', { exact: true });
  await expect(field).toBeFocused();
  await expect(field).toHaveAccessibleDescription(/15/);
});

test('registering an email that is in use shows the error at its field', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/409 .*\/api\/auth\/register/);
  await ada.register();
  await ada.logOut();
  await ada.open('/register');
  await page.getByLabel('Name', { exact: true }).fill(ada.name);
  await page.getByLabel('Email', { exact: true }).fill(ada.email.toUpperCase());
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Create account' }).click();

  await expect(page.getByLabel('Email', { exact: true })).toHaveAccessibleDescription(/already an account/);
});

test('a wrong current password shows the error at its field and does not log out', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/account\/password/);
  await ada.register();
  await page.getByLabel('Current password').fill('not the password at all');
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();

  await expect(page.getByLabel('Current password')).toBeFocused();
  await expect(page.getByLabel('Current password')).toHaveAccessibleDescription(/Incorrect current password/);
  await ada.expectAccountPage();
});

test('a password can be shown', async ({ page, ada }) => {
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
