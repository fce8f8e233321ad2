//! The address of a session is deleted 30 days after its last use.

use doorward_api::Session;
use test_macros::app_test;

use crate::support::{Browser, TestApp};

const ADA: &str = "ada@example.com";
const DAY: u64 = 24 * 3600;

async fn long_lived(app: &TestApp) {
    app.restart_with(|settings| {
        settings.set("session_lifetime", "365d");
        settings.set("session_idle", "off");
        settings.set("access_token_lifetime", "15m");
    })
    .await;
}

fn address(sessions: &[Session], browser: &Browser) -> Option<String> {
    let session = sessions.iter().find(|session| session.id == browser.session_id());
    session.unwrap_or_else(|| panic!("the session of {} in {sessions:?}", browser.email)).ip.clone()
}

async fn stored(app: &TestApp, browser: &Browser) -> String {
    app.database().value(format!("select ip from sessions where session_id = '{}'", browser.session_id())).await
}

#[app_test(renewable_policies)]
async fn a_live_session_loses_its_address_when_it_is_not_used(app: TestApp) {
    long_lived(&app).await;
    let (forgotten, mut used) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    app.advance(29 * DAY);
    used.refresh_and_store().await;
    app.clean_up().await;
    assert_ne!(stored(&app, &forgotten).await, "");

    app.advance(DAY + 60);
    app.clean_up().await;

    used.refresh_and_store().await;
    let sessions = used.sessions().await;
    assert_eq!(address(&sessions, &forgotten), None);
    assert!(address(&sessions, &used).is_some());
    assert_eq!(sessions.len(), 2, "the session itself stays");
}

#[app_test(renewable_policies)]
async fn a_session_that_was_used_meanwhile_is_looked_at_again_later(app: TestApp) {
    long_lived(&app).await;
    let mut ada = app.logged_in(ADA).await;
    for _ in 0..4 {
        app.advance(20 * DAY);
        ada.refresh_and_store().await;
        app.clean_up().await;
        assert_ne!(stored(&app, &ada).await, "");
    }
    app.advance(31 * DAY);
    app.clean_up().await;
    assert_eq!(stored(&app, &ada).await, "");
}

#[app_test(policies_with_access_tokens)]
async fn an_ended_session_keeps_its_address_no_longer(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.advance(60);
    ada.log_out().await.assert_ok();
    app.advance(30 * DAY - 30);
    app.clean_up().await;
    // The session itself is deleted 30 days after its end, which was a minute after its last use, the login.
    assert_eq!(stored(&app, &ada).await, "");
}

#[app_test(renewable_policies)]
async fn sessions_of_an_earlier_version_lose_their_addresses_too(app: TestApp) {
    long_lived(&app).await;
    let ada = app.logged_in(ADA).await;
    app.database().execute("update sessions set ip_due_at = 0").await;
    app.clean_up().await;
    assert_ne!(stored(&app, &ada).await, "");
    app.advance(31 * DAY);
    app.clean_up().await;
    assert_eq!(stored(&app, &ada).await, "");
}
