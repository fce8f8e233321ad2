// Every page in every state fits narrow windows and large text, without scrolling sideways.

import { expectToFit } from './support/reflow';
import { guestStates, userStates } from './support/states';
import { test, User } from './support/test-server';

const windows = {
  'a window of 320 px': { viewport: { width: 320, height: 640 }, deviceScaleFactor: 1, fontSize: '100%' },
  'text of 200 % on a phone': { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1, fontSize: '200%' },
  'a zoom of 400 % on a desktop': { viewport: { width: 320, height: 200 }, deviceScaleFactor: 4, fontSize: '100%' },
};

for (const [description, { viewport, deviceScaleFactor, fontSize }] of Object.entries(windows)) {
  for (const [visitor, states] of Object.entries({ guests: guestStates, users: userStates })) {
    test.describe(description, () => {
      test.use({ viewport, deviceScaleFactor });

      test(`the pages of ${visitor} fit into ${description}`, async ({ page, server, network, browserErrors }) => {
        test.slow();
        await page.addInitScript((fontSize) => {
          const style = new CSSStyleSheet();
          style.insertRule(`:root { font-size: ${fontSize} }`);
          document.adoptedStyleSheets = [style];
        }, fontSize);
        const ada = new User(page, { name: 'Augusta Ada King-Noel, Countess of Lovelace' });
        for await (const state of states({ server, network, browserErrors, ada })) await expectToFit(page, state);
      });
    });
  }
}
