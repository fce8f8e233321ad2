// Freezing a page, waking it, hiding it, scrolling it.

import { type Page } from '@playwright/test';

/**
 * Stops a page completely, as browsers do to save energy and as sleeping machines do; returns a function that resumes it.
 * The browser's own `Page.setWebLifecycleState` leaves visible pages alone, and Playwright keeps every page visible.
 */
export async function freeze(page: Page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Debugger.enable');
  const frozen = new Promise((resolve) => devtools.once('Debugger.paused', resolve));
  await devtools.send('Debugger.pause');
  // The debugger pauses at the next statement, so one is evaluated.
  void page.evaluate(() => {}).catch(() => {});
  await frozen;
  return async () => {
    await devtools.send('Debugger.resume');
    await devtools.detach();
  };
}

/** Fires the event that a page gets when the user returns to it. */
export async function fireVisibilityChange(page: Page) {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
}

/** Hides or shows a page. */
export async function setVisibility(page: Page, state: DocumentVisibilityState) {
  await page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
}

/** Scrolls a page once what it does in its next frames is done. */
export async function scrollAfterFrame(page: Page, top: number) {
  await page.evaluate(async (top) => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    scrollTo(0, top);
  }, top);
}
