// The browser tests: the release build, with a database of its own, in the system's Chromium.
//   CARGO_TARGET_DIR  where the build is
//   CHROMIUM          which browser, else Debian's, else Playwright's own
//   PORT              where the server listens, else 3100
//   SCREENSHOTS       take pictures into this folder instead

import { defineConfig, devices } from '@playwright/test';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const { CARGO_TARGET_DIR = '../target', CHROMIUM, PORT = '3100', SCREENSHOTS, CI } = process.env;
const chromium = CHROMIUM ?? ['/usr/bin/chromium'].find(existsSync);
const server = resolve(CARGO_TARGET_DIR, 'release/doorward');
const address = `127.0.0.1:${PORT}`;

export default defineConfig({
  testDir: 'tests',
  testMatch: SCREENSHOTS ? 'screenshots.ts' : '*.spec.ts',
  forbidOnly: !!CI,
  fullyParallel: true,
  workers: 2,
  expect: { timeout: 10_000 }, // Continuous integration runs on slow machines.
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    baseURL: `http://${address}`,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: chromium,
      // Playwright switches the back/forward cache off; people have it.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
      // Chromium's sandbox refuses to run as root.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
  },
  webServer: {
    command: `rm -rf test-results/data && exec ${server}`,
    url: `http://${address}/readyz`,
    stdout: 'pipe',
    env: {
      DOORWARD_LISTEN: address,
      DOORWARD_DATA_DIR: 'test-results/data',
      DOORWARD_LOG: 'warn',
      DOORWARD_INSPECTOR: 'true',
      // Short, so that tests outlive it; cheap, so that they are about the browser; off, since all come from one address.
      DOORWARD_ACCESS_TOKEN_LIFETIME: '5s',
      DOORWARD_ARGON2_MEMORY_KIB: '8192',
      DOORWARD_ARGON2_ITERATIONS: '1',
      DOORWARD_LOGIN_ATTEMPTS: 'off',
    },
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
  },
});
