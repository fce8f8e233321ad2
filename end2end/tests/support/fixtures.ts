// Fixtures of every test: the user Ada, and a check that the browser reports no unexpected error.

import { expect, test as base } from '@playwright/test';
import { BrowserErrors } from './browser-errors';
import { User } from './user';

export { NETWORK_ERROR } from './browser-errors';
export { expect, User };

export const test = base.extend<{ browserErrors: BrowserErrors; ada: User }>({
  browserErrors: [
    async ({ context }, use) => {
      const errors = new BrowserErrors();
      context.on('weberror', (error) => errors.record(`page error: ${error.error().stack}`));
      context.on('console', (message) => {
        if (['error', 'warning', 'assert'].includes(message.type())) {
          errors.record(`${message.type()}: ${message.text()} (${message.location().url})`);
        }
      });
      await use(errors);
      errors.verify();
    },
    { auto: true },
  ],

  ada: async ({ page }, use) => use(new User(page)),
});
