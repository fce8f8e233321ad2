// A device whose wall clock is wrong, or is set during the test.

import { type Page } from '@playwright/test';

export const HOUR = 3_600_000;

/** Shifts the wall clock of every page to come. `performance.now` stays as it is: it is monotonic and cannot be set. */
export async function installClock(page: Page, offset: number) {
  await page.addInitScript((offset) => {
    const SystemDate = Date;
    const deviceClock = { offset };
    Object.assign(globalThis, { deviceClock });
    globalThis.Date = class extends SystemDate {
      constructor(...args: unknown[]) {
        super(...((args.length ? args : [SystemDate.now() + deviceClock.offset]) as []));
      }
      static now() {
        return SystemDate.now() + deviceClock.offset;
      }
    } as DateConstructor;
  }, offset);
}

/** Sets the wall clock of a page that has one from `installClock`. */
export async function setClockOffset(page: Page, offset: number) {
  await page.evaluate((offset) => {
    (globalThis as unknown as { deviceClock: { offset: number } }).deviceClock.offset = offset;
  }, offset);
}
