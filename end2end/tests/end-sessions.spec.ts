// Ending sessions from the sessions page, after a confirmation.

import { addSessions, logInOnPhone, sessionsPage } from './support/devices';
import { holdResponse, respondWith } from './support/faults';
import { gate } from './support/gate';
import { credentialCookies, expect, test } from './support/test-server';

test('Ada ends the session on her phone, and the phone shows the reason', async ({ server, browser, ada }) => {
  await ada.register();
  const phone = await logInOnPhone(ada, browser, server);
  await ada.open('/sessions');
  const sessions = sessionsPage(ada);

  await sessions.phone.getByRole('button', { name: 'End session', exact: true }).click();
  await expect(sessions.dialog).toHaveAccessibleName(/^End the session on .* on iPhone\?$/);
  await expect(sessions.dialog).toHaveAccessibleDescription(/logged out right away/);
  await sessions.dialogButton('End session').click();

  await sessions.expectStatus(/^The session on .* on iPhone has ended\.$/);
  await expect(sessions.dialog).toBeHidden();
  await expect(sessions.items).toHaveCount(1);
  await expect(sessions.thisDevice.getByRole('heading')).toBeFocused();
  await phone.expectLoggedOut('This session was ended from Chrome on Windows at');
});

test('a canceled confirmation ends no session', async ({ server, browser, network, page, ada }) => {
  await ada.register();
  await logInOnPhone(ada, browser, server);
  await ada.open('/sessions');
  const { items, phone, dialog, button, dialogButton } = sessionsPage(ada);

  for (const control of [phone.getByRole('button', { name: 'End session' }), button('End all other sessions'), button('Log out everywhere')]) {
    for (const cancel of [() => dialogButton('Cancel').click(), () => page.keyboard.press('Escape')]) {
      await control.click();
      await expect(dialog).toBeVisible();
      await cancel();
      await expect(dialog).toBeHidden();
      await expect(control).toBeFocused();
    }
  }
  await expect(items).toHaveCount(2);
  expect(network.recorded.filter(({ method }) => method === 'DELETE')).toEqual([]);
});

test('a server error shows in the dialog, and a second attempt succeeds', async ({ server, browser, network, page, browserErrors, ada }) => {
  browserErrors.allow(/503/);
  await ada.register();
  await logInOnPhone(ada, browser, server);
  await ada.open('/sessions');
  const { items, phone, dialog, dialogButton } = sessionsPage(ada);
  network.inject('/api/sessions/(?!events)', respondWith(503), 1);

  await phone.getByRole('button', { name: 'End session' }).click();
  await dialogButton('End session').click();
  await expect(dialog.getByRole('alert')).toContainText("isn't available right now");
  await expect(items).toHaveCount(2);
  await dialogButton('End session').click();

  await expect(dialog).toBeHidden();
  await expect(items).toHaveCount(1);
  await expect(page.locator('body')).not.toBeFocused();
});

