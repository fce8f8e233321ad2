// Whether a page fits its window: no text, control or picture is cut off at its sides, and none has to be scrolled to sideways.

import { expect, type Page } from '@playwright/test';

/** The beginnings of the elements and texts that reach beyond the sides of the window. */
export async function expectToFit(page: Page, state: string) {
  const found = await page.evaluate(() => {
    scrollTo(0, scrollY);
    const width = document.documentElement.clientWidth;
    const isOutside = ({ left, right, width: own }: DOMRect) => own > 1 && (right > width + 1 || left < -1);
    /** Inside a box that scrolls, or that is for screen readers only. */
    const isContained = (element: Element | null): boolean => {
      if (!element || element === document.body) return false;
      const { overflowX, clipPath } = getComputedStyle(element);
      return overflowX !== 'visible' || clipPath !== 'none' || isContained(element.parentElement);
    };
    const outside: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node instanceof Element ? node : node.parentElement!;
      if (!element.checkVisibility({ visibilityProperty: true }) || isContained(element.parentElement)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rectangles = node instanceof Element ? [node.getBoundingClientRect()] : isContained(element) ? [] : [...range.getClientRects()];
      if (rectangles.some(isOutside)) outside.push(node instanceof Element ? node.outerHTML.slice(0, 120) : node.textContent!);
    }
    if (document.documentElement.scrollWidth > width) outside.push(`scrolls by ${document.documentElement.scrollWidth - width} px`);
    return outside;
  });
  expect(found, `beyond the sides of the window: ${state}`).toEqual([]);
}
