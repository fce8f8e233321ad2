//! `session_cache`: Valkey has live sessions, and the database decides in every doubt.

use std::time::Duration;

use doorward_api::{EndReason, ErrorCode};
use serde_json::json;
use server::{
    keys::master_secret::MasterSecret, model::credential::CredentialHash, sessions::cache_entry::EntrySealer,
};
use test_macros::app_test;

use crate::{
    support::{Browser, MASTER_SECRET, PASSWORD, TestApp, metric, run_cli_with},
    users::admin,
};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

/// The value of a bar.
pub const BAR: &[u8] = b"-";

/// The key of the only session that is cached or barred.
pub async fn only_key(app: &TestApp) -> String {
    let keys = app.valkey().keys("doorward:s:*").await;
    let [key] = keys.as_slice() else { panic!("{} keys instead of one", keys.len()) };
    key.clone()
}

async fn count(app: &TestApp, series: &str) -> String {
    metric(app, &format!("doorward_session_cache_{series}")).await
}

/// Logs in, and sends a request that leaves the session in the cache.
pub async fn cached(app: &TestApp, email: &str) -> Browser {
    let browser = app.logged_in(email).await;
    browser.me().await.assert_ok();
    browser
}

#[app_test(server_session, with_valkey)]
async fn a_cached_session_needs_no_query(app: TestApp) {
    let ada = cached(&app, ADA).await;
    assert_eq!((count(&app, "misses_total").await.as_str(), count(&app, "hits_total").await.as_str()), ("1", "0"));
    app.database().break_table("sessions").await;
    app.database().break_table("users").await;

    assert_eq!(ada.me().await.assert_ok().json()["name"], "Ada Lovelace");
    let refreshed = ada.refresh().await.assert_ok().json();
    assert_eq!(refreshed["session"]["id"], ada.session_id());
    ada.me().await.assert_ok();

    assert_eq!((count(&app, "misses_total").await.as_str(), count(&app, "hits_total").await.as_str()), ("1", "3"));
    assert_eq!(count(&app, "up").await, "1");
}

