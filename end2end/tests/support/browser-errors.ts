// What the browser reports as wrong: page errors, console errors and warnings, and with them violations of the CSP.

import { expect } from '@playwright/test';

/** How the browser reports a failed request. */
export const NETWORK_ERROR = /Failed to load resource|Unsafe attempt to load URL/;

export class BrowserErrors {
  private readonly recorded: string[] = [];
  private readonly expected: RegExp[] = [];
  private readonly allowed: RegExp[] = [];

  record(error: string) {
    this.recorded.push(error);
  }

  /** Requires at least one error that matches each pattern. */
  expect(...patterns: RegExp[]) {
    this.expected.push(...patterns);
  }

  /** Tolerates errors that match, without requiring any. */
  allow(...patterns: RegExp[]) {
    this.allowed.push(...patterns);
  }

  matching(pattern: RegExp) {
    return this.recorded.filter((error) => pattern.test(error));
  }

  async verify() {
    // The browser may report an error only after the page has handled it, so expected ones are awaited.
    const missing = () => this.expected.filter((pattern) => !this.matching(pattern).length);
    await expect.poll(missing, 'missing browser errors').toEqual([]);
    const expected = [...this.expected, ...this.allowed].flatMap((pattern) => this.matching(pattern));
    expect(this.recorded.filter((error) => !expected.includes(error)), 'unexpected browser errors').toEqual([]);
  }
}
