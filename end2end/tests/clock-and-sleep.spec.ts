// What clocks and sleep do to a session: a device's time of day is never trusted, and time that was slept through counts.

import { HOUR, jumps, wrongBy } from './support/device-clock';
import { claims, expect, Person, test, tokensEnd } from './support/test-server';
import { freeze, wakes } from './support/fixtures';
import { type Proxy } from './support/fault-proxy';

/** Outlives a token, busily. */
async function livesOn(ada: Person) {
  for (let step = 0; step < 14; step++) {
    await ada.looksAgain();
    await ada.page.waitForTimeout(350);
  }
}

/** How many requests came with a token that had ended. */
const expired = (wire: Proxy) =>
  wire.seen.filter(({ headers, at }) => headers.authorization && claims(headers.authorization).exp * 1000 <= at).length;

// 23
for (const [offset, milliseconds] of [['right', 0], ['an hour ahead', HOUR], ['an hour behind', -HOUR]] as const) {
  test(`a device clock that is ${offset} costs no session and no refresh more`, async ({ page, wire, ada }) => {
    await wrongBy(page, milliseconds);
    await ada.registers();
    const then = Date.now();
    wire.reset();

    await livesOn(ada);

    await ada.seesTheirAccount();
    const addresses = wire.seen.map(({ path }) => path.split('?')[0]);
    expect(addresses, 'nobody was sent to the login page').not.toContain('/login');
    // A token is good for 3.5 s at least before the next one is asked for.
    const lives = (Date.now() - then) / 3_500;
    expect(wire.refreshes.length).toBeGreaterThanOrEqual(1);
    expect(wire.refreshes.length).toBeLessThanOrEqual(Math.ceil(lives));
    expect(expired(wire)).toBe(0);
  });
}

// 23
test('a device clock that jumps costs no session, and one refresh at most', async ({ page, wire, ada }) => {
  await wrongBy(page, 0);
  await ada.registers();
  await ada.seesTheirAccount();

  for (const milliseconds of [HOUR, -HOUR, 48 * HOUR, 0]) {
    await jumps(page, milliseconds);
    wire.reset();
    await ada.looksAgain(3);
    await wakes(page);
    await ada.looksAgain(3);
    await ada.seesTheirAccount();
    expect(wire.refreshes.length, `a jump to ${milliseconds / HOUR} h`).toBeLessThanOrEqual(1);
    expect(wire.seen.filter(({ status }) => status !== 200)).toEqual([]);
  }
  await tokensEnd();
  await ada.looksAgain();
  await ada.seesTheirAccount();
  expect(expired(wire)).toBe(0);
});

// 24
test('sleep past the end of the token costs one refresh on waking', async ({ page, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  const tabs = [ada, await ada.opensTab('/account')];
  await tabs[1].seesTheirAccount();

  const thaws = await Promise.all(tabs.map((tab) => freeze(tab.page)));
  await tokensEnd();
  wire.reset();
  await Promise.all(thaws.map((thaw) => thaw()));
  await Promise.all(tabs.map((tab) => wakes(tab.page)));

  await expect.poll(() => wire.refreshes.length).toBe(1);
  await Promise.all(tabs.map((tab) => tab.looksAgain()));
  for (const tab of tabs) await tab.seesTheirAccount();
  expect(wire.refreshes).toHaveLength(1);
  expect(expired(wire)).toBe(0);
});

// 24: in some browsers the steady clock stands still while the machine sleeps, and only the time of day tells.
test('sleep that only the time of day knows of costs one refresh on waking', async ({ page, wire, ada }) => {
  await wrongBy(page, 0);
  await ada.registers();
  await ada.seesTheirAccount();
  wire.reset();

  await jumps(page, HOUR);
  await wakes(page);

  await expect.poll(() => wire.refreshes.length).toBe(1);
  await wakes(page);
  await ada.looksAgain();
  await ada.seesTheirAccount();
  expect(wire.refreshes).toHaveLength(1);
});
