// The browser tests: the release build with a fresh database, in the system's Chromium, a few in
// Firefox. Environment variables:
//   CARGO_TARGET_DIR  the target directory of the build
//   DOORWARD          the server binary (default: the release build in the target directory)
//   DOORWARD_INSPECTOR_BUILD   a server binary with the inspector (default: `doorward-inspector` beside it)
//   CHROMIUM          the browser (default: Debian's, else Playwright's own)
//   FIREFOX           the second browser, of a few tests (default: Debian's)
//   PORT              the port of the shared server (default: 3100)
//   TRACE             record traces, and keep those of failed tests: recording takes a fifth of the time
//   SCREENSHOTS       take the screenshots of the documentation instead of running the tests

import { defineConfig, devices } from '@playwright/test';
import { existsSync } from 'node:fs';
import { binary, testSettings } from './tests/support/server-binary';

const { PORT = '3100', CHROMIUM, SCREENSHOTS, TRACE, CI } = process.env;
const chromium = CHROMIUM ?? ['/usr/bin/chromium'].find(existsSync);
const address = `127.0.0.1:${PORT}`;

export default defineConfig({
  testDir: 'tests',
  testMatch: SCREENSHOTS ? 'screenshots.ts' : '*.spec.ts',
  forbidOnly: !!CI,
  fullyParallel: true,
  workers: 2,
  // Generous, because continuous integration runs on slow machines. Tests that require speed measure it themselves.
  timeout: 90_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    baseURL: `http://${address}`,
    trace: TRACE ? 'retain-on-failure' : 'off',
    launchOptions: {
      executablePath: chromium,
      // Playwright disables the back/forward cache, but users have it.
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
      DOORWARD_PUBLIC_URL: `http://${address}`,
      DOORWARD_DATA_DIR: 'test-results/data',
      ...testSettings,
    },
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
  },
});
