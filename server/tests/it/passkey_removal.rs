//! `/api/account/passkeys/{id}`: renames and removes passkeys.

use doorward_api::{Activity, EndReason, ErrorCode, EventKind, Passkey};
use test_macros::app_test;
use url::form_urlencoded;

use crate::support::{Authenticator, Browser, TestApp, eventually};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

async fn log_in(app: &TestApp, authenticator: &mut Authenticator) -> Browser {
    Browser::from_response(app, ADA, app.log_in_with_passkey(authenticator).await.assert_status(200))
}

/// Takes the password away, as the owner of two passkeys may.
async fn remove_password(app: &TestApp) {
    app.database().execute("update users set password_hash = ''").await;
}

#[app_test(each_policy)]
async fn a_passkey_is_renamed_by_its_owner_alone(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (passkey, _) = ada.added_passkey().await;
    let (second, _) = ada.added_passkey().await;

    let renamed: Passkey = ada.rename_passkey(&passkey, " Ada's phone ").await.assert_status(200).parse();

    assert_eq!(renamed, Passkey { name: "Ada's phone".into(), ..passkey.clone() });
    ada.rename_passkey(&passkey, "Ada's phone").await.assert_status(200);
    ada.rename_passkey(&second, "Ada's phone").await.assert_invalid_fields(&["name"]);
    ada.rename_passkey(&second, &"x".repeat(61)).await.assert_invalid_fields(&["name"]);
    let bob = app.logged_in(BOB).await;
    bob.rename_passkey(&passkey, "Bob's").await.assert_refused(ErrorCode::NotFound);
    bob.remove_passkey(&passkey).await.assert_refused(ErrorCode::NotFound);
    bob.request("DELETE", "/api/account/passkeys/no-id").await.assert_refused(ErrorCode::NotFound);
    assert_eq!(app.database().value("select count(*) from passkeys where name = 'Ada''s phone'").await, "1");
}

#[app_test(each_policy, also_with_valkey)]
async fn removing_a_passkey_ends_the_sessions_that_began_with_it_but_the_present_one(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (passkey, mut authenticator) = ada.added_passkey().await;
    let (_, mut another) = ada.added_passkey().await;
    let other_node = app.another_node().await.with_revocation_sync();
    let phone = log_in(&app, &mut authenticator).await;
    let tablet = log_in(&app, &mut authenticator).await;
    let laptop = log_in(&app, &mut another).await;

    phone.remove_passkey(&passkey).await.assert_status(204);

    tablet.me().await.assert_ended(EndReason::CredentialRemoved);
    tablet.refresh().await.assert_ended(EndReason::CredentialRemoved);
    let on_other = tablet.on_node(&other_node);
    eventually(async || on_other.me().await.status == 401).await;
    for browser in [&phone, &laptop, &ada] {
        browser.me().await.assert_ok();
        browser.refresh().await.assert_ok();
    }
    app.log_in_with_passkey(&mut authenticator).await.assert_refused(ErrorCode::PasskeyUnknown);
    phone.remove_passkey(&passkey).await.assert_refused(ErrorCode::NotFound);
    let events = phone.get("/api/activity").await.parse::<Activity>().events;
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::PasskeyRemoved).count(), 1);
}

/// A password change gives the session another ID, not another beginning.
#[app_test(each_policy)]
async fn a_session_that_was_rotated_still_ends_with_its_passkey(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (passkey, mut authenticator) = ada.added_passkey().await;
    let mut phone = log_in(&app, &mut authenticator).await;
    phone.change_password_and_store(crate::support::PASSWORD, "another horse and another staple").await;
    let laptop = app.log_in(ADA, "another horse and another staple").await;
    let laptop = Browser::from_response(&app, ADA, laptop);
    laptop.remove_passkey(&passkey).await.assert_status(204);
    phone.me().await.assert_ended(EndReason::CredentialRemoved);
}

#[app_test(each_policy)]
async fn removing_a_passkey_requires_a_recent_proof_and_renaming_does_not(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    let (passkey, _) = ada.added_passkey().await;
    app.advance(600);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }
    ada.remove_passkey(&passkey).await.assert_refused(ErrorCode::StepUpRequired);
    ada.rename_passkey(&passkey, "Phone").await.assert_status(200);
    ada.confirm_and_store().await;
    ada.remove_passkey(&passkey).await.assert_status(204);
}

