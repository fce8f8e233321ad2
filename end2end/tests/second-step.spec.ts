// The second step: set up, at a login, over an expired session, and in the dialog that confirms.

import { readFileSync } from 'node:fs';
import { expectAccessible, viewports } from './support/axe';
import { Authenticator, oneTimeCode } from './support/authenticator';
import { addPasskey, button, dialog, expectStatus, main, openSecurity, saveCodes, setUpApp } from './support/factors';
import { expectToFit } from './support/reflow';
import { expect, test, type User } from './support/test-server';

test.use({ hostname: 'localhost', settings: { DOORWARD_CONFIRM_WITHIN: '1m' } });

test.beforeEach(({ browserErrors }) => {
  // What the server refuses on the way.
  browserErrors.allow(/40[149] .*\/api\/(account|auth)\//, /422 .*\/api\/(account|auth)\//);
});

/** Ada has an authenticator app, and has entered her password. */
async function atSecondStep(ada: User) {
  await ada.register();
  await openSecurity(ada);
  const app = await setUpApp(ada);
  await ada.logOut();
  await ada.logIn();
  await expect(main(ada).getByRole('heading', { level: 1 })).toHaveText("Confirm it's you");
  return app;
}

const code = (ada: User) => main(ada).getByLabel('Code from your app');

for (const [screen, viewport] of Object.entries(viewports)) {
  test(`Ada sets up an app, and logs in with its code, on a ${screen}`, async ({ page, ada }) => {
    await page.setViewportSize(viewport);
    await ada.register();
    await page.getByRole('link', { name: 'Security' }).click();
    await button(ada, 'Set up').waitFor();
    await expectAccessible(page);
    await button(ada, 'Set up').click();
    const setUp = dialog(ada, 'Authenticator app');
    await expect(setUp.getByRole('img', { name: 'QR code' })).toBeVisible();
    await expectAccessible(page);
    await setUp.getByLabel('Code from your app').fill('000000');
    await setUp.getByRole('button', { name: 'Turn on' }).click();
    await expect(setUp.getByLabel('Code from your app')).toHaveAttribute('aria-invalid', 'true');
    const seed = (await setUp.locator('code').textContent())!;
    await setUp.getByLabel('Code from your app').fill(oneTimeCode(seed));
    await setUp.getByRole('button', { name: 'Turn on' }).click();

    // They stay until they are saved.
    const codes = dialog(ada, 'Recovery codes');
    await expect(codes).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await codes.getByRole('button', { name: 'Done' }).click();
    await expect(codes).toBeVisible();
    await page.goBack();
    await expect(codes).toBeVisible();
    await page.goForward();
    const download = page.waitForEvent('download');
    await codes.getByRole('button', { name: 'Download' }).click();
    const saved = readFileSync(await (await download).path(), 'utf8').trim().split('\n');
    expect(await saveCodes(ada)).toEqual(saved);
    expect(saved).toHaveLength(10);
    await openSecurity(ada);
    await expect(page.getByText('10 codes left')).toBeVisible();
    await expect(page.getByRole('switch', { name: 'Ask for a second step' })).toBeChecked();

    await ada.logOut();
    await ada.logIn();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText("Confirm it's you");
    await expect(page).toHaveTitle(/^Confirm it's you/);
    await expect(code(ada)).toHaveAttribute('autocomplete', 'one-time-code');
    await expect(code(ada)).toHaveAttribute('inputmode', 'numeric');
    await expectAccessible(page);
    await code(ada).fill('000000');
    await button(ada, 'Log in').click();
    await expect(code(ada)).toHaveAttribute('aria-invalid', 'true');
    await expect(code(ada)).toBeFocused();
    await code(ada).fill(oneTimeCode(seed, 1));
    await button(ada, 'Log in').click();
    await ada.expectAccountPage();
  });
}

test('a password alone sets no cookie', async ({ context, ada }) => {
  await atSecondStep(ada);
  expect((await context.cookies()).filter(({ name }) => name !== '__Host-Http-device')).toEqual([]);
});

test('a recovery code logs in once', async ({ page, ada }) => {
  const { codes } = await atSecondStep(ada);
  await button(ada, 'Use a recovery code').click();
  const field = main(ada).getByLabel('Recovery code', { exact: true });
  await expect(field).toBeFocused();
  await field.fill(codes[0].toUpperCase().replaceAll('-', ' '));
  await button(ada, 'Log in').click();
  await ada.expectAccountPage();
  await openSecurity(ada);
  await expect(page.getByText('9 codes left')).toBeVisible();

  await ada.logOut();
  await ada.logIn();
  await button(ada, 'Use a recovery code').click();
  await field.fill(codes[0]);
  await button(ada, 'Log in').click();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
});

test('the login can start again, and does when it took too long', async ({ page, ada }) => {
  await page.clock.install();
  await atSecondStep(ada);
  await button(ada, 'Start again').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Log in');
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue(ada.email);
  await ada.logIn();
  await expect(code(ada)).toBeVisible();

  await page.clock.runFor('05:01');

  await expect(page.getByRole('status').filter({ hasText: 'took too long' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Log in');
});

test('a passkey is a second step once it is asked for', async ({ page, ada }) => {
  const authenticator = await Authenticator.connect(page);
  await ada.register();
  await openSecurity(ada);
  await addPasskey(ada, authenticator);
  await page.getByRole('switch', { name: 'Ask for a second step' }).click();
  await saveCodes(ada);
  await expect(page.getByRole('switch')).toBeChecked();
  await ada.logOut();
  await ada.open('/login');
  await ada.logIn();

  await authenticator.touched(async () => {
    await button(ada, 'Use a passkey').click();
    await ada.expectUrl('/account');
  });
  await openSecurity(ada);
  await page.getByRole('switch').click();
  await expectStatus(ada, 'Your password alone is enough again.');
  await expect(page.getByRole('switch')).not.toBeChecked();
});

test('the dialog that confirms asks for the password and for the factor', async ({ page, server, ada }) => {
  const { seed } = await atSecondStep(ada);
  await code(ada).fill(oneTimeCode(seed, 1));
  await button(ada, 'Log in').click();
  await ada.expectAccountPage();
  server.ageProofs();
  await openSecurity(ada);
  await button(ada, 'Turn off').click();
  await dialog(ada, /^Turn off/).getByRole('button', { name: 'Turn off' }).click();

  const confirm = dialog(ada, "Confirm it's you");
  await confirm.getByLabel('Password', { exact: true }).fill(ada.password);
  await confirm.getByRole('button', { name: 'Confirm' }).click();
  await expect(confirm).toContainText('second step');
  await expect(confirm.getByLabel('Code from your app')).toBeFocused();
  await expectAccessible(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await expectToFit(page, 'the second step of a confirmation');
  await confirm.getByLabel('Code from your app').fill('000000');
  await confirm.getByRole('button', { name: 'Confirm' }).click();
  await expect(confirm.getByLabel('Code from your app')).toHaveAttribute('aria-invalid', 'true');
  await confirm.getByRole('button', { name: 'Cancel' }).click();
  await expect(confirm).toHaveCount(0);
  await expect(page.locator('dialog#confirm').getByRole('alert')).toContainText("didn't confirm");
});

test('a passkey confirms without the password', async ({ page, server, ada }) => {
  const authenticator = await Authenticator.connect(page);
  await ada.register();
  await openSecurity(ada);
  await addPasskey(ada, authenticator);
  server.ageProofs();
  await openSecurity(ada);
  await button(ada, 'Remove').click();
  await dialog(ada, /^Remove/).getByRole('button', { name: 'Remove' }).click();

  await authenticator.touched(async () => {
    await dialog(ada, "Confirm it's you").getByRole('button', { name: 'Use a passkey' }).click();
    await expectStatus(ada, 'has been removed.');
  });
});

test('what was refused leaves the switch as it is', async ({ page, server, ada }) => {
  const authenticator = await Authenticator.connect(page);
  await ada.register();
  await openSecurity(ada);
  await addPasskey(ada, authenticator);
  server.ageProofs();
  await openSecurity(ada);
  await page.getByRole('switch').click();
  await dialog(ada, "Confirm it's you").getByRole('button', { name: 'Cancel' }).click();
  await expectStatus(ada, "you didn't confirm that it's you");
  await expect(page.getByRole('switch')).not.toBeChecked();
});
