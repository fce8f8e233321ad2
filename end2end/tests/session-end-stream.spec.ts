// The end of a session, told by the server to pages that nobody touches.

import { respondWith } from './support/faults';
import { cookieHeader, expect, NETWORK_ERROR, test } from './support/test-server';

// 22
test('an end on another device is shown within a second, with when and from where, in all tabs', async ({ server, network, ada }) => {
  await ada.register();
  const tabs = await ada.openAccountTabs(3);
  await expect.poll(() => network.openStreams.length, { message: 'one for all tabs' }).toBe(1);

  const { elapsed } = await server.endSessionsElsewhere(ada);
  for (const tab of tabs) await tab.expectLoggedOut(/^This session was ended from Firefox on Linux at \d\d:\d\d\.$/);

  // A second, and another one for a machine that has other things to do.
  expect(elapsed()).toBeLessThan(2_000);
  for (const tab of tabs) await expect(tab.page.getByText(ada.email)).toHaveCount(0);
  expect(network.refreshes.length, 'each page loaded once').toBeLessThanOrEqual(3);
});

test('a stream outlives the tokens, and costs no refresh', async ({ server, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await expect.poll(() => network.openStreams.length).toBe(1);
  network.reset();

  await ada.page.waitForTimeout(12_000);
  expect(network.recorded).toEqual([]);

  await server.endSessionsElsewhere(ada);
  await ada.expectLoggedOut('This session was ended from Firefox on Linux');
});

test('a stream that breaks is opened again, and Ada notices nothing', async ({ server, page, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR, /ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE/);
  await ada.register();
  await ada.expectAccountPage();
  await expect.poll(() => network.openStreams.length).toBe(1);

  network.inject('/api/sessions/events', respondWith(503), 1);
  network.dropConnections();
  await expect.poll(() => network.requests('GET', '/api/sessions/events').length).toBe(3);
  await expect.poll(() => network.openStreams.length).toBe(1);
  await expect(page.getByText("Can't reach the server")).toHaveCount(0);
  await ada.expectAccountPage();

  await server.endSessionsElsewhere(ada);
  await ada.expectLoggedOut('This session was ended from Firefox on Linux');
});

test('a hidden page holds no stream, and hears of the end when it is seen again', async ({ server, page, network, browserErrors, ada }) => {
  browserErrors.expect(/401 .*\/api\/(sessions\/events|auth\/refresh)/);
  const show = (state: 'hidden' | 'visible') =>
    page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await ada.register();
  await ada.expectAccountPage();
  await expect.poll(() => network.openStreams.length).toBe(1);

  await show('hidden');
  await expect.poll(() => network.openStreams.length).toBe(0);
  await server.endSessionsElsewhere(ada);
  await show('visible');

  await ada.expectLoggedOut('This session was ended from Firefox on Linux');
});

test('a logout lets go of the stream', async ({ server, context, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await expect.poll(() => network.openStreams.length).toBe(1);
  const cookie = await cookieHeader(context);

  await ada.logOut();

  await expect.poll(() => network.openStreams.length).toBe(0);
  expect(await server.sessionStatus(cookie)).toBe('logged_out');
});
