// The account page: settings whose form opens in place, and the password form that links lead to.

import { expectAccessible } from './support/axe';
import { expect, test } from './support/fixtures';
import { NEW_PASSWORD } from './support/user';

test('the name is edited in place, and canceled edits leave nothing behind', async ({ page, ada }) => {
  await ada.register();
  const edit = page.getByRole('button', { name: 'Edit name' });
  const field = ada.nameForm.getByLabel('Name');
  const row = page.getByRole('main').getByText(ada.name, { exact: true });

  for (const close of [() => page.keyboard.press('Escape'), () => page.getByRole('button', { name: 'Cancel' }).click()]) {
    await edit.click();
    await expect(field).toBeFocused();
    await expect(field).toHaveValue(ada.name);
    await field.fill('Somebody else');
    await close();
    await expect(ada.nameForm).toHaveCount(0);
    await expect(edit).toBeFocused();
    await expect(row).toBeVisible();
  }

  await ada.typeName();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: 'Name updated.' })).toBeVisible();
  await expect(edit).toBeFocused();
  await expect(page.getByRole('main').getByText('Ada, Countess of Lovelace', { exact: true })).toBeVisible();
});

test('an invalid name shows the error in the open form', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/422 .*\/api\/fn\//);
  await ada.register();
  await page.getByRole('button', { name: 'Edit name' }).click();
  const field = ada.nameForm.getByLabel('Name');
  await field.fill('a'.repeat(101));
  await page.keyboard.press('Enter');

  await expect(field).toBeFocused();
  await expect(field).toHaveAccessibleDescription(/at most 100 characters/);
  await expectAccessible(page);
});

test('a link to the password leads to its first field', async ({ page, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await page.goto('/account#password');
  await expect(page.getByLabel('Current password')).toBeFocused();
  await page.reload();
  await expect(page.getByLabel('Current password')).toBeFocused();
  await expect(page.getByLabel('Current password')).toBeInViewport();
});

test('a changed password empties the form and is the latest change', async ({ page, ada }) => {
  await ada.register();
  await ada.changePassword(NEW_PASSWORD);

  await expect(page.getByRole('status').filter({ hasText: 'Password changed.' })).toBeVisible();
  await expect(page.getByLabel('Current password')).toHaveValue('');
  await expect(page.getByLabel('New password')).toHaveValue('');
  await expect(page.getByText('Last changed').locator('..').getByText('now')).toBeVisible();
});

test('the account page fits a narrow window and large text', async ({ page, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const overflow = () => page.evaluate(() => document.querySelector('.settings')!.scrollWidth - document.querySelector('.settings')!.clientWidth);

  await page.setViewportSize({ width: 320, height: 700 });
  await page.getByRole('button', { name: 'Edit name' }).click();
  expect(await overflow()).toBe(0);
  await page.setViewportSize({ width: 390, height: 800 });
  await page.evaluate(() => void (document.documentElement.style.fontSize = '32px'));
  expect(await overflow()).toBe(0);
});
