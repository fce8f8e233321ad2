// Before the expiry of a session that cannot be renewed: a countdown, a warning, and reauthentication without interruption.

import { expectAccessible, viewports } from './support/axe';
import { HOUR, installClock, setClockOffset } from './support/device-clock';
import { type User } from './support/fixtures';
import { scrollAfterFrame } from './support/page-lifecycle';
import { expect, test } from './support/test-server';

test.use({ settings: { DOORWARD_POLICY: 'banking', DOORWARD_ACCESS_TOKEN_LIFETIME: '16s' } });
const HALF_LIFETIME = 8_000;

const warningRegion = ({ page }: User) => page.getByRole('region', { name: 'End of the session' });
const logInAgainButton = (ada: User) => warningRegion(ada).getByRole('button', { name: 'Log in again' });

/** The countdown on the account page. */
async function secondsLeft({ page }: User) {
  return Number(/^(\d+)\s*s$/.exec((await page.getByRole('timer').textContent())!)![1]);
}

for (const [clock, offset] of [['right', 0], ['an hour ahead', HOUR], ['an hour behind', -HOUR]] as const) {
  test(`the account page counts down to the expiry on a device whose wall clock is ${clock}`, async ({ page, ada }) => {
    await installClock(page, offset);
    await ada.register();
    const start = Date.now();
    await ada.expectAccountPage();

    const first = await secondsLeft(ada);
    await page.waitForTimeout(2_000);
    const second = await secondsLeft(ada);
    await setClockOffset(page, offset - HOUR);
    await page.waitForTimeout(1_000);
    const third = await secondsLeft(ada);

    expect(first).toBeLessThanOrEqual(16);
    expect(first - second).toBeGreaterThanOrEqual(1);
    expect(second - third).toBeGreaterThanOrEqual(1);
    const expected = 16 - (Date.now() - start) / 1000;
    expect(Math.abs(third - expected), `${third} s instead of ${expected} s`).toBeLessThan(2.5);
  });
}

test('the warning appears at half of a short lifetime, on every page, and is announced once', async ({ page, ada }) => {
  await ada.register();
  const start = Date.now();
  const announcement = page.getByRole('status').filter({ hasText: 'Your session ends in less than 8 seconds. To stay logged in, log in again.' });
  await expect(warningRegion(ada)).toHaveCount(0);
  await page.getByRole('link', { name: 'Doorward' }).click();
  await expect(warningRegion(ada)).toHaveCount(0);

  await expect(warningRegion(ada)).toBeVisible();
  expect(Date.now() - start).toBeGreaterThan(HALF_LIFETIME - 2_500);
  await expect(warningRegion(ada)).toContainText(/Your session ends in [1-8]\ss\./);
  await expect(announcement).toBeAttached();
  // The countdown is hidden from screen readers, and the announcement does not change with it.
  await expect(warningRegion(ada).locator('p')).toHaveAttribute('aria-hidden', 'true');
  const changes = await page.evaluate(async () => {
    let changes = 0;
    const observer = new MutationObserver((list) => (changes += list.length));
    for (const status of document.querySelectorAll('[role=status]')) {
      observer.observe(status, { childList: true, subtree: true, characterData: true });
    }
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    return changes;
  });
  expect(changes).toBe(0);
  await page.getByRole('main').getByRole('link', { name: 'Account' }).click();
  await expect(warningRegion(ada)).toBeVisible();
});

test('reauthentication before the expiry does not interrupt the page', async ({ server, page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await page.getByLabel('New password').fill('half a passw');
  // Small enough for the page to scroll.
  await page.setViewportSize({ width: 390, height: 400 });
  await expect(logInAgainButton(ada)).toBeVisible();
  await scrollAfterFrame(page, 300);
  const dialog = page.getByRole('dialog', { name: 'Log in again' });

  await logInAgainButton(ada).click();
  await expect(dialog.getByLabel('Password', { exact: true })).toBeFocused();
  for (const close of [() => page.keyboard.press('Escape'), () => dialog.getByRole('button', { name: 'Not now' }).click()]) {
    await close();
    await expect(dialog).toHaveCount(0);
    await expect(logInAgainButton(ada)).toBeFocused();
    await logInAgainButton(ada).click();
  }
  await dialog.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.keyboard.press('Enter');

  await expect(dialog).toHaveCount(0);
  await expect(warningRegion(ada)).toHaveCount(0);
  expect(await secondsLeft(ada)).toBeGreaterThan(11);
  await expect(page.getByLabel('New password')).toHaveValue('half a passw');
  await expect(page.getByLabel('New password')).toBeFocused();
  expect(await page.evaluate(() => scrollY)).toBe(300);
  await ada.expectAccountPage();
  // The new session replaced the old one.
  await expect.poll(() => server.countSessions(ada)).toBe(1);
  expect(network.refreshes).toEqual([]);
});

test('a password that is half typed at expiry is kept', async ({ page, ada }) => {
  await ada.register();
  await page.setViewportSize({ width: 390, height: 400 });
  await page.getByLabel('New password').focus();
  await expect(logInAgainButton(ada)).toBeVisible();
  await scrollAfterFrame(page, 300);
  await logInAgainButton(ada).click();
  const password = page.getByRole('dialog').getByLabel('Password', { exact: true });
  await password.fill(ada.password.slice(0, 6));

  await expect(page.getByRole('dialog')).toHaveAccessibleName('Your session has ended');
  await expect(page.getByText(ada.email)).toBeHidden();
  await expect(password).toBeFocused();
  await page.keyboard.press('End');
  await page.keyboard.type(ada.password.slice(6));
  await page.keyboard.press('Enter');

  await expect(page.getByRole('dialog')).toHaveCount(0);
  await ada.expectAccountPage();
  await expect(page.getByLabel('New password')).toBeFocused();
  expect(await page.evaluate(() => scrollY)).toBe(300);
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [screen, viewport] of Object.entries(viewports)) {
    test.describe(`${colorScheme}, on a ${screen}`, () => {
      test.use({ colorScheme, viewport });

      test('the login page, the account page, the warning and the dialog are accessible', async ({ page, ada }) => {
        await ada.open('/login');
        await page.reload();
        await ada.expectLoggedOut('Reloading or leaving the page logs you out.');
        await expectAccessible(page);
        await ada.register();
        await ada.expectAccountPage();
        await expectAccessible(page);
        await expect(logInAgainButton(ada)).toBeVisible();
        await expectAccessible(page);
        await expect(page.getByRole('dialog')).toHaveAccessibleName('Your session has ended');
        await page.getByRole('dialog').getByRole('button', { name: 'Log in', exact: true }).click();
        await expectAccessible(page);
      });
    });
  }
}
