// What clocks and sleep do to a session: a device's time of day is never trusted, and time that was slept through counts.

import { HOUR, installClock, setClockOffset } from './support/device-clock';
import { type FaultProxy } from './support/fault-proxy';
import { fireVisibilityChange, freeze } from './support/page-lifecycle';
import { claimsOf, expect, test, User, waitForTokenExpiry } from './support/test-server';

/** Outlives a token, busily. */
async function stayActivePastTokenExpiry(ada: User) {
  for (let step = 0; step < 14; step++) {
    await ada.revisitAccount();
    await ada.page.waitForTimeout(350);
  }
}

/** How many requests came with a token that had ended. */
const expiredTokenCount = (wire: FaultProxy) =>
  wire.recorded.filter(({ headers, receivedAt }) => headers.authorization && claimsOf(headers.authorization).exp * 1000 <= receivedAt).length;

// 23
for (const [offset, milliseconds] of [['right', 0], ['an hour ahead', HOUR], ['an hour behind', -HOUR]] as const) {
  test(`a device clock that is ${offset} costs no session and no refresh more`, async ({ page, network, ada }) => {
    await installClock(page, milliseconds);
    await ada.register();
    const then = Date.now();
    network.reset();

    await stayActivePastTokenExpiry(ada);

    await ada.expectAccountPage();
    const addresses = network.recorded.map(({ path }) => path.split('?')[0]);
    expect(addresses, 'nobody was sent to the login page').not.toContain('/login');
    // A token is good for 3.5 s at least before the next one is asked for.
    const lives = (Date.now() - then) / 3_500;
    expect(network.refreshes.length).toBeGreaterThanOrEqual(1);
    expect(network.refreshes.length).toBeLessThanOrEqual(Math.ceil(lives));
    expect(expiredTokenCount(network)).toBe(0);
  });
}

// 23
test('a device clock that jumps costs no session, and one refresh at most', async ({ page, network, ada }) => {
  await installClock(page, 0);
  await ada.register();
  await ada.expectAccountPage();

  for (const milliseconds of [HOUR, -HOUR, 48 * HOUR, 0]) {
    await setClockOffset(page, milliseconds);
    network.reset();
    await ada.revisitAccount(3);
    await fireVisibilityChange(page);
    await ada.revisitAccount(3);
    await ada.expectAccountPage();
    expect(network.refreshes.length, `a jump to ${milliseconds / HOUR} h`).toBeLessThanOrEqual(1);
    expect(network.recorded.filter(({ status }) => status !== 200)).toEqual([]);
  }
  await waitForTokenExpiry();
  await ada.revisitAccount();
  await ada.expectAccountPage();
  expect(expiredTokenCount(network)).toBe(0);
});

// 24
test('sleep past the end of the token costs one refresh on waking', async ({ page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const tabs = [ada, await ada.openTab('/account')];
  await tabs[1].expectAccountPage();

  const thaws = await Promise.all(tabs.map((tab) => freeze(tab.page)));
  await waitForTokenExpiry();
  network.reset();
  await Promise.all(thaws.map((thaw) => thaw()));
  await Promise.all(tabs.map((tab) => fireVisibilityChange(tab.page)));

  await expect.poll(() => network.refreshes.length).toBe(1);
  await Promise.all(tabs.map((tab) => tab.revisitAccount()));
  for (const tab of tabs) await tab.expectAccountPage();
  expect(network.refreshes).toHaveLength(1);
  expect(expiredTokenCount(network)).toBe(0);
});

// 24: in some browsers the steady clock stands still while the machine sleeps, and only the time of day tells.
test('sleep that only the time of day knows of costs one refresh on waking', async ({ page, network, ada }) => {
  await installClock(page, 0);
  await ada.register();
  await ada.expectAccountPage();
  network.reset();

  await setClockOffset(page, HOUR);
  await fireVisibilityChange(page);

  await expect.poll(() => network.refreshes.length).toBe(1);
  await fireVisibilityChange(page);
  await ada.revisitAccount();
  await ada.expectAccountPage();
  expect(network.refreshes).toHaveLength(1);
});
