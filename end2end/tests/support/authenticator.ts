// Authenticators: Chromium's virtual one, and an app for one-time codes (RFC 6238).

import { type CDPSession, type Page } from '@playwright/test';
import { createHmac } from 'node:crypto';

/** A device with a screen lock, whose user confirms only during `touched`. */
export class Authenticator {
  private constructor(
    private readonly session: CDPSession,
    private readonly id: string,
  ) {}

  static async connect(page: Page) {
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable', { enableUI: false });
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        // Otherwise it would answer a request for the list at a field, too, in which the user chooses nothing.
        automaticPresenceSimulation: false,
        defaultBackupEligibility: true,
        defaultBackupState: true,
      },
    });
    return new Authenticator(session, authenticatorId);
  }

  /** The user touches the device whenever it asks, while this runs. */
  async touched<T>(run: () => Promise<T>) {
    await this.touch(true);
    try {
      return await run();
    } finally {
      await this.touch(false);
    }
  }

  touch(enabled: boolean) {
    return this.session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.id, enabled });
  }

  /** Whether the screen lock opens. */
  verifies(isUserVerified: boolean) {
    return this.session.send('WebAuthn.setUserVerified', { authenticatorId: this.id, isUserVerified });
  }

  async passkeys() {
    const { credentials } = await this.session.send('WebAuthn.getCredentials', { authenticatorId: this.id });
    return credentials.map(({ credentialId, userName, userDisplayName }) => ({ credentialId, userName, userDisplayName }));
  }
}

/** The code that an app shows for a seed in base32, `steps` of thirty seconds from now. */
export function oneTimeCode(seed: string, steps = 0) {
  let bits = '';
  for (const character of seed.replaceAll(/[\s=]/g, '')) {
    bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character).toString(2).padStart(5, '0');
  }
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac('sha1', key).update(counter).digest();
  const offset = hash[19] & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
