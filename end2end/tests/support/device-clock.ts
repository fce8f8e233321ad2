// A device whose clock is wrong, or is set.

import { type Page } from '@playwright/test';

export const HOUR = 3_600_000;

/** The device's time of day is wrong from the first moment on; `performance.now` is a clock that cannot be set. */
export async function wrongBy(page: Page, milliseconds: number) {
  await page.addInitScript((milliseconds) => {
    const right = Date;
    const device = { wrongBy: milliseconds };
    Object.assign(globalThis, { device });
    globalThis.Date = class extends right {
      constructor(...given: unknown[]) {
        super(...((given.length ? given : [right.now() + device.wrongBy]) as []));
      }
      static now() {
        return right.now() + device.wrongBy;
      }
    } as DateConstructor;
  }, milliseconds);
}

/** Somebody sets the device's clock. */
export async function jumps(page: Page, milliseconds: number) {
  await page.evaluate((milliseconds) => {
    (globalThis as unknown as { device: { wrongBy: number } }).device.wrongBy = milliseconds;
  }, milliseconds);
}