#[app_test(policies_with_refresh_tokens, with_valkey)]
async fn a_second_refresh_needs_no_query(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.refresh().await.assert_ok();
    app.database().break_table("sessions").await;
    ada.refresh().await.assert_ok();
    app.database().repair_table("sessions").await;
    ada.log_out().await.assert_ok();
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

/// Without synchronization between the nodes.
#[app_test(server_session, with_valkey)]
async fn an_end_is_refused_by_the_next_request_on_every_node(app: TestApp) {
    let other = app.another_node().await;
    let admin = admin(&app).await;
    for end in ["revoke", "revoke others", "log out", "log out everywhere", "password", "administrator", "replaced"] {
        let email = format!("{}@example.com", end.replace(' ', "-"));
        let (phone, laptop) = (cached(&app, &email).await, app.logged_in(&email).await);
        phone.on_node(&other).me().await.assert_ok();
        let (response, reason) = match end {
            "revoke" => (laptop.revoke(&phone).await, EndReason::Revoked),
            "revoke others" => (laptop.revoke_others().await, EndReason::Revoked),
            "log out" => (phone.log_out().await, EndReason::LoggedOut),
            "log out everywhere" => (phone.log_out_everywhere().await, EndReason::LoggedOut),
            "password" => (laptop.change_password(PASSWORD, NEW_PASSWORD).await, EndReason::PasswordChanged),
            "replaced" => (phone.log_in_as(&email).await, EndReason::Replaced),
            _ => {
                let path = format!("/api/admin/users/{}/disable", phone.user_id());
                (admin.post(&path).await, EndReason::RevokedByAdmin)
            }
        };
        response.assert_ok();
        for node in [&app, &other] {
            phone.on_node(node).me().await.assert_ended(reason);
            phone.on_node(node).refresh().await.assert_ended(reason);
        }
    }
    assert_ne!(count(&other, "barred_total").await, "0");
}

#[app_test(server_session, with_valkey)]
async fn a_change_of_roles_or_name_or_label_applies_at_once_on_every_node(app: TestApp) {
    // The command line has another clock.
    app.set_wall_clock_to_now();
    let other = app.another_node().await;
    let ada = cached(&app, ADA).await.on_node(&other);
    let valkey = [("DOORWARD_SESSION_CACHE", app.valkey().url())];
    let valkey = valkey.each_ref().map(|(name, url)| (*name, url.as_str()));

    run_cli_with(app.database(), &valkey, &format!("user role {ADA} --add editor"), b"").await.assert_success();
    assert_eq!(ada.me().await.assert_ok().json()["roles"], json!(["editor"]));

    app.forget_cached_sessions().await;
    ada.me().await.assert_ok();
    ada.on_node(&app).post("/api/fn/change_name").json(&json!({"name": "Countess"})).await.assert_ok();
    assert_eq!(ada.me().await.assert_ok().json()["name"], "Countess");

    app.forget_cached_sessions().await;
    ada.me().await.assert_ok();
    let path = format!("/api/sessions/{}", ada.session_id());
    ada.on_node(&app).request("PATCH", &path).json(&json!({"label": "Desk"})).await.assert_ok();
    assert_eq!(ada.refresh().await.assert_ok().json()["session"]["label"], "Desk");

    app.forget_cached_sessions().await;
    ada.me().await.assert_ok();
    let end = format!("session end {} --yes", ada.session_id());
    run_cli_with(app.database(), &valkey, &end, b"").await.assert_success();
    ada.me().await.assert_ended(EndReason::RevokedByAdmin);
}

#[app_test(server_session, with_valkey)]
async fn an_entry_put_back_by_hand_opens_nothing(app: TestApp) {
    let ada = cached(&app, ADA).await;
    let key = only_key(&app).await;
    let entry = app.valkey().get(&key).await.expect("an entry");

    // Older than it may be: what has changed meanwhile applies.
    ada.post("/api/fn/change_name").json(&json!({"name": "Countess"})).await.assert_ok();
    app.valkey().set(&key, &entry).await;
    assert_eq!(ada.me().await.assert_ok().json()["name"], "Ada Lovelace", "still an entry like any other");
    app.advance(30);
    assert_eq!(ada.me().await.assert_ok().json()["name"], "Countess");

    // From a clock that is ahead, or before the clock was set back.
    app.forget_cached_sessions().await;
    ada.me().await.assert_ok();
    let entry = app.valkey().get(&key).await.expect("an entry");
    app.database().execute("update users set name = 'Ada'").await;
    app.shift_wall_clock(-1);
    assert_eq!(ada.me().await.assert_ok().json()["name"], "Ada");
    app.shift_wall_clock(1);

    // Of a session that has ended.
    ada.log_out().await.assert_ok();
    assert_eq!(app.valkey().get(&key).await.expect("a bar"), BAR);
    app.valkey().set(&key, &entry).await;
    ada.me().await.assert_ended(EndReason::LoggedOut);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(server_session, with_valkey)]
async fn what_is_no_entry_is_a_miss(app: TestApp) {
    let ada = cached(&app, ADA).await;
    let key = only_key(&app).await;
    let entry = app.valkey().get(&key).await.expect("an entry");
    let mut altered = entry.clone();
    *altered.last_mut().expect("bytes") ^= 1;
    for value in [&b""[..], b"x", b"--", &entry[..11], &entry[..12], &entry[..entry.len() - 1], &altered, &[0; 10_000]]
    {
        app.valkey().set(&key, value).await;
        ada.me().await.assert_ok();
    }
    app.valkey().command(&["DEL", &key]).await;
    app.valkey().command(&["LPUSH", &key, "another type"]).await;
    ada.me().await.assert_ok();
    assert_eq!(count(&app, "hits_total").await, "0");
}

#[app_test(server_session, with_valkey)]
async fn an_entry_of_another_session_opens_nothing(app: TestApp) {
    let ada = cached(&app, ADA).await;
    let adas_key = only_key(&app).await;
    let bob = cached(&app, "bob@example.com").await;
    let keys = app.valkey().keys("doorward:s:*").await;
    let bobs_key = keys.into_iter().find(|key| *key != adas_key).expect("Bob's");
    let bobs_entry = app.valkey().get(&bobs_key).await.expect("an entry");

    app.valkey().set(&adas_key, &bobs_entry).await;

    assert_eq!(ada.me().await.assert_ok().json()["id"], ada.user_id());
    assert_eq!(bob.me().await.assert_ok().json()["id"], bob.user_id());
    assert_eq!(count(&app, "hits_total").await, "1", "Bob's");
}

/// A database from before a session began, put back with its keys reset, does not have that session.
#[app_test(server_session, with_valkey)]
async fn an_entry_from_before_a_reset_of_the_keys_opens_nothing(app: TestApp) {
    app.set_wall_clock_to_now();
    let ada = cached(&app, ADA).await;
    app.database().execute("delete from sessions").await;
    ada.me().await.assert_ok();

    let secret = [("DOORWARD_SECRET", MASTER_SECRET)];
    run_cli_with(app.database(), &secret, "keys reset --yes", b"").await.assert_success();
    app.sync_keys().await;

    ada.me().await.assert_refused(ErrorCode::SessionEnded);
}

/// It has read the session before its end, and writes the entry after that.
#[app_test(server_session, with_valkey)]
async fn a_reader_that_was_slow_overwrites_no_bar(app: TestApp) {
    let ada = cached(&app, ADA).await;
    let key = only_key(&app).await;
    let state = app.state();
    let credential = CredentialHash::from_secret(&ada.credential);
    let read_at = app.now();
    let read = state.store.live_session_by_credential(&credential, read_at).await.expect("a database");
    let (session, user) = read.expect("a session");
    let interval = Duration::from_mins(1);
    ada.log_out().await.assert_ok();

    state.sessions.cache.put(&credential, (&session, &user), read_at, interval).await;
    assert_eq!(app.valkey().get(&key).await.expect("a value"), BAR);

    // So slow that the bar has expired.
    app.valkey().command(&["DEL", &key]).await;
    app.advance(61);
    state.sessions.cache.put(&credential, (&session, &user), read_at, interval).await;
    assert_ne!(app.valkey().get(&key).await.expect("a value"), BAR);
    assert!(state.sessions.cache.get(&credential, app.now()).await.is_none(), "it is too old");
    ada.me().await.assert_ended(EndReason::LoggedOut);
}

/// An entry has the last use of when it was read.
#[app_test(server_session, with_valkey)]
async fn a_session_used_on_another_node_is_not_idle(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "20s")).await;
    let other = app.another_node().await;
    let ada = cached(&app, ADA).await;
    let key = only_key(&app).await;
    let entry = app.valkey().get(&key).await.expect("an entry");
    app.advance(15);
    app.valkey().command(&["DEL", &key]).await;
    ada.on_node(&other).me().await.assert_ok();
    other.flush_last_used().await;
    app.valkey().set(&key, &entry).await;

    app.advance(10);

    ada.me().await.assert_ok();
}

