// The browser tests: the release build, with a database of its own, in the system's Chromium.
//   CARGO_TARGET_DIR  where the build is
//   DOORWARD          which server, else the one there
//   CHROMIUM          which browser, else Debian's, else Playwright's own
//   PORT              where the server listens, else 3100
//   SCREENSHOTS       take pictures into this folder instead

import { defineConfig, devices } from '@playwright/test';
import { existsSync } from 'node:fs';
import { binary, testSettings } from './tests/support/server-binary';

const { PORT = '3100', CHROMIUM, SCREENSHOTS, CI } = process.env;
const chromium = CHROMIUM ?? ['/usr/bin/chromium'].find(existsSync);
const address = `127.0.0.1:${PORT}`;

export default defineConfig({
  testDir: 'tests',
  testMatch: SCREENSHOTS ? 'screenshots.ts' : '*.spec.ts',
  forbidOnly: !!CI,
  fullyParallel: true,
  workers: 2,
  // Continuous integration runs on slow machines. What has to be fast is measured by the test that says so.
  timeout: 90_000,
  expect: { timeout: 30_000 },
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
    command: `rm -rf test-results/data && exec ${binary}`,
    url: `http://${address}/readyz`,
    stdout: 'pipe',
    env: {
      DOORWARD_LISTEN: address,
      DOORWARD_DATA_DIR: 'test-results/data',
      DOORWARD_INSPECTOR: 'true',
      ...testSettings,
    },
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
  },
});
