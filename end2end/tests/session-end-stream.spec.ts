// The session-end stream: idle pages show at once that their session was ended on another device.

import type { IncomingHttpHeaders } from 'node:http';
import type { FaultProxy } from './support/fault-proxy';
import { respondWith } from './support/faults';
import { setVisibility } from './support/page-lifecycle';
import { claimsOf, cookieHeader, expect, NETWORK_ERROR, test } from './support/test-server';

/** The open streams of Ada's session. The page of the test before may still be about to close its own. */
function openStreams(network: FaultProxy) {
  const sessionOf = ({ headers }: { headers: IncomingHttpHeaders }) => claimsOf(headers.authorization ?? '.e30.').sid;
  const account = network.requests('GET', '/api/account').at(-1);
  return network.openStreams.filter((stream) => account && sessionOf(stream) === sessionOf(account));
}

// Behavior 22.
test('a session that another device ends shows as ended in all tabs within a second, with time and device', async ({ server, network, ada }) => {
  await ada.register();
  const tabs = await ada.openAccountTabs(3);
  await expect.poll(() => openStreams(network).length, { message: 'one stream for all tabs' }).toBe(1);

  const { elapsed } = await server.endSessionsOnAnotherDevice(ada);
  for (const tab of tabs) await tab.expectLoggedOut(/^This session was ended from Firefox on Linux at \d\d:\d\d\.$/);

  // One second, and one more for a slow machine.
  expect(elapsed()).toBeLessThan(2_000);
  for (const tab of tabs) await expect(tab.page.getByText(ada.email)).toHaveCount(0);
  expect(network.refreshes.length, 'one refresh for each page load').toBeLessThanOrEqual(3);
});

test('the stream stays open after the access token expires, without a refresh', async ({ server, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await expect.poll(() => openStreams(network).length).toBe(1);
  network.reset();

  await ada.page.waitForTimeout(12_000);
  expect(network.recorded).toEqual([]);

  await server.endSessionsOnAnotherDevice(ada);
  await ada.expectLoggedOut('This session was ended from Firefox on Linux');
});

test('a broken stream is reopened, and the page shows no error', async ({ server, page, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR, /ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE/);
  await ada.register();
  await ada.expectAccountPage();
  await expect.poll(() => openStreams(network).length).toBe(1);

  network.inject('/api/sessions/events', respondWith(503), 1);
  network.dropConnections();
  await expect.poll(() => network.requests('GET', '/api/sessions/events').length).toBe(3);
  await expect.poll(() => openStreams(network).length).toBe(1);
  await expect(page.getByText('able to reach the server')).toHaveCount(0);
  await ada.expectAccountPage();

  await server.endSessionsOnAnotherDevice(ada);
  await ada.expectLoggedOut('This session was ended from Firefox on Linux');
});

test('a hidden page has no stream, and shows the session end when it becomes visible', async ({ server, page, network, browserErrors, ada }) => {
  browserErrors.allow(/401 .*\/api\/(sessions\/events|auth\/refresh)/);
  await ada.register();
  await ada.expectAccountPage();
  await expect.poll(() => openStreams(network).length).toBe(1);

  await setVisibility(page, 'hidden');
  await expect.poll(() => openStreams(network).length).toBe(0);
  await server.endSessionsOnAnotherDevice(ada);
  await ada.expectAccountPage();
  await setVisibility(page, 'visible');

  await ada.expectLoggedOut('This session was ended from Firefox on Linux');
  const rejected = network.recorded.filter(({ status }) => status === 401).map(({ path }) => path);
  expect(rejected).toContainEqual(expect.stringMatching(/^\/api\/(sessions\/events|auth\/refresh)$/));
});

test('a logout closes the stream', async ({ server, context, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  await expect.poll(() => openStreams(network).length).toBe(1);
  const cookie = await cookieHeader(context);

  await ada.logOut();

  await expect.poll(() => openStreams(network).length).toBe(0);
  expect(await server.sessionStatus(cookie)).toBe('logged_out');
});