/// Otherwise, each request would write the last use for as long as the entry counts.
#[app_test(server_session, with_valkey)]
async fn an_entry_lasts_until_the_last_use_is_written_again(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "600s")).await;
    let ada = app.logged_in(ADA).await;
    app.advance(app.touch_interval(600) - 4);
    ada.me().await.assert_ok();
    let left = app.valkey().command(&["PTTL", &only_key(&app).await]).await;
    let left: i64 = redis::from_redis_value(left).expect("a number");
    assert!((1..=4_000).contains(&left), "{left} ms");

    app.forget_cached_sessions().await;
    app.advance(5);
    ada.me().await.assert_ok();
    assert_eq!(app.valkey().keys("doorward:s:*").await.len(), 0, "this request has written it");
    ada.me().await.assert_ok();
    assert_eq!(app.valkey().keys("doorward:s:*").await.len(), 1);
}

#[app_test(server_session, with_valkey)]
async fn what_is_kept_holds_no_secret(app: TestApp) {
    let (ada, bob) = (cached(&app, ADA).await, cached(&app, "bob@example.com").await);
    bob.log_out().await.assert_ok();
    let hash = app.database().value(format!("select password_hash from users where email = '{ADA}'")).await;
    let keys = app.valkey().keys("*").await;
    assert_eq!(keys.len(), 2);
    let mut kept = Vec::new();
    for key in &keys {
        kept.extend_from_slice(key.as_bytes());
        kept.extend(app.valkey().get(key).await.expect("a value"));
    }
    let secrets =
        [&ada.credential, &bob.credential, ADA, &hash, "Lovelace", ada.user_id(), ada.session_id(), "203.0.113.7"];
    for secret in secrets {
        assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }

    // The master secret does not open the way to the password's hash.
    let sealer = EntrySealer::new(&MasterSecret::from_setting(MASTER_SECRET).expect("long"));
    let credential = CredentialHash::from_secret(&ada.credential);
    let key = format!("doorward:s:{}", credential.as_str());
    let kid = app.state().key_ring.current().newest().kid.clone();
    let entry = sealer.open(&credential, &kid, app.valkey().get(&key).await.expect("an entry")).expect("it opens");
    assert_eq!(entry.user.name, "Ada Lovelace");
}
