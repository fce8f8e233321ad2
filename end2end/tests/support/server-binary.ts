// The release build of the server, and its settings for tests.

import { resolve } from 'node:path';

const { CARGO_TARGET_DIR = '../target', DOORWARD } = process.env;

export const binary = resolve(DOORWARD ?? `${CARGO_TARGET_DIR}/release/doorward`);

export const testSettings = {
  DOORWARD_LOG: 'warn',
  // Short, so that tests can outlive a token.
  DOORWARD_ACCESS_TOKEN_LIFETIME: '5s',
  // Cheap, because these tests are about the browser.
  DOORWARD_ARGON2_MEMORY_KIB: '8192',
  DOORWARD_ARGON2_ITERATIONS: '1',
  // No rate limit, because all tests log in from one address.
  DOORWARD_LOGIN_ATTEMPTS: 'off',
};