test('a request in flight shows as busy and is not sent twice', async ({ server, browser, network, ada }) => {
  await ada.register();
  await logInOnPhone(ada, browser, server);
  await ada.open('/sessions');
  const { phone, dialog, dialogButton } = sessionsPage(ada);
  const responseGate = gate();
  network.inject('/api/sessions/(?!events)', holdResponse(responseGate.opened));

  await phone.getByRole('button', { name: 'End session' }).click();
  await dialogButton('End session').click();
  await expect(dialogButton('End session')).toHaveAttribute('aria-busy', 'true');
  await expect(dialog.getByRole('status')).toHaveText('One moment…');
  await dialogButton('End session').dispatchEvent('click');
  responseGate.open();

  await expect(dialog).toBeHidden();
  expect(network.recorded.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
});

test('ending a session that has already ended succeeds', async ({ server, browser, browserErrors, ada }) => {
  browserErrors.allow(/404 .*\/api\/sessions\//);
  await ada.register();
  const phone = await logInOnPhone(ada, browser, server);
  await ada.open('/sessions');
  const sessions = sessionsPage(ada);
  await expect(sessions.items).toHaveCount(2);
  await phone.logOut();

  await sessions.phone.getByRole('button', { name: 'End session' }).click();
  await sessions.dialogButton('End session').click();

  await sessions.expectStatus(/had already ended/);
  await expect(sessions.items).toHaveCount(1);
});

test('ending the session of this device is a logout', async ({ ada }) => {
  await ada.register();
  await ada.open('/sessions');
  const { button, dialog, dialogButton } = sessionsPage(ada);

  await button('End session').click();
  await expect(dialog).toHaveAccessibleDescription(/You.ll be logged out\./);
  await dialogButton('End session').click();

  await ada.expectLoggedOut('You have logged out.');
});

test('Ada ends all other sessions, which the confirmation lists, and stays logged in', async ({ server, browser, page, ada }) => {
  await ada.register();
  const phone = await logInOnPhone(ada, browser, server);
  await addSessions(ada, server, 2);
  await ada.open('/sessions');
  const { items, button, dialog, dialogButton, expectStatus } = sessionsPage(ada);

  await expect(items).toHaveCount(4);
  await button('End all other sessions').click();
  await expect(dialog).toHaveAccessibleDescription(/^3 sessions will end: Firefox on Linux, Firefox on Linux and .* on iPhone\./);
  await dialogButton('End all other sessions').click();

  await expectStatus('3 other sessions have ended.');
  await expect(items).toHaveCount(1);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await phone.expectLoggedOut('This session was ended from Chrome on Windows at');
});

test('sessions that have not been used for 30 days are a folded group, and Ada ends them together', async ({ server, page, ada }) => {
  await ada.register();
  await addSessions(ada, server, 3);
  await page.route('**/api/sessions', async (route) => {
    const response = await route.fetch();
    const sessions = await response.json();
    for (const session of sessions.slice(0, 2)) session.last_used_at = '2020-01-01T00:00:00Z';
    await route.fulfill({ response, json: sessions });
  });
  let query = '';
  await page.route('**/api/sessions/others?**', (route) => {
    query = new URL(route.request().url()).search;
    return route.fulfill({ json: { ended: 2 } });
  });
  await ada.open('/sessions');
  const { items, button, dialog, dialogButton, expectStatus } = sessionsPage(ada);

  await expect(items).toHaveCount(2);
  await page.getByText('2 sessions not used for 30 days').click();
  await expect(items).toHaveCount(4);
  await button('End unused sessions').click();
  await expect(dialog).toHaveAccessibleDescription(/^2 sessions will end: Firefox on Linux and Firefox on Linux\./);
  await page.unroute('**/api/sessions');
  await dialogButton('End unused sessions').click();

  await expectStatus('2 other sessions have ended.');
  const since = Date.parse(new URLSearchParams(query).get('unused_since') ?? '');
  expect(Math.round((Date.now() - since) / 86_400_000)).toBe(30);
});

test('logging out everywhere logs out every tab of every browser', async ({ server, browser, context, ada }) => {
  await ada.register();
  const phone = await logInOnPhone(ada, browser, server);
  const phoneTabs = await phone.openAccountTabs(2);
  const tabs = await ada.openAccountTabs(2);
  await ada.open('/sessions');
  const { button, dialog, dialogButton } = sessionsPage(ada);

  await button('Log out everywhere').click();
  await expect(dialog).toHaveAccessibleDescription(/2 sessions will end/);
  await dialogButton('Log out everywhere').click();

  for (const tab of tabs) await expect(tab.page).toHaveURL(/\/login/);
  await ada.expectLoggedOut('You have logged out.');
  expect(await credentialCookies(context)).toEqual([]);
  for (const tab of phoneTabs) await tab.expectLoggedOut('This session was ended from Chrome on Windows at');
});

test('going back while a session is being ended still ends it', async ({ server, browser, page, network, ada }) => {
  await ada.register();
  await ada.expectAccountPage();
  const phone = await logInOnPhone(ada, browser, server);
  await page.getByRole('link', { name: 'Sessions' }).click();
  const sessions = sessionsPage(ada);
  const responseGate = gate();
  network.inject('/api/sessions/(?!events)', holdResponse(responseGate.opened));

  await sessions.phone.getByRole('button', { name: 'End session' }).click();
  await sessions.dialogButton('End session').click();
  await page.goBack();
  await ada.expectAccountPage();
  responseGate.open();

  await phone.expectLoggedOut('This session was ended from Chrome on Windows at');
  await page.getByRole('link', { name: 'Sessions' }).click();
  await expect(sessions.items).toHaveCount(1);
});
