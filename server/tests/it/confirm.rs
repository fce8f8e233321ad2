//! `POST /api/auth/confirm`: the user of a session proves again who they are.

use doorward_api::{Activity, EndReason, ErrorCode, EventKind, Session, TokenResponse};
use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{Browser, Forgery, PASSWORD, TestApp};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong horse battery staple";

/// The session of the browser, as its list shows it.
async fn current(browser: &Browser) -> Session {
    browser.sessions().await.into_iter().find(|session| session.current).expect("the caller's session")
}

fn claim(token_response: &TokenResponse, name: &str) -> Value {
    Forgery::of(token_response.access_token.as_deref().expect("an access token")).claims[name].clone()
}

#[app_test(each_policy)]
async fn a_login_proves_who_the_user_is_with_one_factor(app: TestApp) {
    let ada = app.logged_in(ADA).await;

    let session = &ada.token_response.session;

    assert_eq!((session.acr.as_str(), session.amr.join(" ").as_str()), ("1", "pwd"));
    assert_eq!(session.auth_time, session.created_at);
    if ada.credential_storage().has_access_token() {
        let claims = ["auth_time", "acr", "amr"].map(|name| claim(&ada.token_response, name));
        assert_eq!(claims, [json!(app.unix_time()), json!("1"), json!(["pwd"])]);
    }
}

#[app_test(each_policy, also_with_valkey)]
async fn a_confirmation_moves_the_time_of_the_proof_of_this_session_alone(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let mut laptop = app.logged_in(ADA).await;
    app.advance(200);
    let before = current(&laptop).await;
    let used = current(&phone).await;
    app.advance(1);

    laptop.confirm_and_store().await;

    let after = &laptop.token_response.session;
    assert!(after.auth_time > before.auth_time && after.auth_time > after.created_at, "{after:?}");
    assert_eq!((&after.acr, &after.amr), (&before.acr, &before.amr));
    assert_eq!(current(&laptop).await.auth_time, after.auth_time);
    assert_eq!(current(&phone).await.auth_time, used.auth_time);
    // Never its end.
    assert_eq!((&after.id, &after.created_at, &after.expires_at), (&before.id, &before.created_at, &before.expires_at));
    assert!(laptop.refresh().await.assert_ok().set_cookie().is_none());
}

#[app_test(policies_with_access_tokens)]
async fn the_new_access_token_has_the_proof_and_the_old_one_stays_valid_as_it_is(app: TestApp) {
    let before = app.logged_in(ADA).await;
    let mut ada = before.clone();
    app.advance(100);

    ada.confirm_and_store().await;

    assert_eq!(claim(&ada.token_response, "auth_time"), json!(app.unix_time()));
    assert_eq!(claim(&before.token_response, "auth_time"), json!(app.unix_time() - 100));
    for browser in [&before, &ada] {
        browser.me().await.assert_ok();
    }
}

#[app_test(banking)]
async fn a_confirmation_does_not_lengthen_a_session_that_cannot_be_renewed(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    let end = claim(&ada.token_response, "exp");
    for _ in 0..8 {
        app.advance(100);
        ada.confirm_and_store().await;
        assert_eq!(claim(&ada.token_response, "exp"), end);
    }
    app.advance(100);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);
    ada.confirm(PASSWORD).await.assert_refused(ErrorCode::TokenExpired);
}

#[app_test(renewable_policies)]
async fn a_confirmation_postpones_no_idle_timeout_of_a_session_with_tokens(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "10m")).await;
    let mut ada = app.logged_in(ADA).await;
    if !ada.credential_storage().has_access_token() {
        return;
    }
    app.advance(250);
    ada.confirm_and_store().await;
    app.advance(280);
    ada.confirm_and_store().await;
    app.advance(71);
    ada.me().await.assert_status(401);
    ada.refresh().await.assert_ended(EndReason::Idle);
}

#[app_test(server_session)]
async fn a_session_cookie_is_confirmed_without_a_token(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.advance(100);

    let response = ada.confirm(PASSWORD).await.assert_status(200);

    assert!(response.json().get("access_token").is_none() && response.set_cookies().is_empty());
    assert_ne!(current(&ada).await.auth_time, ada.token_response.session.auth_time);
}

