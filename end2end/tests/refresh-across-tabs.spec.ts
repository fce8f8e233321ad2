// One refresh for all tabs of a browser, and no tab that can hold up the others.

import { type Page } from '@playwright/test';
import { expect, gate, test } from './support/test-server';
import { freeze } from './support/fixtures';
import { answerHeld } from './support/fault-proxy';

// Long enough for one token to last until the slowest machine has asked a hundred times.
test.use({ settings: { DOORWARD_ACCESS_TOKEN_LIFETIME: '5m' } });

/** Time passes for this page. */
async function outlivesItsToken(page: Page) {
  await page.evaluate((milliseconds) => {
    for (const clock of [performance, Date]) {
      const now = clock.now.bind(clock);
      clock.now = () => now() + milliseconds;
    }
  }, 6 * 60_000);
}

// 20
for (const { tabs: count, times } of [{ tabs: 2, times: 1 }, { tabs: 5, times: 20 }]) {
  test(`${count} tabs × ${times} requests with expired tokens: 1 refresh`, async ({ wire, ada }) => {
    await ada.registers();
    const tabs = await ada.inTabs(count);
    for (const tab of tabs) await outlivesItsToken(tab.page);
    wire.reset();

    // The answer comes when each tab has asked for it, and while they all go on asking. Not later: a tab that is so busy
    // that it cannot be heard for most of a second is taken for frozen.
    const allAsked = gate();
    wire.meets('/api/auth/refresh', answerHeld(allAsked.opened));
    const first = tabs.map((tab) => tab.looksAgain());
    const others = tabs.map((tab, index) => first[index].then(() => tab.looksAgain(times - 1)));
    await Promise.all(first);
    allAsked.open();
    await Promise.all(others);

    for (const tab of tabs) await tab.seesTheirAccount();
    await expect.poll(() => wire.requests('GET', '/api/account').length).toBe(count * times);
    expect(wire.seen.filter(({ status }) => status !== 200)).toEqual([]);
    expect(wire.refreshes.map(({ at }) => at - wire.seen[0].at), 'when refreshes began').toHaveLength(1);
  });
}

// 20
test('five tabs that are restored at once: 1 refresh, and all are logged in', async ({ wire, ada }) => {
  await ada.registers();
  const tabs = await ada.inTabs(5);
  wire.reset();

  // As slow as a network is, so that the first answer finds the last tab waiting.
  const allLoaded = gate();
  wire.meets('/api/auth/refresh', answerHeld(allLoaded.opened));
  await Promise.all(tabs.map((tab) => tab.page.reload()));
  for (const tab of tabs) await tab.hydrated();
  allLoaded.open();

  for (const tab of tabs) await tab.seesTheirAccount();
  expect(wire.refreshes).toHaveLength(1);
});

// 20
test('five tabs that are restored as fast as the machine can: all are logged in', async ({ wire, ada }) => {
  await ada.registers();
  const tabs = await ada.inTabs(5);
  wire.reset();

  await Promise.all(tabs.map((tab) => tab.page.reload()));

  for (const tab of tabs) await tab.seesTheirAccount();
  console.log(`Five tabs restored at once: ${wire.refreshes.length} refreshes.`);
  expect(wire.refreshes.length).toBeLessThanOrEqual(5);
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
  test(`a tab that is ${fate} while it refreshes delays the others by less than a second`, async ({ wire, ada }) => {
    await ada.registers();
    const tabs = await ada.inTabs(3);
    const others = tabs.slice(1);
    for (const tab of tabs) await outlivesItsToken(tab.page);
    wire.reset();

    const late = gate();
    wire.meets('/api/auth/refresh', answerHeld(late.opened), 1);
    void ada.looksAgain().catch(() => {});
    await expect.poll(() => wire.refreshes.length).toBe(1);
    await Promise.all(others.map((tab) => tab.looksAgain()));
    expect(wire.refreshes, 'the others wait').toHaveLength(1);

    const then = Date.now();
    const thaw = await befalls(ada.page);
    for (const tab of others) await tab.seesTheirAccount();

    const answered = wire.requests('GET', '/api/account').map(({ at }) => at - then);
    console.log(`The others got through ${answered.join(' and ')} ms after a tab was ${fate}.`);
    expect(answered).toHaveLength(2);
    // A second, and as much again for a slow machine.
    expect(Math.max(...answered)).toBeLessThan(2_000);
    // Two that lose patience in the same instant may both ask.
    expect(wire.refreshes.length).toBeLessThanOrEqual(3);
    const asked = wire.refreshes.length;

    late.open();
    if (!thaw) return;
    await thaw();
    await ada.seesTheirAccount();
    for (const tab of tabs) await tab.looksAgain();
    for (const tab of tabs) await tab.seesTheirAccount();
    expect(wire.refreshes, 'its late answer costs nothing').toHaveLength(asked);
  });
}
