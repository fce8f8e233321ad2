// Passkeys: added, used, renamed and removed, with Chromium's virtual authenticator and with objects as password managers make them.

import { expectAccessible, viewports } from './support/axe';
import { Authenticator } from './support/authenticator';
import { addPasskey, button, dialog, expectStatus, openSecurity, passkeyRows } from './support/factors';
import { respondWith } from './support/faults';
import { expectToFit } from './support/reflow';
import { expect, NETWORK_ERROR, test, type User } from './support/test-server';

test.use({ hostname: 'localhost' });

const logInWithPasskey = 'Log in with a passkey';
const challenges = '/api/auth/challenge';

/** Counts in the page how often the browser has been asked for the list at a field. */
function markOffer() {
  const get = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = (options) => {
    const answer = get(options);
    const { dataset } = document.documentElement;
    if (options?.mediation === 'conditional') dataset.offered = String(Number(dataset.offered ?? 0) + 1);
    return answer;
  };
}

/**
 * Registers Ada, who adds a passkey and logs out. On the login page, the passkeys are offered already: the authenticator would
 * answer that at once if it were touched before.
 */
async function registerWithPasskey(ada: User) {
  await ada.page.addInitScript(markOffer);
  const authenticator = await Authenticator.connect(ada.page);
  await ada.register();
  await openSecurity(ada);
  await addPasskey(ada, authenticator);
  await ada.logOut();
  await ada.open('/login');
  await expect(ada.page.locator('html[data-offered]')).toBeAttached();
  return authenticator;
}

for (const [screen, viewport] of Object.entries(viewports)) {
  test(`Ada adds a passkey and logs in with it, on a ${screen}`, async ({ page, network, ada }) => {
    await page.setViewportSize(viewport);
    const authenticator = await registerWithPasskey(ada);
    await expectAccessible(page);

    await authenticator.touched(async () => {
      await button(ada, logInWithPasskey).click();
      await ada.expectUrl('/account');
    });

    await ada.expectAccountPage();
    expect(network.requests('POST', '/api/auth/login/passkey')).toHaveLength(1);
    await openSecurity(ada);
    await expect(passkeyRows(ada)).toHaveCount(1);
    await expect(passkeyRows(ada)).toContainText('Last used now');
    await expectAccessible(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await expectToFit(page, '/security with a passkey');
  });
}

test('a passkey is renamed, and removed from the account and the authenticator', async ({ page, ada }) => {
  const authenticator = await Authenticator.connect(page);
  await ada.register();
  await openSecurity(ada);
  await expect(page.getByText('You have no passkeys yet.')).toBeVisible();
  await addPasskey(ada, authenticator);
  await expect(page.getByText('Your password alone still opens this account.')).toBeVisible();

  await button(ada, 'Rename').click();
  const rename = dialog(ada, /^Rename/);
  await expect(rename.getByLabel('Name of this passkey')).toBeFocused();
  await expectAccessible(page);
  await rename.getByLabel('Name of this passkey').fill('My laptop');
  await rename.getByRole('button', { name: 'Save' }).click();
  await expectStatus(ada, 'Renamed to');
  await expect(passkeyRows(ada)).toContainText('My laptop');

  await button(ada, 'Remove').click();
  await dialog(ada, /^Remove .*My laptop/).getByRole('button', { name: 'Remove' }).click();
  await expectStatus(ada, 'has been removed.');
  await expect(passkeyRows(ada)).toHaveCount(0);
  await expect.poll(() => authenticator.passkeys()).toEqual([]);
});

test('the same device is not added twice, and the browser says so without an error', async ({ page, ada }) => {
  const authenticator = await Authenticator.connect(page);
  await ada.register();
  await openSecurity(ada);
  await addPasskey(ada, authenticator);
  await authenticator.touched(async () => {
    await button(ada, 'Add a passkey').click();
    await expectStatus(ada, 'This device already has a passkey for this account.');
  });
  await expect(passkeyRows(ada)).toHaveCount(1);
});

test('a user who declines sees no error, and can try again', async ({ page, network, ada }) => {
  const authenticator = await registerWithPasskey(ada);
  await expect.poll(() => network.requests('POST', challenges).length).toBe(3);
  network.reset();
  await authenticator.verifies(false);
  await authenticator.touched(async () => {
    await button(ada, logInWithPasskey).click();
    // The passkeys are offered again.
    await expect.poll(() => network.requests('POST', challenges).length).toBe(2);
  });
  await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0);

  await authenticator.verifies(true);
  await authenticator.touched(async () => {
    await button(ada, logInWithPasskey).click();
    await ada.expectUrl('/account');
  });
});

