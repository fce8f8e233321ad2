// The release build of the server, a build with the inspector, and settings for tests.

import { resolve } from 'node:path';

const { CARGO_TARGET_DIR = '../target', DOORWARD, DOORWARD_INSPECTOR_BUILD } = process.env;

export const binary = resolve(DOORWARD ?? `${CARGO_TARGET_DIR}/release/doorward`);

/** A release has no inspector. */
const inspectorBinary = resolve(DOORWARD_INSPECTOR_BUILD ?? `${CARGO_TARGET_DIR}/release/doorward-inspector`);

export const binaryFor = (settings: Record<string, string>) =>
  settings.DOORWARD_INSPECTOR === 'true' ? inspectorBinary : binary;

export const testSettings = {
  DOORWARD_LOG: 'warn',
  // A public page at `/`.
  DOORWARD_DEMO: 'true',
  // Short, so that tests can outlive a token.
  DOORWARD_ACCESS_TOKEN_LIFETIME: '5s',
  // Cheap, because these tests are about the browser.
  DOORWARD_ARGON2_MEMORY_KIB: '8192',
  DOORWARD_ARGON2_ITERATIONS: '1',
  // No rate limit, because all tests log in from one address.
  DOORWARD_LOGIN_ATTEMPTS: 'off',
  // Registrations log in at once: `registration-code.spec.ts` has those with a code.
  DOORWARD_MAIL: 'off',
};
