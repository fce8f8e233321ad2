// The policy `retention`: a persistent login with its refresh token in a cookie.

import { testPolicy, testSharedSession } from './support/policy-suite';
import { test } from './support/test-server';

test.use({ settings: { DOORWARD_POLICY: 'retention', DOORWARD_INSPECTOR: 'true' } });

testPolicy({ summary: "You'll stay logged in, even after you close your browser.", cookie: '__Host-Http-refresh', renewsTokens: true });
testSharedSession();
