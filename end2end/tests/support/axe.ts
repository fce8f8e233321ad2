// What a machine can find out about accessibility, and the screens on which it looks.

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export const screens = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

/** The page as it is now has no fault that a machine can find. */
export async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${page.url()} ${id}: ${nodes.map((node) => node.html).join('\n')}`);
  expect(found).toEqual([]);
  // No page is wider than its screen.
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}
