//! Changing the password.

use doorward_api::{EndReason, ErrorCode};
use futures::future::{join, join_all};
use macro_rules_attribute::apply;
use serde_json::json;
use server::{audit::Actor, session::SessionId, store::Revoked, user::UserId};

use crate::fixture::{PASSWORD, Person};

const NEW: &str = "another horse and another staple";

#[apply(under_each_policy!)]
async fn r7_the_new_password_takes_the_place_of_the_old(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let answer = ada.change_password(PASSWORD, NEW).await.assert_status(204);

    assert!(answer.body.is_empty());
    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in("ada@example.com", NEW).await.assert_ok();
}

#[apply(under_each_policy!)]
async fn r39_a_change_ends_every_other_session_and_its_tokens(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;
    let tablet = app.logged_in("ada@example.com").await;
    let bob = app.logged_in("bob@example.com").await;

    laptop.change_password(PASSWORD, NEW).await.assert_ok();

    for over in [&phone, &tablet] {
        over.me().await.assert_ended(EndReason::PasswordChanged);
        over.account().await.assert_ended(EndReason::PasswordChanged);
        over.refresh().await.assert_ended(EndReason::PasswordChanged);
        over.change_password(NEW, PASSWORD).await.assert_ended(EndReason::PasswordChanged);
    }
    for live in [&laptop, &bob] {
        live.me().await.assert_ok();
        live.refresh().await.assert_ok();
    }
}

#[apply(under_each_policy!)]
async fn r39_the_others_stay_ended_after_a_restart(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;
    laptop.change_password(PASSWORD, NEW).await.assert_ok();

    app.restart().await;

    phone.me().await.assert_ended(EndReason::PasswordChanged);
    laptop.me().await.assert_ok();
}

#[apply(under_each_policy!)]
async fn r7_without_the_current_password_nothing_changes(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;

    for wrong in ["", "wrong horse battery staple", "Correct horse battery staple", &"x".repeat(1025)] {
        laptop.change_password(wrong, NEW).await.assert_refused(ErrorCode::InvalidCredentials);
    }

    phone.me().await.assert_ok();
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
    app.log_in("ada@example.com", NEW).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[apply(under_each_policy!)]
async fn a_new_password_that_cannot_be_taken_changes_nothing(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;

    laptop.change_password(PASSWORD, "short").await.assert_wrong(&["new_password"]);

    phone.refresh().await.assert_ok();
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
}

#[apply(under_each_policy!)]
async fn looking_for_a_good_new_password_costs_no_attempts(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for _ in 0..20 {
        ada.change_password(PASSWORD, "short").await.assert_wrong(&["new_password"]);
    }
    ada.change_password(PASSWORD, NEW).await.assert_ok();
}

#[apply(under_each_policy!)]
async fn unknown_fields_are_refused(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let form = json!({"current_password": PASSWORD, "new_password": NEW, "email": "eve@example.com"});
    ada.post("/api/account/password").json(&form).await.assert_wrong(&["email"]);
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
}

#[apply(under_each_policy!)]
async fn of_two_changes_at_once_one_wins(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let (one, other) = join(
        ada.change_password(PASSWORD, "the first of two new passwords"),
        ada.change_password(PASSWORD, "the other of two new passwords"),
    )
    .await;

    let (won, lost) = if one.status == 204 { (one, other) } else { (other, one) };
    won.assert_status(204);
    lost.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in("ada@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[apply(under_each_policy!)]
async fn a_session_that_is_revoked_while_passwords_are_hashed_changes_nothing(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let thief = app.logged_in("ada@example.com").await;
    let store = &app.state().store;
    let user = store.user(&UserId(ada.grant.user.id.clone())).await.expect("an answer").expect("a user");
    let (of_thief, now) = (SessionId(thief.grant.session.id.clone()), app.state().clock.now());

    ada.revoke(&thief).await.assert_ok();
    let changed = store.change_password(&user, &user.password_hash, &of_thief, &Actor::NOBODY, now).await;

    assert!(matches!(changed, Ok(Some(Revoked::NotByThis))), "nothing is changed");
    ada.me().await.assert_ok();
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
    let version = store.user(&user.id).await.expect("an answer").expect("a user").password_version;
    assert_eq!(version, user.password_version);
}

#[apply(under_each_policy!)]
async fn r39_no_login_with_the_old_password_outlives_the_change(app: TestApp) {
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    for round in 0..3 {
        let email = format!("ada{round}@example.com");
        let ada = app.logged_in(&email).await;

        let logins = join_all((0..30).map(|_| app.log_in(&email, PASSWORD)));
        let (changed, logins) = join(ada.change_password(PASSWORD, NEW), logins).await;

        changed.assert_status(204);
        for answer in logins {
            if answer.status == 200 {
                let late = Person::from_grant(&app, &email, answer);
                late.me().await.assert_ended(EndReason::PasswordChanged);
                late.refresh().await.assert_ended(EndReason::PasswordChanged);
            } else {
                answer.assert_refused(ErrorCode::InvalidCredentials);
            }
        }
    }
}
