// Refreshes across tabs: a single flight for all tabs of a browser, which no stuck tab can block.

import { type Page } from '@playwright/test';
import { holdResponse } from './support/faults';
import { gate } from './support/gate';
import { freeze } from './support/page-lifecycle';
import { expect, test } from './support/test-server';

// Long enough for a slow machine to send a hundred requests with one token.
test.use({ settings: { DOORWARD_ACCESS_TOKEN_LIFETIME: '5m' } });

/** Moves both clocks of a page beyond the expiry of its token. */
async function advancePastTokenExpiry(page: Page) {
  await page.evaluate((milliseconds) => {
    for (const clock of [performance, Date]) {
      const now = clock.now.bind(clock);
      clock.now = () => now() + milliseconds;
    }
  }, 6 * 60_000);
}

// Behavior 20.
for (const { tabs: count, times } of [{ tabs: 2, times: 1 }, { tabs: 5, times: 20 }]) {
  test(`${count} tabs that send ${times} requests each with expired tokens share one refresh`, async ({ network, ada }) => {
    await ada.register();
    const tabs = await ada.openAccountTabs(count);
    for (const tab of tabs) await advancePastTokenExpiry(tab.page);
    network.reset();

    // The response is released when each tab has sent a request, and while all tabs continue. Not later: a tab too busy to
    // respond for most of a second counts as frozen.
    const allSent = gate();
    network.inject('/api/auth/refresh', holdResponse(allSent.opened));
    const first = tabs.map((tab) => tab.revisitAccount());
    const others = tabs.map((tab, index) => first[index].then(() => tab.revisitAccount(times - 1)));
    await Promise.all(first);
    allSent.open();
    await Promise.all(others);

    for (const tab of tabs) await tab.expectAccountPage();
    await expect.poll(() => network.requests('GET', '/api/account').length).toBe(count * times);
    expect(network.recorded.filter(({ status }) => status !== 200)).toEqual([]);
    expect(network.refreshes.map(({ receivedAt }) => receivedAt - network.recorded[0].receivedAt), 'times of the refreshes').toHaveLength(1);
  });
}

// Behavior 20.
test('five tabs that are restored at once share one refresh, and all are logged in', async ({ network, ada }) => {
  await ada.register();
  const tabs = await ada.openAccountTabs(5);
  network.reset();

  // As slow as a real network, so that the last tab is waiting when the first response arrives.
  const allLoaded = gate();
  network.inject('/api/auth/refresh', holdResponse(allLoaded.opened));
  await Promise.all(tabs.map((tab) => tab.page.reload()));
  for (const tab of tabs) await tab.waitForWasm();
  allLoaded.open();

  for (const tab of tabs) await tab.expectAccountPage();
  // None, if a tab that has not reloaded yet has replied with its token.
  expect(network.refreshes.length).toBeLessThanOrEqual(1);
});

// Behavior 20.
test('five tabs that are restored at full speed are all logged in', async ({ network, ada }) => {
  await ada.register();
  const tabs = await ada.openAccountTabs(5);
  network.reset();

  await Promise.all(tabs.map((tab) => tab.page.reload()));

  for (const tab of tabs) await tab.expectAccountPage();
  console.log(`Five tabs restored at once: ${network.refreshes.length} refreshes.`);
  expect(network.refreshes.length).toBeLessThanOrEqual(1);
});

// Behavior 21.
const failures: Record<string, (page: Page) => Promise<void | (() => Promise<void>)>> = {
  closed: (page) => page.close(),
  frozen: freeze,
  async crashed(page) {
    const devtools = await page.context().newCDPSession(page);
    const crashed = page.waitForEvent('crash');
    void devtools.send('Page.crash').catch(() => {});
    await crashed;
  },
};
for (const [state, disable] of Object.entries(failures)) {
  test(`a tab that is ${state} while it refreshes delays the others by less than a second`, async ({ network, ada }) => {
    await ada.register();
    const tabs = await ada.openAccountTabs(3);
    const others = tabs.slice(1);
    for (const tab of tabs) await advancePastTokenExpiry(tab.page);
    network.reset();

    const responseGate = gate();
    network.inject('/api/auth/refresh', holdResponse(responseGate.opened), 1);
    void ada.revisitAccount().catch(() => {});
    await expect.poll(() => network.refreshes.length).toBe(1);
    await Promise.all(others.map((tab) => tab.revisitAccount()));
    expect(network.refreshes, 'the other tabs wait for it').toHaveLength(1);

    const start = Date.now();
    const resume = await disable(ada.page);
    for (const tab of others) await tab.expectAccountPage();

    const delays = network.requests('GET', '/api/account').map(({ receivedAt }) => receivedAt - start);
    console.log(`The other tabs continued ${delays.join(' and ')} ms after one was ${state}.`);
    expect(delays).toHaveLength(2);
    // One second, and one more for a slow machine.
    expect(Math.max(...delays)).toBeLessThan(2_000);
    // Two tabs whose wait times out in the same instant may both refresh.
    expect(network.refreshes.length).toBeLessThanOrEqual(3);
    const refreshes = network.refreshes.length;

    responseGate.open();
    if (!resume) return;
    await resume();
    await ada.expectAccountPage();
    for (const tab of tabs) await tab.revisitAccount();
    for (const tab of tabs) await tab.expectAccountPage();
    expect(network.refreshes, 'its late response causes no refresh').toHaveLength(refreshes);
  });
}
