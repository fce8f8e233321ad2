// What the browser reports as wrong: page errors, console errors and warnings, and with them violations of the CSP.

import { expect } from '@playwright/test';

/** How the browser reports a failed request. */
export const NETWORK_ERROR = /Failed to load resource|Unsafe attempt to load URL/;

export class BrowserErrors {
  private readonly recorded: string[] = [];
  private readonly allowed: RegExp[] = [];

  record(error: string) {
    this.recorded.push(error);
  }

  /** Tolerates errors that match. None is required: on a busy machine the browser may report it late, or the page may be gone. */
  allow(...patterns: RegExp[]) {
    this.allowed.push(...patterns);
  }

  matching(pattern: RegExp) {
    return this.recorded.filter((error) => pattern.test(error));
  }

  verify() {
    const allowed = this.allowed.flatMap((pattern) => this.matching(pattern));
    expect(this.recorded.filter((error) => !allowed.includes(error)), 'unexpected browser errors').toEqual([]);
  }
}
