// The second step, as a user sets it up and goes through it.

import { expect } from '@playwright/test';
import { type Authenticator, oneTimeCode } from './authenticator';
import { type User } from './user';

export const main = ({ page }: User) => page.getByRole('main');
export const button = (user: User, name: string) => main(user).getByRole('button', { name, exact: true });
export const dialog = ({ page }: User, name: string | RegExp) => page.getByRole('dialog', { name });
export const expectStatus = ({ page }: User, text: string) => expect(page.getByRole('status').filter({ hasText: text })).toBeVisible();
export const passkeyRows = (user: User) => main(user).getByRole('listitem');

/** Opens the security page, once it is loaded. */
export async function openSecurity(user: User) {
  await user.open('/security');
  await expect(main(user).getByRole('heading', { name: 'Second step' })).toBeVisible();
}

export async function addPasskey(user: User, authenticator: Authenticator) {
  const count = await passkeyRows(user).count();
  await authenticator.touched(async () => {
    await button(user, 'Add a passkey').click();
    await expect(passkeyRows(user)).toHaveCount(count + 1);
  });
}

/** Says that the recovery codes are saved; returns them. */
export async function saveCodes(user: User) {
  const codes = dialog(user, 'Recovery codes');
  await expect(codes).toBeVisible();
  const text = await codes.locator('pre').textContent();
  await codes.getByLabel('I have saved these codes').check();
  await codes.getByRole('button', { name: 'Done' }).click();
  await expect(codes).toHaveCount(0);
  return text!.trim().split('\n');
}

/** Sets up an authenticator app; returns its seed and the recovery codes. */
export async function setUpApp(user: User) {
  await button(user, 'Set up').click();
  const setUp = dialog(user, 'Authenticator app');
  const seed = (await setUp.locator('code').textContent())!;
  await setUp.getByLabel('Code from your app').fill(oneTimeCode(seed));
  await setUp.getByRole('button', { name: 'Turn on' }).click();
  await expect(setUp).toHaveCount(0);
  return { seed, codes: await saveCodes(user) };
}
