// Automatic accessibility checks with axe, and the viewports that they run in.

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export const viewports = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

/** The page, in its current state, has no violation that axe finds, and does not scroll sideways. */
export async function expectAccessible(page: Page) {
  // In the middle of a transition, colors have contrasts that last for a moment only.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime)).map((animation) => animation.finished)));
  const { violations } = await new AxeBuilder({ page }).options({ rules: { 'target-size': { enabled: true } } }).analyze();
  const found = violations.map(({ id, nodes }) => `${page.url()} ${id}: ${nodes.map((node) => node.html).join('\n')}`);
  expect(found).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}