#[app_test(each_policy, also_with_valkey)]
async fn a_refresh_a_restart_and_another_node_keep_the_proof_and_never_move_it(app: TestApp) {
    let node = app.another_node().await;
    let mut ada = app.logged_in(ADA).await;
    let login = ada.token_response.session.auth_time.clone();
    app.advance(100);
    assert_eq!(ada.refresh_and_store().await.session.auth_time, login);
    app.advance(100);
    ada.confirm_and_store().await;
    let confirmed = ada.token_response.session.auth_time.clone();

    for seconds in [0, 50, 200] {
        app.advance(seconds);
        for app in [&app, &node] {
            let mut ada = ada.on_node(app);
            assert_eq!(ada.refresh_and_store().await.session.auth_time, confirmed);
            assert_eq!(current(&ada).await.auth_time, confirmed);
        }
        ada.refresh_and_store().await;
        app.restart().await;
    }
    assert_eq!(current(&ada).await.auth_time, confirmed);
}

#[app_test(each_policy)]
async fn a_password_change_proves_who_the_user_is_too(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    app.advance(100);
    ada.change_password_and_store(PASSWORD, "another horse and another staple").await;
    let after = current(&ada).await;
    assert!(after.auth_time > after.created_at, "{after:?}");
}

#[app_test(renewable_policies)]
async fn a_session_from_before_there_were_confirmations_counts_from_its_login(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    app.database().execute("update sessions set auth_time = 0").await;
    app.advance(100);
    let session = ada.refresh_and_store().await.session;
    assert_eq!(session.auth_time, session.created_at);
}

#[app_test(each_policy)]
async fn a_confirmation_is_an_event_of_the_account(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    ada.confirm(WRONG).await.assert_refused(ErrorCode::InvalidCredentials);
    app.advance(1);
    ada.confirm_and_store().await;

    let activity: Activity = ada.get("/api/activity").await.parse();

    for kind in [EventKind::Confirmed, EventKind::ConfirmationFailed] {
        let event = activity.events.iter().find(|event| event.kind == kind).expect("an event");
        assert_eq!(event.session.as_ref().map(|session| session.id.as_str()), Some(ada.session_id()));
        assert!(event.ip.is_some() && event.device.is_some(), "{event:?}");
    }
}

#[app_test(each_policy)]
async fn only_the_session_itself_can_be_confirmed(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let form = json!({"password": PASSWORD});
    app.post("/api/auth/confirm").json(&form).await.assert_refused(ErrorCode::TokenMissing);
    let foreign = ada.post("/api/auth/confirm").without_header("sec-fetch-site").header("sec-fetch-site", "cross-site");
    foreign.json(&form).await.assert_refused(ErrorCode::CrossSiteRequest);
    let unknown = json!({"password": PASSWORD, "session": "another"});
    ada.post("/api/auth/confirm").json(&unknown).await.assert_invalid_fields(&["session"]);
    let bob = app.register("bob@example.com", "the password of another user").await;
    let bob = Browser::from_response(&app, "bob@example.com", bob);
    bob.confirm(PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

/// It proves nothing here: the browser sends it with every request.
#[app_test(retention)]
async fn a_refresh_cookie_alone_confirms_nothing(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let request = app.post("/api/auth/confirm").refresh_cookie(&ada.credential).json(&json!({"password": PASSWORD}));
    request.await.assert_refused(ErrorCode::TokenMissing);
}

#[app_test(each_policy)]
async fn an_ended_session_is_not_confirmed(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    laptop.revoke(&phone).await.assert_ok();
    phone.confirm(PASSWORD).await.assert_ended(EndReason::Revoked);
    app.database().execute(format!("update users set disabled_at = {}", app.now().0)).await;
    laptop.confirm(PASSWORD).await.assert_ended(EndReason::RevokedByAdmin);
}

/// A role with a stricter policy must not come with an access token here, if a refresh would end the session.
#[app_test(retention, memory_only)]
async fn a_session_that_the_users_policy_no_longer_permits_ends(app: TestApp) {
    app.restart_with(|settings| settings.set("policy_for_role.teller", "banking")).await;
    let ada = app.logged_in(ADA).await;
    app.database().execute("update users set roles = 'teller'").await;
    ada.confirm(PASSWORD).await.assert_ended(EndReason::PolicyChanged);
    ada.refresh().await.assert_ended(EndReason::PolicyChanged);
}

#[app_test(policies_with_access_tokens)]
async fn a_node_out_of_sync_issues_no_token(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.require_revocation_sync();
    app.advance(6);
    ada.confirm(PASSWORD).await.assert_refused(ErrorCode::Unavailable);
}
