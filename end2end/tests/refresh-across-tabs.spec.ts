// One refresh for all tabs of a browser, and no tab that can hold up the others.

import { type Page } from '@playwright/test';
import { holdResponse } from './support/faults';
import { gate } from './support/gate';
import { freeze } from './support/page-lifecycle';
import { expect, test } from './support/test-server';

// Long enough for one token to last until the slowest machine has asked a hundred times.
test.use({ settings: { DOORWARD_ACCESS_TOKEN_LIFETIME: '5m' } });

/** Time passes for this page. */
async function advancePastTokenExpiry(page: Page) {
  await page.evaluate((milliseconds) => {
    for (const clock of [performance, Date]) {
      const now = clock.now.bind(clock);
      clock.now = () => now() + milliseconds;
    }
  }, 6 * 60_000);
}

// 20
for (const { tabs: count, times } of [{ tabs: 2, times: 1 }, { tabs: 5, times: 20 }]) {
  test(`${count} tabs × ${times} requests with expired tokens: 1 refresh`, async ({ network, ada }) => {
    await ada.register();
    const tabs = await ada.openAccountTabs(count);
    for (const tab of tabs) await advancePastTokenExpiry(tab.page);
    network.reset();

    // The answer comes when each tab has asked for it, and while they all go on asking. Not later: a tab that is so busy
    // that it cannot be heard for most of a second is taken for frozen.
    const allAsked = gate();
    network.inject('/api/auth/refresh', holdResponse(allAsked.opened));
    const first = tabs.map((tab) => tab.revisitAccount());
    const others = tabs.map((tab, index) => first[index].then(() => tab.revisitAccount(times - 1)));
    await Promise.all(first);
    allAsked.open();
    await Promise.all(others);

    for (const tab of tabs) await tab.expectAccountPage();
    await expect.poll(() => network.requests('GET', '/api/account').length).toBe(count * times);
    expect(network.recorded.filter(({ status }) => status !== 200)).toEqual([]);
    expect(network.refreshes.map(({ receivedAt }) => receivedAt - network.recorded[0].receivedAt), 'when refreshes began').toHaveLength(1);
  });
}

// 20
test('five tabs that are restored at once: 1 refresh, and all are logged in', async ({ network, ada }) => {
  await ada.register();
  const tabs = await ada.openAccountTabs(5);
  network.reset();

  // As slow as a network is, so that the first answer finds the last tab waiting.
  const allLoaded = gate();
  network.inject('/api/auth/refresh', holdResponse(allLoaded.opened));
  await Promise.all(tabs.map((tab) => tab.page.reload()));
  for (const tab of tabs) await tab.waitForHydration();
  allLoaded.open();

  for (const tab of tabs) await tab.expectAccountPage();
  expect(network.refreshes).toHaveLength(1);
});

// 20
test('five tabs that are restored as fast as the machine can: all are logged in', async ({ network, ada }) => {
  await ada.register();
  const tabs = await ada.openAccountTabs(5);
  network.reset();

  await Promise.all(tabs.map((tab) => tab.page.reload()));

  for (const tab of tabs) await tab.expectAccountPage();
  console.log(`Five tabs restored at once: ${network.refreshes.length} refreshes.`);
  expect(network.refreshes.length).toBeLessThanOrEqual(5);
});

// 21
const ways: Record<string, (page: Page) => Promise<void | (() => Promise<void>)>> = {
  closed: (page) => page.close(),
  frozen: freeze,
  async crashed(page) {
    const devtools = await page.context().newCDPSession(page);
    const crashed = page.waitForEvent('crash');
    void devtools.send('Page.crash').catch(() => {});
    await crashed;
  },
};
for (const [fate, befalls] of Object.entries(ways)) {
  test(`a tab that is ${fate} while it refreshes delays the others by less than a second`, async ({ network, ada }) => {
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
    expect(network.refreshes, 'the others wait').toHaveLength(1);

    const then = Date.now();
    const thaw = await befalls(ada.page);
    for (const tab of others) await tab.expectAccountPage();

    const answered = network.requests('GET', '/api/account').map(({ receivedAt }) => receivedAt - then);
    console.log(`The others got through ${answered.join(' and ')} ms after a tab was ${fate}.`);
    expect(answered).toHaveLength(2);
    // A second, and as much again for a slow machine.
    expect(Math.max(...answered)).toBeLessThan(2_000);
    // Two that lose patience in the same instant may both ask.
    expect(network.refreshes.length).toBeLessThanOrEqual(3);
    const asked = network.refreshes.length;

    responseGate.open();
    if (!thaw) return;
    await thaw();
    await ada.expectAccountPage();
    for (const tab of tabs) await tab.revisitAccount();
    for (const tab of tabs) await tab.expectAccountPage();
    expect(network.refreshes, 'its late answer costs nothing').toHaveLength(asked);
  });
}