test('a passkey that was removed says so, and the authenticator forgets it', async ({ page, server, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  const authenticator = await registerWithPasskey(ada);
  const headers = await server.logInOnAnotherDevice(ada);
  const security = (await (await server.request('GET', '/api/account/security', undefined, headers)).json()) as { passkeys: { id: string }[] };
  const removed = await server.request('DELETE', `/api/account/passkeys/${security.passkeys[0].id}`, undefined, headers);
  expect(removed.ok).toBe(true);

  await authenticator.touched(async () => {
    await button(ada, logInWithPasskey).click();
    await expect(page.getByRole('alert').filter({ hasText: "doesn't belong to any account" })).toBeVisible();
  });
  await expect.poll(() => authenticator.passkeys()).toEqual([]);
});

test('the list at the field for the email logs in', async ({ page, network, ada }) => {
  const authenticator = await registerWithPasskey(ada);
  await expect(page.getByLabel('Email', { exact: true })).toHaveAttribute('autocomplete', 'username webauthn');
  // Chromium's authenticator chooses at once what it is offered, if its user touches it.
  await authenticator.touch(true);
  await page.reload();
  await ada.expectUrl('/account');
  expect(network.requests('POST', '/api/auth/login/passkey')).toHaveLength(1);
});

test('the list is offered once, again after eight minutes, and not while the button is at work', async ({ page, network, ada }) => {
  await page.clock.install();
  const authenticator = await registerWithPasskey(ada);
  await expect.poll(() => network.requests('POST', challenges).length).toBe(3);
  network.reset();
  await page.reload();
  await ada.waitForWasm();
  await expect.poll(() => network.requests('POST', challenges).length).toBe(1);
  await page.clock.runFor('07:50');
  expect(network.requests('POST', challenges)).toHaveLength(1);
  await page.clock.runFor('00:20');
  await expect.poll(() => network.requests('POST', challenges).length).toBe(2);
  await expect(page.locator('html')).toHaveAttribute('data-offered', '2');

  await authenticator.touched(async () => {
    await button(ada, logInWithPasskey).click();
    await ada.expectUrl('/account');
  });
  expect(network.requests('POST', challenges)).toHaveLength(3);
});

test('a browser that refuses the list at once is not asked again while the page is idle', async ({ page, network, ada }) => {
  await page.addInitScript(() => {
    navigator.credentials.get = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await ada.open('/login');
  await expect.poll(() => network.requests('POST', challenges).length).toBe(1);
  await page.waitForTimeout(2_000);
  expect(network.requests('POST', challenges)).toHaveLength(1);
  await page.getByLabel('Email', { exact: true }).click();
  await expect.poll(() => network.requests('POST', challenges).length).toBe(2);
});

test('a wrong password withdraws the offer, and makes another one', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  await ada.open('/login');
  await expect.poll(() => network.requests('POST', challenges).length).toBe(1);
  await ada.logIn();
  await expect(page.getByRole('alert').filter({ hasText: 'Incorrect email or password.' })).toBeVisible();
  await expect.poll(() => network.requests('POST', challenges).length).toBe(2);
});

test('an email that changes changes in the authenticator, too', async ({ page, ada }) => {
  const authenticator = await Authenticator.connect(page);
  await ada.register();
  await openSecurity(ada);
  await addPasskey(ada, authenticator);
  expect(await authenticator.passkeys()).toMatchObject([{ userName: ada.email, userDisplayName: ada.name }]);
  await ada.open('/account');
  await ada.changeName();
  await expectStatus(ada, 'Name updated.');
  await expect.poll(() => authenticator.passkeys()).toMatchObject([{ userDisplayName: 'Ada, Countess of Lovelace' }]);
});

/** What password managers leave out of their answers, or break. */
const broken: Record<string, (prototypes: Record<string, object>) => void> = {
  'toJSON, getPublicKey and getTransports are missing': () => {
    Reflect.deleteProperty(PublicKeyCredential.prototype, 'toJSON');
    Reflect.deleteProperty(PublicKeyCredential, 'parseCreationOptionsFromJSON');
    Reflect.deleteProperty(PublicKeyCredential, 'parseRequestOptionsFromJSON');
    Reflect.deleteProperty(AuthenticatorAttestationResponse.prototype, 'getPublicKey');
    Reflect.deleteProperty(AuthenticatorAttestationResponse.prototype, 'getTransports');
  },
  'toJSON, getPublicKey and getTransports throw': () => {
    const fail = () => {
      throw new TypeError('not here');
    };
    Object.assign(PublicKeyCredential.prototype, { toJSON: fail });
    Object.assign(AuthenticatorAttestationResponse.prototype, { getPublicKey: fail, getTransports: fail });
  },
  'the signals are missing': () => {
    for (const name of ['signalUnknownCredential', 'signalAllAcceptedCredentials', 'signalCurrentUserDetails']) Reflect.deleteProperty(PublicKeyCredential, name);
  },
};

for (const [description, breakObjects] of Object.entries(broken)) {
  test(`a passkey works although ${description}`, async ({ page, ada }) => {
    await page.addInitScript(breakObjects);
    const authenticator = await registerWithPasskey(ada);
    await authenticator.touched(async () => {
      await button(ada, logInWithPasskey).click();
      await ada.expectUrl('/account');
    });
  });
}

test('a browser without passkeys loads nothing for them, and has no button', async ({ page, network, ada }) => {
  await page.addInitScript(() => void Reflect.deleteProperty(globalThis, 'PublicKeyCredential'));
  await ada.open('/login');
  await expect(button(ada, logInWithPasskey)).toHaveCount(0);
  expect(network.requests('GET', '/passkeys.js')).toEqual([]);
  expect(network.requests('POST', challenges)).toEqual([]);
});

test('without an answer to a challenge, the button says why', async ({ page, network, browserErrors, ada }) => {
  browserErrors.allow(NETWORK_ERROR);
  network.inject(challenges, respondWith(503));
  await ada.open('/login');
  await button(ada, logInWithPasskey).click();
  await expect(page.getByRole('alert').filter({ hasText: /./ })).toBeVisible();
});
