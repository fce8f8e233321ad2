// The server that the tests run: the release build, with settings for tests.

import { resolve } from 'node:path';

const { CARGO_TARGET_DIR = '../target', DOORWARD } = process.env;

export const binary = resolve(DOORWARD ?? `${CARGO_TARGET_DIR}/release/doorward`);

export const settings = {
  DOORWARD_LOG: 'warn',
  // Short, so that tests outlive it; cheap, so that they are about the browser; off, since all come from one address.
  DOORWARD_ACCESS_TOKEN_LIFETIME: '5s',
  DOORWARD_ARGON2_MEMORY_KIB: '8192',
  DOORWARD_ARGON2_ITERATIONS: '1',
  DOORWARD_LOGIN_ATTEMPTS: 'off',
};
