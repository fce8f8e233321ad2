// What the page of sessions ends, after a question.

import { logsInElsewhere, phoneOf, sessionsOf } from './support/devices';
import { expect, gate, test } from './support/test-server';
import { answerHeld, answers } from './support/fault-proxy';

test('Ada ends the session on her phone, which is told why', async ({ doorward, browser, ada }) => {
  await ada.registers();
  const phone = await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const sessions = sessionsOf(ada);

  await sessions.phone.getByRole('button', { name: 'End session', exact: true }).click();
  await expect(sessions.dialog).toHaveAccessibleName(/^End the session on .* on iPhone\?$/);
  await expect(sessions.dialog).toHaveAccessibleDescription(/logged out at once/);
  await sessions.answer('End session').click();

  await sessions.says(/^The session on .* on iPhone has ended\.$/);
  await expect(sessions.dialog).toBeHidden();
  await expect(sessions.items).toHaveCount(1);
  await expect(sessions.here.getByRole('heading')).toBeFocused();
  await phone.isToldWhy('This session was ended from Chrome on Windows at');
});

test('nothing ends when Ada says no', async ({ doorward, browser, wire, page, ada }) => {
  await ada.registers();
  await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const { items, phone, dialog, button, answer } = sessionsOf(ada);

  for (const control of [phone.getByRole('button', { name: 'End session' }), button('End all other sessions'), button('Log out everywhere')]) {
    for (const refuse of [() => answer('Cancel').click(), () => page.keyboard.press('Escape')]) {
      await control.click();
      await expect(dialog).toBeVisible();
      await refuse();
      await expect(dialog).toBeHidden();
      await expect(control).toBeFocused();
    }
  }
  await expect(items).toHaveCount(2);
  expect(wire.seen.filter(({ method }) => method === 'DELETE')).toEqual([]);
});

test('a server that fails is reported in the dialog, and a second try works', async ({ doorward, browser, wire, page, complaints, ada }) => {
  complaints.expect(/503/);
  await ada.registers();
  await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const { items, phone, dialog, answer } = sessionsOf(ada);
  wire.meets('/api/sessions/(?!events)', answers(503), 1);

  await phone.getByRole('button', { name: 'End session' }).click();
  await answer('End session').click();
  await expect(dialog.getByRole('alert')).toContainText('Please');
  await expect(items).toHaveCount(2);
  await answer('End session').click();

  await expect(dialog).toBeHidden();
  await expect(items).toHaveCount(1);
  await expect(page.locator('body')).not.toBeFocused();
});

test('what is on its way is sent once, and said to be', async ({ doorward, browser, wire, ada }) => {
  await ada.registers();
  await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const { phone, dialog, answer } = sessionsOf(ada);
  const late = gate();
  wire.meets('/api/sessions/(?!events)', answerHeld(late.opened));

  await phone.getByRole('button', { name: 'End session' }).click();
  await answer('End session').click();
  await expect(answer('End session')).toHaveAttribute('aria-busy', 'true');
  await expect(dialog.getByRole('status')).toHaveText('One moment…');
  await answer('End session').dispatchEvent('click');
  late.open();

  await expect(dialog).toBeHidden();
  expect(wire.seen.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
});

test('a session that has ended meanwhile counts as ended', async ({ doorward, browser, complaints, ada }) => {
  complaints.expect(/404 .*\/api\/sessions\//);
  await ada.registers();
  const phone = await phoneOf(ada, browser, doorward);
  await ada.opens('/sessions');
  const sessions = sessionsOf(ada);
  await expect(sessions.items).toHaveCount(2);
  await phone.logsOut();

  await sessions.phone.getByRole('button', { name: 'End session' }).click();
  await sessions.answer('End session').click();

  await sessions.says(/had ended already/);
  await expect(sessions.items).toHaveCount(1);
});

test('Ada ends her own session, which is a logout', async ({ ada }) => {
  await ada.registers();
  await ada.opens('/sessions');
  const { button, dialog, answer } = sessionsOf(ada);

  await button('End session').click();
  await expect(dialog).toHaveAccessibleDescription(/you will be logged out here/);
  await answer('End session').click();

  await ada.isToldWhy('You have logged out.');
});

test('Ada ends all other sessions, is told which, and stays', async ({ doorward, browser, page, ada }) => {
  await ada.registers();
  const phone = await phoneOf(ada, browser, doorward);
  await logsInElsewhere(ada, doorward, 2);
  await ada.opens('/sessions');
  const { items, button, dialog, answer, says } = sessionsOf(ada);

  await expect(items).toHaveCount(4);
  await button('End all other sessions').click();
  await expect(dialog).toHaveAccessibleDescription(/^3 sessions end at once: Firefox on Linux, Firefox on Linux and .* on iPhone\./);
  await answer('End all other sessions').click();

  await says('3 other sessions have ended.');
  await expect(items).toHaveCount(1);
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await phone.isToldWhy('This session was ended from Chrome on Windows at');
});

test('Ada logs out everywhere, in every tab of every browser', async ({ doorward, browser, context, ada }) => {
  await ada.registers();
  const phone = await phoneOf(ada, browser, doorward);
  const phoneTabs = await phone.inTabs(2);
  const tabs = await ada.inTabs(2);
  await ada.opens('/sessions');
  const { button, dialog, answer } = sessionsOf(ada);

  await button('Log out everywhere').click();
  await expect(dialog).toHaveAccessibleDescription(/2 sessions end at once/);
  await answer('Log out everywhere').click();

  for (const tab of tabs) await expect(tab.page).toHaveURL(/\/login/);
  await ada.isToldWhy('You have logged out.');
  expect(await context.cookies()).toEqual([]);
  for (const tab of phoneTabs) await tab.isToldWhy('This session was ended from Chrome on Windows at');
});

test('an end that is under way when Ada goes back does no harm', async ({ doorward, browser, page, wire, ada }) => {
  await ada.registers();
  await ada.seesTheirAccount();
  const phone = await phoneOf(ada, browser, doorward);
  await page.getByRole('link', { name: 'Sessions' }).click();
  const sessions = sessionsOf(ada);
  const late = gate();
  wire.meets('/api/sessions/(?!events)', answerHeld(late.opened));

  await sessions.phone.getByRole('button', { name: 'End session' }).click();
  await sessions.answer('End session').click();
  await page.goBack();
  await ada.seesTheirAccount();
  late.open();

  await phone.isToldWhy('This session was ended from Chrome on Windows at');
  await page.getByRole('link', { name: 'Sessions' }).click();
  await expect(sessions.items).toHaveCount(1);
});
