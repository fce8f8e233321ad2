//! Wrong passwords at `POST /api/auth/confirm`: the fifth in a row ends the session, which may be that of a stolen device.

use doorward_api::{EndReason, ErrorCode, EventKind};
use futures::future::join_all;
use server::{
    model::{
        audit::Actor,
        authentication::Authentication,
        session::SessionId,
        user::{User, UserId},
    },
    store::{ConfirmOutcome, Confirmation},
};
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, TestApp, eventually};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong horse battery staple";

async fn recorded(app: &TestApp, kind: EventKind) -> String {
    app.database().value(format!("select count(*) from events where kind = '{}'", kind.name())).await
}

async fn confirm_wrongly(browser: &Browser, times: usize) {
    for _ in 0..times {
        browser.confirm(WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    }
}

#[app_test(each_policy)]
async fn a_wrong_password_proves_nothing(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.advance(100);
    for wrong in ["", WRONG, "Correct horse battery staple", &"x".repeat(1025)] {
        ada.confirm(wrong).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    let session = ada.sessions().await.remove(0);
    assert_eq!(session.auth_time, session.created_at);
}

#[app_test(each_policy, also_with_valkey)]
async fn the_fifth_wrong_password_in_a_row_ends_this_session_on_every_node(app: TestApp) {
    let other_node = app.another_node().await;
    other_node.poll_revocations();
    let (phone, laptop) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let tab = laptop.session_end_stream().await;
    phone.on_node(&other_node).me().await.assert_ok();
    laptop.on_node(&other_node).me().await.assert_ok();
    confirm_wrongly(&laptop, 2).await;
    confirm_wrongly(&laptop.on_node(&other_node), 2).await;
    laptop.me().await.assert_ok();

    laptop.confirm(WRONG).await.assert_ended(EndReason::TooManyConfirmations);

    laptop.me().await.assert_ended(EndReason::TooManyConfirmations);
    laptop.refresh().await.assert_ended(EndReason::TooManyConfirmations);
    laptop.confirm(PASSWORD).await.assert_ended(EndReason::TooManyConfirmations);
    assert_eq!(tab.end().await.expect("an event").reason, EndReason::TooManyConfirmations);
    let on_other_node = laptop.on_node(&other_node);
    eventually(async || on_other_node.me().await.status == 401).await;
    on_other_node.me().await.assert_ended(EndReason::TooManyConfirmations);
    phone.me().await.assert_ok();
    phone.refresh().await.assert_ok();
    assert_eq!(recorded(&app, EventKind::ConfirmationFailed).await, "5");
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn the_right_password_starts_the_count_anew(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    for _ in 0..3 {
        confirm_wrongly(&ada, 4).await;
        ada.confirm_and_store().await;
    }
    ada.me().await.assert_ok();
}

#[app_test(each_policy)]
async fn the_count_survives_a_restart(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    confirm_wrongly(&ada, 4).await;
    app.restart().await;
    ada.confirm(WRONG).await.assert_ended(EndReason::TooManyConfirmations);
}

#[app_test(each_policy)]
async fn the_session_ends_even_where_attempts_have_no_limit(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let ada = app.logged_in(ADA).await;
    confirm_wrongly(&ada, 4).await;
    ada.confirm(WRONG).await.assert_ended(EndReason::TooManyConfirmations);
}

#[app_test(each_policy)]
async fn many_wrong_passwords_at_once_are_no_more_than_one_after_the_other(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let ada = app.logged_in(ADA).await;

    let responses = join_all((0..20).map(|_| ada.confirm(WRONG))).await;

    let refused = responses.iter().filter(|response| response.problem().code == ErrorCode::InvalidCredentials);
    assert_eq!(refused.count(), 4);
    assert_eq!(recorded(&app, EventKind::ConfirmationFailed).await, "5");
    let ended = "select count(*) from events where reason = 'too_many_confirmations'";
    assert_eq!(app.database().value(ended).await, "1");
    ada.confirm(PASSWORD).await.assert_ended(EndReason::TooManyConfirmations);
}

/// One limit: who guesses here has fewer guesses there.
#[app_test(each_policy)]
async fn confirmations_and_password_changes_share_their_limit(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "4/15m")).await;
    let ada = app.logged_in(ADA).await;
    confirm_wrongly(&ada, 2).await;
    for _ in 0..2 {
        ada.change_password(WRONG, "another horse and another staple")
            .await
            .assert_refused(ErrorCode::InvalidCredentials);
    }
    ada.confirm(PASSWORD).await.assert_refused(ErrorCode::TooManyAttempts);
    ada.change_password(PASSWORD, "another horse and another staple").await.assert_refused(ErrorCode::TooManyAttempts);
    // Another session has its own.
    app.logged_in(ADA).await.confirm(PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn a_success_gives_the_attempts_back(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "3/15m")).await;
    let mut ada = app.logged_in(ADA).await;
    for _ in 0..4 {
        confirm_wrongly(&ada, 2).await;
        ada.confirm_and_store().await;
    }
}

/// As it was when the password was checked.
async fn read(app: &TestApp, ada: &Browser) -> (User, SessionId) {
    let user = app.state().store.user(&UserId(ada.user_id().into())).await.expect("a response").expect("a user");
    (user, SessionId(ada.session_id().to_owned()))
}

#[app_test(each_policy)]
async fn what_ends_or_changes_while_the_password_is_checked_wins(app: TestApp) {
    let (phone, laptop) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let (user, session_id) = read(&app, &phone).await;
    let (store, now) = (app.state().store.clone(), app.now());
    let proof = Authentication::with_password(now);
    let confirmation =
        Confirmation { user: &user, session_id: &session_id, authentication: &proof, factor: None, limits: &[] };
    let confirm = async || store.confirm_session(&confirmation, (&Actor::System, now)).await;

    laptop.revoke(&phone).await.assert_ok();
    assert!(matches!(confirm().await, Ok(ConfirmOutcome::CallerEnded)));
    laptop.change_password(PASSWORD, "another horse and another staple").await.assert_ok();
    assert!(matches!(confirm().await, Ok(ConfirmOutcome::Outdated)));
    assert_eq!(recorded(&app, EventKind::Confirmed).await, "0");
}

#[app_test]
async fn a_confirmation_that_cannot_be_recorded_does_not_happen(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.advance(100);
    app.database().break_table("events").await;
    ada.confirm(PASSWORD).await.assert_refused(ErrorCode::Unavailable);
    for _ in 0..6 {
        ada.confirm(WRONG).await.assert_refused(ErrorCode::Unavailable);
    }
    app.database().repair_table("events").await;
    let session = ada.sessions().await.remove(0);
    assert_eq!(session.auth_time, session.created_at);
}
