// Wrong clocks and sleep: the wall clock of the device is never trusted alone, and time asleep counts.

import { HOUR, installClock, setClockOffset } from './support/device-clock';
import { type FaultProxy } from './support/fault-proxy';
import { fireVisibilityChange, freeze } from './support/page-lifecycle';
import { claimsOf, expect, test, User, waitForTokenExpiry } from './support/test-server';

/** Sends requests until the first token has expired. */
async function stayActivePastTokenExpiry(ada: User) {
  for (let step = 0; step < 14; step++) {
    await ada.revisitAccount();
    await ada.page.waitForTimeout(350);
  }
}

/** Counts the requests that carried an expired token. */
const expiredTokenCount = (network: FaultProxy) =>
  network.recorded.filter(({ headers, receivedAt }) => headers.authorization && claimsOf(headers.authorization).exp * 1000 <= receivedAt).length;

// Behavior 23.
for (const [description, offset] of [['right', 0], ['an hour ahead', HOUR], ['an hour behind', -HOUR]] as const) {
  test(`a wall clock that is ${description} causes no logout and no extra refresh`, async ({ page, network, ada }) => {
    await installClock(page, offset);
    await ada.register();
    const start = Date.now();
    network.reset();

    await stayActivePastTokenExpiry(ada);

    await ada.expectAccountPage();
    const paths = network.recorded.map(({ path }) => path.split('?')[0]);
    expect(paths, 'no redirect to the login page').not.toContain('/login');
    // A token is used for at least 3.5 s before it is refreshed.
    const tokenLifetimes = (Date.now() - start) / 3_500;
    expect(network.refreshes.length).toBeGreaterThanOrEqual(1);
    expect(network.refreshes.length).toBeLessThanOrEqual(Math.ceil(tokenLifetimes));
    expect(expiredTokenCount(network)).toBe(0);
  });
}

// Behavior 23.
test('a wall clock that jumps causes no logout and at most one refresh', async ({ page, network, ada }) => {
  await installClock(page, 0);
  await ada.register();
  await ada.expectAccountPage();

  for (const offset of [HOUR, -HOUR, 48 * HOUR, 0]) {
    await setClockOffset(page, offset);
    network.reset();
    await ada.revisitAccount(3);
    await fireVisibilityChange(page);
    await ada.revisitAccount(3);
    await ada.expectAccountPage();
    expect(network.refreshes.length, `a jump to ${offset / HOUR} h`).toBeLessThanOrEqual(1);
    expect(network.recorded.filter(({ status }) => status !== 200)).toEqual([]);
  }
  await waitForTokenExpiry();
  await ada.revisitAccount();
  await ada.expectAccountPage();
  expect(expiredTokenCount(network)).toBe(0);
});

// Behavior 24.
test('sleep past the token expiry causes one refresh on waking', async ({ page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const tabs = [ada, await ada.openTab('/account')];
  await tabs[1].expectAccountPage();

  const resumes = await Promise.all(tabs.map((tab) => freeze(tab.page)));
  await waitForTokenExpiry();
  network.reset();
  await Promise.all(resumes.map((resume) => resume()));
  await Promise.all(tabs.map((tab) => fireVisibilityChange(tab.page)));

  await expect.poll(() => network.refreshes.length).toBe(1);
  await Promise.all(tabs.map((tab) => tab.revisitAccount()));
  for (const tab of tabs) await tab.expectAccountPage();
  expect(network.refreshes).toHaveLength(1);
  expect(expiredTokenCount(network)).toBe(0);
});

// Behavior 24. In some browsers the monotonic clock stops while the machine sleeps, and only the wall clock advances.
test('sleep that only the wall clock shows causes one refresh on waking', async ({ page, network, ada }) => {
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
