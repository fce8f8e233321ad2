//! What a fresh account, or a stranger, can add to the database is bounded.

use doorward_api::ErrorCode;
use serde_json::json;
use server::{login::attempt::Attempt, model::user::UserId};
use test_macros::app_test;

use crate::{
    rate_limit::retry_after,
    support::{Browser, PASSWORD, Request, TestApp},
};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong horse battery staple";

async fn count(app: &TestApp, rows: &str) -> usize {
    app.database().value(format!("select count(*) from {rows}")).await.parse().expect("a number")
}

fn change_name(ada: &Browser, n: usize) -> Request {
    ada.post("/api/fn/change_name").json(&json!({"name": format!("Ada {n}")}))
}

fn rename(ada: &Browser, n: usize) -> Request {
    let label = json!({"label": format!("phone {n}")});
    ada.request("PATCH", &format!("/api/sessions/{}", ada.session_id())).json(&label)
}

#[app_test]
async fn an_account_changes_its_name_a_hundred_times_a_day_at_most(app: TestApp) {
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);
    for n in 0..150 {
        let response = change_name(&ada, n).await;
        let code = if n < 100 { 200 } else { 429 };
        response.assert_status(code);
    }
    assert_eq!(count(&app, "events where kind = 'name_changed'").await, 100);
    // A new session has no more, other accounts have their own, and the owner still changes the password.
    retry_after(change_name(&app.logged_in(ADA).await, 0).await);
    change_name(&bob, 0).await.assert_ok();
    ada.change_password(PASSWORD, "another horse and another staple").await.assert_ok();
}

#[app_test]
async fn a_session_writes_six_hundred_times_in_fifteen_minutes_at_most(app: TestApp) {
    let (thief, ada) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    for n in 0..600 {
        rename(&thief, n).await.assert_ok();
    }
    retry_after(rename(&thief, 600).await);
    retry_after(thief.revoke_others().await);
    retry_after(thief.change_password(PASSWORD, "another horse and another staple").await);

    // From another session the owner ends it, and reading and logging out are not limited.
    thief.account().await.assert_ok();
    ada.revoke(&thief).await.assert_ok();
    ada.log_out().await.assert_ok();
}

#[app_test]
async fn passwords_are_changed_a_hundred_times_a_day_at_most(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    for _ in 0..100 {
        ada.change_password_and_store(PASSWORD, PASSWORD).await;
    }
    retry_after(ada.change_password(PASSWORD, PASSWORD).await);
    assert_eq!(count(&app, "events where kind = 'password_changed'").await, 100);
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test]
async fn an_account_starts_ten_thousand_sessions_a_day_at_most(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.register("bob@example.com", PASSWORD).await.assert_ok();
    let user_id = UserId(ada.user_id().to_owned());
    for _ in 0..9_990 {
        app.state().limiter.spend(Attempt::StartSession { user_id: &user_id }).await.expect("within the limit");
    }
    for _ in 0..10 {
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    retry_after(app.log_in(ADA, PASSWORD).await);
    assert_eq!(count(&app, "sessions").await, 12);
    app.log_in("bob@example.com", PASSWORD).await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test]
async fn failed_logins_with_unknown_emails_are_one_event_an_hour(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    app.register(ADA, PASSWORD).await.assert_ok();
    for n in 0..300 {
        if n == 200 {
            app.advance(3600);
        }
        app.log_in(&format!("nobody{n}@example.com"), WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    let times = "select times from events where user_id is null order by happened_at";
    assert_eq!(app.database().rows(times).await, [["200"], ["100"]]);
    // Those of an account stay single.
    for _ in 0..3 {
        app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    assert_eq!(count(&app, "events where kind = 'login_failed' and user_id is not null and times = 1").await, 3);
}

#[app_test]
async fn few_failures_are_kept_for_a_week_and_many_for_a_month(app: TestApp) {
    const DAY: u64 = 24 * 3600;
    for n in 0..3 {
        app.log_in(&format!("nobody{n}@example.com"), WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    for _ in 0..10 {
        app.log_in(ADA, WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    app.advance(6 * DAY);
    app.clean_up().await;
    assert_eq!(count(&app, "attempts").await, 4);
    app.advance(2 * DAY);
    app.clean_up().await;
    assert_eq!(count(&app, "attempts").await, 1);
    app.advance(30 * DAY);
    app.clean_up().await;
    assert_eq!(count(&app, "attempts").await, 0);
}
