//! `DELETE /api/sessions…`: revoking one session, all others, or all.

use doorward_api::{Device, EndReason, ErrorCode};
use futures::future::join_all;
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, Response, TestApp};

const ADA: &str = "ada@example.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn assert_ended_count(response: Response, number: usize) {
    assert_eq!(response.assert_status(200).json(), json!({"ended": number}));
}

#[app_test(each_policy)]
async fn a_revoked_session_takes_its_access_token_with_it(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;

    laptop.revoke(&phone).await.assert_status(204);

    phone.me().await.assert_ended(EndReason::Revoked);
    phone.refresh().await.assert_ended(EndReason::Revoked);
    phone.get("/api/sessions").await.assert_ended(EndReason::Revoked);
    laptop.me().await.assert_ok();
    assert_eq!(laptop.sessions().await.len(), 1);
}

#[app_test(each_policy)]
async fn the_revoked_session_learns_time_and_device(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    app.advance(62);

    laptop.revoke_request(&phone).header("user-agent", FIREFOX).await.assert_status(204);

    for response in [phone.me().await, phone.refresh().await] {
        let ended = response.assert_ended(EndReason::Revoked).problem().ended.expect("time and device");
        assert_eq!(ended.at.as_str(), "2026-01-01T00:01:02Z");
        assert_eq!(ended.by, Some(Device { browser: "Firefox".into(), os: "Linux".into() }));
    }
    app.restart().await;
    let ended = phone.me().await.problem().ended.expect("the same after a restart");
    assert_eq!(ended.by, Some(Device { browser: "Firefox".into(), os: "Linux".into() }));
}

#[app_test(each_policy)]
async fn a_revocation_is_recorded_with_its_actor(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    laptop.revoke_request(&phone).header("user-agent", FIREFOX).with_address("198.51.100.9").await.assert_status(204);

    let rows =
        app.database().rows("select session_id, reason, ip, browser, os from events where kind = 'session_ended'");
    assert_eq!(rows.await, [[phone.session_id(), "revoked", "198.51.100.9", "Firefox", "Linux"]]);
}

#[app_test(each_policy)]
async fn revoking_the_callers_own_session_is_a_logout(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.revoke(&ada).await.assert_status(204);
    ada.me().await.assert_ended(EndReason::LoggedOut);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(each_policy)]
async fn sessions_of_others_and_ended_sessions_are_not_found(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let logged_out = app.logged_in(ADA).await;
    logged_out.log_out().await.assert_ok();
    let eve = app.logged_in("eve@example.com").await;

    let responses = [
        eve.revoke(&ada).await,
        ada.revoke(&logged_out).await,
        ada.request("DELETE", "/api/sessions/00000000000000000000000000000000").await,
        ada.request("DELETE", "/api/sessions/%00").await,
    ];

    let bodies = responses.map(|response| response.assert_refused(ErrorCode::NotFound).body);
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the responses are indistinguishable");
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
    logged_out.refresh().await.assert_ended(EndReason::LoggedOut);
    assert_eq!(app.database().value("select count(*) from events where kind = 'session_ended'").await, "1");
}

#[app_test(each_policy)]
async fn revoking_all_other_sessions_keeps_this_one(app: TestApp) {
    let others = [app.logged_in(ADA).await, app.logged_in(ADA).await, app.logged_in(ADA).await];
    let ada = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;

    assert_ended_count(ada.revoke_others().await, 3);

    for other in &others {
        other.me().await.assert_ended(EndReason::Revoked);
        other.refresh().await.assert_ended(EndReason::Revoked);
    }
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
    bob.me().await.assert_ok();
    bob.refresh().await.assert_ok();
    assert_ended_count(ada.revoke_others().await, 0);
}

#[app_test(each_policy)]
async fn a_logout_everywhere_includes_this_session(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;

    // The cleared cookies are checked on every response.
    assert_ended_count(laptop.log_out_everywhere().await, 2);

    phone.me().await.assert_ended(EndReason::Revoked);
    phone.refresh().await.assert_ended(EndReason::Revoked);
    laptop.me().await.assert_ended(EndReason::LoggedOut);
    laptop.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(renewable_policies)]
async fn expired_sessions_are_not_counted(app: TestApp) {
    app.restart_with(|settings| settings.set("session_lifetime", "1h")).await;
    app.logged_in(ADA).await;
    app.advance(3600);
    let ada = app.logged_in(ADA).await;
    assert_ended_count(ada.revoke_others().await, 0);
    assert_ended_count(ada.log_out_everywhere().await, 1);
}

#[app_test(each_policy)]
async fn of_concurrent_revocations_of_one_session_one_succeeds(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;

    let responses = join_all((0..20).map(|_| laptop.revoke(&phone))).await;

    let successes = responses.into_iter().filter(|response| response.status == 204).count();
    assert_eq!(successes, 1);
    assert_eq!(app.database().value("select count(*) from events where kind = 'session_ended'").await, "1");
}

#[app_test(each_policy)]
async fn of_sessions_that_revoke_each_other_one_survives(app: TestApp) {
    let mut browsers = Vec::new();
    for _ in 0..10 {
        browsers.push(app.logged_in(ADA).await);
    }

    let responses = join_all(browsers.iter().map(Browser::revoke_others)).await;

    let successes = responses.iter().filter(|response| response.status == 200).count();
    assert_eq!(successes, 1);
    for response in responses.into_iter().filter(|response| response.status != 200) {
        response.assert_ended(EndReason::Revoked);
    }
    let refreshed = join_all(browsers.iter().map(Browser::refresh)).await;
    assert_eq!(refreshed.iter().filter(|response| response.status == 200).count(), 1);
}

#[app_test(policies_with_access_tokens)]
async fn a_session_revoked_on_another_node_cannot_revoke_others(app: TestApp) {
    let revoked = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let now = app.unix_time() * 1000;
    // The other node's change, which has not reached this node yet.
    let end = format!(
        "update sessions set ended_at = {now}, end_reason = 'revoked' where session_id = '{}'",
        revoked.session_id()
    );
    app.database().execute(end).await;
    revoked.me().await.assert_ok();

    revoked.revoke(&laptop).await.assert_ended(EndReason::Revoked);
    revoked.revoke_others().await.assert_ended(EndReason::Revoked);
    revoked.log_out_everywhere().await.assert_ended(EndReason::Revoked);

    laptop.refresh().await.assert_ok();
}

#[app_test(each_policy)]
async fn a_failed_revocation_ends_no_session(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    app.database().break_table("events").await;

    laptop.revoke(&phone).await.assert_refused(ErrorCode::Unavailable);
    laptop.revoke_others().await.assert_refused(ErrorCode::Unavailable);
    laptop.log_out_everywhere().await.assert_refused(ErrorCode::Unavailable);

    phone.me().await.assert_ok();
    app.database().repair_table("events").await;
    phone.refresh().await.assert_ok();
    laptop.refresh().await.assert_ok();
}
