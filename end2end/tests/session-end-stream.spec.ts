// The end of a session, told by the server to pages that nobody touches.

import { cookieOf, expect, FAILED, test } from './support/test-server';
import { answers } from './support/fault-proxy';

// 22
test('an end on another device is shown within a second, with when and from where, in all tabs', async ({ doorward, wire, ada }) => {
  await ada.registers();
  const tabs = await ada.inTabs(3);
  await expect.poll(() => wire.streams.length, { message: 'one for all tabs' }).toBe(1);

  const { took } = await doorward.endsSessionsOf(ada);
  for (const tab of tabs) await tab.isToldWhy(/^This session was ended from Firefox on Linux at \d\d:\d\d\.$/);

  // A second, and another one for a machine that has other things to do.
  expect(took()).toBeLessThan(2_000);
  for (const tab of tabs) await expect(tab.page.getByText(ada.email)).toHaveCount(0);
  expect(wire.refreshes.length, 'each page loaded once').toBeLessThanOrEqual(3);
});

test('a stream outlives the tokens, and costs no refresh', async ({ doorward, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  await expect.poll(() => wire.streams.length).toBe(1);
  wire.reset();

  await ada.page.waitForTimeout(12_000);
  expect(wire.seen).toEqual([]);

  await doorward.endsSessionsOf(ada);
  await ada.isToldWhy('This session was ended from Firefox on Linux');
});

test('a stream that breaks is opened again, and Ada notices nothing', async ({ doorward, page, wire, complaints, ada }) => {
  complaints.allow(FAILED, /ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE/);
  await ada.registers();
  await ada.seesTheirAccount();
  await expect.poll(() => wire.streams.length).toBe(1);

  wire.meets('/api/sessions/events', answers(503), 1);
  wire.cuts();
  await expect.poll(() => wire.requests('GET', '/api/sessions/events').length).toBe(3);
  await expect.poll(() => wire.streams.length).toBe(1);
  await expect(page.getByText('Server unreachable')).toHaveCount(0);
  await ada.seesTheirAccount();

  await doorward.endsSessionsOf(ada);
  await ada.isToldWhy('This session was ended from Firefox on Linux');
});

test('a hidden page holds no stream, and hears of the end when it is seen again', async ({ doorward, page, wire, complaints, ada }) => {
  complaints.expect(/401 .*\/api\/(sessions\/events|auth\/refresh)/);
  const show = (state: 'hidden' | 'visible') =>
    page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await ada.registers();
  await ada.seesTheirAccount();
  await expect.poll(() => wire.streams.length).toBe(1);

  await show('hidden');
  await expect.poll(() => wire.streams.length).toBe(0);
  await doorward.endsSessionsOf(ada);
  await show('visible');

  await ada.isToldWhy('This session was ended from Firefox on Linux');
});

test('a logout lets go of the stream', async ({ doorward, context, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  await expect.poll(() => wire.streams.length).toBe(1);
  const cookie = await cookieOf(context);

  await ada.logsOut();

  await expect.poll(() => wire.streams.length).toBe(0);
  expect(await doorward.sessionOf(cookie)).toBe('logged_out');
});
