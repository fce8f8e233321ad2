// The policy `retention`: a refresh token in a cookie, a session that outlives the tab.

import { test } from './support/test-server';
import { isSharedByTabs, worksAsPromised } from './support/policy-suite';

test.use({ settings: { DOORWARD_POLICY: 'retention', DOORWARD_INSPECTOR: 'true' } });

worksAsPromised({ says: 'You stay logged in, also after you close the browser.', cookie: '__Host-Http-refresh', renewsTokens: true });
isSharedByTabs();
