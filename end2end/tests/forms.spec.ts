// Forms of the WebAssembly: error messages and focus. Without the WebAssembly: plain-forms.spec.ts.

import { expect, test } from './support/fixtures';
import { NEW_PASSWORD } from './support/user';

test('a wrong password shows an error and keeps the email', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/auth\/login/);
  await ada.register();
  await ada.logOut();

  await ada.logIn('not the password at all');

  await expect(page.getByRole('alert')).toContainText('Incorrect email or password.');
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
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

test('a password can be shown and hidden', async ({ page, ada }) => {
  await ada.open('/login');
  const field = page.getByLabel('Password', { exact: true });
  await field.fill('seen');
  await expect(field).toHaveAttribute('type', 'password');
  await page.getByRole('button', { name: 'Show password' }).click();
  await expect(field).toHaveAttribute('type', 'text');
  await expect(field).toHaveValue('seen');
  await page.getByRole('button', { name: 'Hide password' }).click();
  await expect(field).toHaveAttribute('type', 'password');
  await expect(page.getByRole('button', { name: 'Show password' })).toBeVisible();
});

test('Ada logs in with the keyboard alone', async ({ page, ada }) => {
  await ada.register();
  await ada.logOut();
  await ada.open('/');

  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('main').getByRole('link', { name: 'Log in' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Email', { exact: true })).toBeFocused();
  await page.keyboard.type(ada.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(ada.password);
  await page.keyboard.press('Enter');

  await ada.expectAccountPage();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
});

test('an error disappears as soon as its field changes, and the summary with it', async ({ page, ada }) => {
  await ada.open('/register');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('alert')).toContainText('3 fields');
  const [name, email] = ['Name', 'Email'].map((label) => page.getByLabel(label, { exact: true }));

  await email.press('a');

  await expect(email).not.toHaveAttribute('aria-invalid', 'true');
  await expect(email).toHaveAccessibleDescription('');
  await expect(page.getByText('3 fields')).toHaveCount(0);
  await expect(name).toHaveAccessibleDescription('Enter your name.');
  await expect(email).toBeFocused();
});

test('a single wrong field has no summary', async ({ page, ada }) => {
  await ada.open('/login');
  await page.getByLabel('Email', { exact: true }).fill(ada.email);
  await page.getByRole('button', { name: 'Log in' }).click();

  await expect(page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription('Enter your password.');
  await expect(page.getByRole('alert')).toHaveText('');
});

test('after too many attempts, the form counts down to the next one', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/429 .*\/api\/auth\/login/);
  const problem = { type: '', title: 'Too many.', status: 429, code: 'too_many_attempts', retry_after: 4 };
  await page.route('**/api/auth/login', (route) =>
    route.fulfill({ status: 429, contentType: 'application/problem+json', body: JSON.stringify(problem) }));
  await ada.open('/login');
  await ada.logIn();

  await expect(page.getByRole('alert')).toContainText('Too many attempts.');
  await expect(page.getByRole('timer')).toContainText(/You can try again in [34]\ss\./);
  await page.getByLabel('Password', { exact: true }).press('End');
  await page.keyboard.type('!');
  await expect(page.getByRole('alert')).toContainText('Too many attempts.');
  await expect(page.getByRole('timer')).toContainText(/You can try again in [12]\ss\./);
  await expect(page.getByRole('status').filter({ hasText: 'You can try again now.' })).toBeVisible();
  await expect(page.getByRole('timer')).toHaveCount(0);
  await expect(page.getByText('Too many attempts.')).toHaveCount(0);
});

test('the progress of a new password is announced after a pause only', async ({ page, ada }) => {
  await ada.open('/register');
  await page.evaluate(() => {
    const announced: string[] = [];
    Object.assign(globalThis, { announced });
    const main = document.querySelector('main')!;
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const region = (target instanceof Element ? target : target.parentElement)?.closest('[role=status], [role=alert], [aria-live]');
        if (region?.textContent) announced.push(region.textContent);
      }
    }).observe(main, { childList: true, subtree: true, characterData: true });
  });
  const announced = () => page.evaluate(() => [...new Set((globalThis as unknown as { announced: string[] }).announced)]);
  const password = page.getByLabel('Password', { exact: true });

  await password.pressSequentially('violet otters', { delay: 30 });
  await expect(password).toHaveAccessibleDescription('2 more characters.');
  await expect.poll(announced).toEqual(['2 more characters.']);
  await password.pressSequentially(' sing at noon', { delay: 30 });
  await expect.poll(announced).toEqual(['2 more characters.', 'Long enough.']);
});

test('while a password is typed, the page says why it is easy to guess, and takes it all the same', async ({ page, ada }) => {
  await ada.open('/register');
  await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
  await page.getByLabel('Email', { exact: true }).fill(ada.email);
  const password = page.getByLabel('Password', { exact: true });
  for (const [typed, reason] of [
    ['elephantelephant', 'Easy to guess: the same again and again.'],
    ['12345678901234567', 'Easy to guess: a sequence of keys.'],
    ['lovelace-ada-18', 'Easy to guess: made of your name or email.'],
    ['password-letmein!', 'Easy to guess: a common password. Try a few unrelated words.'],
    ['lovelace1815', '3 more characters. Easy to guess: made of your name or email.'],
    ['violet otters sing', 'Long enough.'],
  ]) {
    await password.fill(typed);
    await expect(password).toHaveAccessibleDescription(reason);
    await expect(page.getByRole('status').filter({ hasText: reason })).toBeAttached();
    await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0);
  }

  await password.fill('zqxjkv zqxjkv zqxjkv');
  await page.getByRole('button', { name: 'Create account' }).click();

  await ada.expectUrl('/account');
});
