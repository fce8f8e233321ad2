//! Browsers without locks or messages between tabs, or with ones that refuse to work.
//!
//! Behavior 34. What the browser's own interfaces do then is tested in `platform/browser/tests.rs`.

use std::time::Duration;

use doorward_api::{EndReason, PolicyName};

use super::{
    session_end_stream::end_on_stream,
    support::{
        platform::Missing,
        policies::{EACH, WITH_COOKIE, WITH_REFRESH, under},
        replies::Reply,
        server::{LOGOUT, ME, REFRESH},
        tab::Tab,
    },
};

const SECOND: Duration = Duration::from_secs(1);

const FAULTS: [Missing; 3] = [
    Missing { locks: true, messages: false },
    Missing { locks: false, messages: true },
    Missing { locks: true, messages: true },
];

fn logged_in(policy: PolicyName, missing: Missing) -> Tab {
    let tab = Tab::open(policy, false);
    tab.client.platform.missing.set(missing);
    tab.log_in().succeeded();
    tab
}

#[test]
fn a_tab_logs_in_refreshes_and_logs_out() {
    under(EACH, |policy| {
        for missing in FAULTS {
            let tab = logged_in(policy, missing);
            assert_eq!(tab.get(ME).succeeded(), 200);
            assert!(policy == PolicyName::Banking || tab.refresh().result().is_ok());

            tab.log_out();

            assert!(!tab.is_logged_in());
            assert_eq!(tab.server.count(LOGOUT), 1);
        }
    });
}

#[test]
fn a_page_starts() {
    under(WITH_COOKIE, |policy| {
        for missing in FAULTS {
            for is_visible in [true, false] {
                let tab = Tab::open(policy, true);
                tab.client.platform.missing.set(missing);
                tab.set_visible(is_visible);
                tab.hydrate();
                assert!(tab.is_logged_in());
                assert_eq!(tab.refreshes(), 1);
            }
        }
    });
}

#[test]
fn a_tab_recovers_from_an_outage() {
    under(WITH_REFRESH, |policy| {
        for missing in FAULTS {
            let tab = logged_in(policy, missing);
            tab.server.expire_tokens();
            tab.server.always_answers(REFRESH, Reply::ConnectionLost);
            tab.get(ME).failed();
            tab.advance(20 * SECOND);
            tab.server.recovers(REFRESH);

            tab.advance(30 * SECOND);

            assert!(tab.is_online());
            assert_eq!(tab.get(ME).succeeded(), 200);
        }
    });
}

// Behavior 22.
#[test]
fn a_session_end_is_shown() {
    under(EACH, |policy| {
        for missing in FAULTS {
            let tab = logged_in(policy, missing);
            tab.set_visible(true);

            tab.server.end_session("revoked");
            tab.run();

            assert_eq!(tab.status(), end_on_stream(EndReason::Revoked), "{missing:?}");
        }
    });
}

#[test]
fn tabs_are_independent() {
    under(WITH_COOKIE, |policy| {
        for missing in FAULTS {
            let tab = logged_in(policy, missing);
            let other = tab.open_another(true);
            other.client.platform.missing.set(missing);
            other.hydrate();
            assert!(other.is_logged_in());
            tab.server.expire_tokens();

            let calls = [tab.get(ME), other.get(ME)];
            tab.advance(5 * SECOND);

            assert!(calls.into_iter().all(|call| call.succeeded() == 200), "{missing:?}");
        }
    });
}
