//! Ending sessions: one, all others, all.

use doorward_api::{Device, EndReason, ErrorCode};
use futures::future::join_all;
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{Answer, Person};

const ADA: &str = "ada@example.com";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn assert_ended(answer: Answer, number: usize) {
    assert_eq!(answer.assert_status(200).json(), json!({"ended": number}));
}

#[apply(under_each_policy!)]
async fn a_revoked_session_takes_its_access_token_with_it(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;

    laptop.revoke(&phone).await.assert_status(204);

    phone.me().await.assert_ended(EndReason::Revoked);
    phone.refresh().await.assert_ended(EndReason::Revoked);
    phone.on_sessions("GET", "").await.assert_ended(EndReason::Revoked);
    laptop.me().await.assert_ok();
    assert_eq!(laptop.sessions().await.len(), 1);
}

#[apply(under_each_policy!)]
async fn its_owner_is_told_from_where_and_when(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    app.advance(62);

    let path = format!("/{}", phone.session());
    laptop.on_sessions("DELETE", &path).header("user-agent", FIREFOX).await.assert_status(204);

    for answer in [phone.me().await, phone.refresh().await] {
        let ended = answer.assert_ended(EndReason::Revoked).problem().ended.expect("when and from where");
        assert_eq!(ended.at.as_str(), "2026-01-01T00:01:02Z");
        assert_eq!(ended.by, Some(Device { browser: "Firefox".into(), os: "Linux".into() }));
    }
    app.restart().await;
    let ended = phone.me().await.problem().ended.expect("also after a restart");
    assert_eq!(ended.by, Some(Device { browser: "Firefox".into(), os: "Linux".into() }));
}

#[apply(under_each_policy!)]
async fn an_end_is_an_event_with_its_actor(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let path = format!("/{}", phone.session());
    laptop.on_sessions("DELETE", &path).header("user-agent", FIREFOX).from("198.51.100.9").await.assert_status(204);

    let rows =
        app.database().rows("select session_id, reason, ip, browser, os from events where kind = 'session_ended'");
    assert_eq!(rows.await, [[phone.session(), "revoked", "198.51.100.9", "Firefox", "Linux"]]);
}

#[apply(under_each_policy!)]
async fn ones_own_session_ends_as_logged_out(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.revoke(&ada).await.assert_status(204);
    ada.me().await.assert_ended(EndReason::LoggedOut);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_each_policy!)]
async fn what_is_not_ones_own_live_session_is_not_found(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let out = app.logged_in(ADA).await;
    out.log_out().await.assert_ok();
    let eve = app.logged_in("eve@example.com").await;

    let answers = [
        eve.revoke(&ada).await,
        ada.revoke(&out).await,
        ada.on_sessions("DELETE", "/00000000000000000000000000000000").await,
        ada.on_sessions("DELETE", "/%00").await,
    ];

    let bodies = answers.map(|answer| answer.assert_refused(ErrorCode::NotFound).body);
    assert!(bodies.iter().all(|body| *body == bodies[0]), "nobody can tell which");
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
    out.refresh().await.assert_ended(EndReason::LoggedOut);
    assert_eq!(app.database().value("select count(*) from events where kind = 'session_ended'").await, "1");
}

#[apply(under_each_policy!)]
async fn r41_all_others_end_and_this_one_stays(app: TestApp) {
    let others = [app.logged_in(ADA).await, app.logged_in(ADA).await, app.logged_in(ADA).await];
    let ada = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;

    assert_ended(ada.on_sessions("DELETE", "/others").await, 3);

    for other in &others {
        other.me().await.assert_ended(EndReason::Revoked);
        other.refresh().await.assert_ended(EndReason::Revoked);
    }
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
    bob.me().await.assert_ok();
    bob.refresh().await.assert_ok();
    assert_ended(ada.on_sessions("DELETE", "/others").await, 0);
}

#[apply(under_each_policy!)]
async fn r41_logging_out_everywhere_is_here_too(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;

    // Which cookies are cleared is checked on every answer.
    assert_ended(laptop.on_sessions("DELETE", "").await, 2);

    phone.me().await.assert_ended(EndReason::Revoked);
    phone.refresh().await.assert_ended(EndReason::Revoked);
    laptop.me().await.assert_ended(EndReason::LoggedOut);
    laptop.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_policies_that_renew!)]
async fn sessions_past_their_end_are_not_counted(app: TestApp) {
    app.restart_with(|settings| settings.set("session_lifetime", "1h")).await;
    app.logged_in(ADA).await;
    app.advance(3600);
    let ada = app.logged_in(ADA).await;
    assert_ended(ada.on_sessions("DELETE", "/others").await, 0);
    assert_ended(ada.on_sessions("DELETE", "").await, 1);
}

#[apply(under_each_policy!)]
async fn of_many_that_end_a_session_one_does(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;

    let answers = join_all((0..20).map(|_| laptop.revoke(&phone))).await;

    let done = answers.into_iter().filter(|answer| answer.status == 204).count();
    assert_eq!(done, 1);
    assert_eq!(app.database().value("select count(*) from events where kind = 'session_ended'").await, "1");
}

#[apply(under_each_policy!)]
async fn of_many_that_throw_each_other_out_one_stays(app: TestApp) {
    let mut everybody = Vec::new();
    for _ in 0..10 {
        everybody.push(app.logged_in(ADA).await);
    }

    let answers = join_all(everybody.iter().map(|one| async { one.on_sessions("DELETE", "/others").await })).await;

    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        answer.assert_ended(EndReason::Revoked);
    }
    let refreshed = join_all(everybody.iter().map(Person::refresh)).await;
    assert_eq!(refreshed.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[apply(under_policies_with_access_tokens!)]
async fn whoever_was_thrown_out_on_another_node_throws_out_nobody(app: TestApp) {
    let stolen = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let now = app.seconds() * 1000;
    // This node has not heard of it yet.
    let end = format!(
        "update sessions set ended_at = {now}, end_reason = 'revoked' where session_id = '{}'",
        stolen.session()
    );
    app.database().execute(end).await;
    stolen.me().await.assert_ok();

    stolen.revoke(&laptop).await.assert_ended(EndReason::Revoked);
    stolen.on_sessions("DELETE", "/others").await.assert_ended(EndReason::Revoked);
    stolen.on_sessions("DELETE", "").await.assert_ended(EndReason::Revoked);

    laptop.refresh().await.assert_ok();
}

#[apply(under_each_policy!)]
async fn f2_what_cannot_be_ended_lives_on(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    app.database().lose("events").await;

    laptop.revoke(&phone).await.assert_refused(ErrorCode::Unavailable);
    laptop.on_sessions("DELETE", "/others").await.assert_refused(ErrorCode::Unavailable);
    laptop.on_sessions("DELETE", "").await.assert_refused(ErrorCode::Unavailable);

    phone.me().await.assert_ok();
    app.database().bring_back("events").await;
    phone.refresh().await.assert_ok();
    laptop.refresh().await.assert_ok();
}