#[app_test(each_policy)]
async fn the_last_way_to_log_in_cannot_be_removed(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (first, _) = ada.added_passkey().await;
    let (second, mut authenticator) = ada.added_passkey().await;
    let (no_pin, _) = ada.added_passkey().await;
    let no_pin = format!("update passkeys set user_verified = 0 where passkey_id = '{}'", no_pin.id);
    app.database().execute(no_pin).await;
    remove_password(&app).await;
    ada.remove_passkey(&first).await.assert_status(204);

    ada.remove_passkey(&second).await.assert_refused(ErrorCode::LastCredential);

    log_in(&app, &mut authenticator).await;
    let (third, _) = ada.added_passkey().await;
    app.database().execute(format!("update passkeys set rp_id = 'old.test' where passkey_id = '{}'", third.id)).await;
    ada.remove_passkey(&second).await.assert_refused(ErrorCode::LastCredential);
    ada.added_passkey().await;
    ada.remove_passkey(&second).await.assert_status(204);
}

#[app_test]
async fn of_two_removals_of_the_last_two_passkeys_at_once_one_succeeds(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let on_other = ada.on_node(&app.another_node().await);
    let (first, _) = ada.added_passkey().await;
    let (second, _) = ada.added_passkey().await;
    remove_password(&app).await;
    let (one, other) = tokio::join!(ada.remove_passkey(&first), on_other.remove_passkey(&second));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert_eq!(app.database().value("select count(*) from passkeys").await, "1");
}

#[app_test]
async fn with_the_last_second_factor_the_second_step_and_its_recovery_codes_go(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (first, _) = ada.added_passkey().await;
    let (second, _) = ada.added_passkey().await;
    let id = ada.user_id();
    app.database().execute("update users set second_step = 1").await;
    for number in 0..3 {
        let code =
            format!("insert into recovery_codes (code_hash, user_id, created_at) values ('{number}', '{id}', 0)");
        app.database().execute(code).await;
    }
    let state = async || {
        let step = app.database().value("select second_step from users").await;
        (step, app.database().value("select count(*) from recovery_codes").await)
    };
    ada.remove_passkey(&first).await.assert_status(204);
    assert_eq!(state().await, ("1".into(), "3".into()));
    let totp = format!(
        "insert into totp_seeds (seed_id, user_id, sealed, created_at, confirmed_at) values ('t', '{id}', '', 0, 0)"
    );
    app.database().execute(totp).await;
    ada.remove_passkey(&second).await.assert_status(204);
    assert_eq!(state().await, ("1".into(), "3".into()), "the authenticator app is left");
    app.database().execute("delete from totp_seeds").await;

    let (third, _) = ada.added_passkey().await;
    ada.remove_passkey(&third).await.assert_status(204);

    assert_eq!(state().await, ("0".into(), "0".into()));
    let events = "select count(*) from events where kind = 'second_step_off'";
    assert_eq!(app.database().value(events).await, "1");
}

#[app_test(each_policy)]
async fn a_removed_passkey_is_mailed_to_its_owner(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (passkey, _) = ada.added_passkey().await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    ada.remove_passkey(&passkey).await.assert_status(204);
    assert_eq!(app.mail_to(ADA).await.purpose, "passkey-removed");
}

async fn report(app: &TestApp, token: &str) {
    let fields = [("token", token), ("answer", "not_me")];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = app.post("/not-me").header("content-type", "application/x-www-form-urlencoded");
    request.body(body).await.assert_status(303);
}

/// Otherwise it would open the account again once the password is new.
#[app_test(each_policy)]
async fn the_passkey_of_a_reported_stranger_is_removed_and_those_from_before_stay(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, mut of_ada) = ada.added_passkey().await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    app.advance(1);
    let thief = Browser::from_response(&app, ADA, app.log_in(ADA, crate::support::PASSWORD).await);
    let token = app.mail_to(ADA).await.token().to_owned();
    app.advance(1);
    let (_, mut of_thief) = thief.added_passkey().await;
    let again = log_in(&app, &mut of_thief).await;

    report(&app, &token).await;

    for browser in [&thief, &again] {
        browser.me().await.assert_ended(EndReason::NotMe);
    }
    app.log_in_with_passkey(&mut of_thief).await.assert_refused(ErrorCode::PasskeyUnknown);
    app.database().execute("update users set password_refused_at = null").await;
    log_in(&app, &mut of_ada).await;
}

#[app_test]
async fn a_reported_login_with_a_passkey_removes_the_passkey(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, mut stolen) = ada.added_passkey().await;
    let (_, mut kept) = ada.added_passkey().await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    app.advance(1);
    log_in(&app, &mut stolen).await;
    report(&app, app.mail_to(ADA).await.token()).await;
    app.log_in_with_passkey(&mut stolen).await.assert_refused(ErrorCode::PasskeyUnknown);
    app.database().execute("update users set password_refused_at = null").await;
    log_in(&app, &mut kept).await;
}
