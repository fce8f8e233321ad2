//! Logging in.

use doorward_api::{CredentialStorage, EndReason, ErrorCode};
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{Answer, PASSWORD, Person};

/// What an onlooker can compare, without the names of headers that differ by nature.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers =
        answer.telling_headers().iter().map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    (answer.status, headers, answer.text().to_owned())
}

#[apply(under_each_policy!)]
async fn a_login_gives_a_grant_and_what_the_browser_keeps(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();

    let answer = app.log_in("ada@example.com", PASSWORD).await.assert_status(200);

    let ada = Person::from_grant(&app, "ada@example.com", answer);
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[apply(under_each_policy!)]
async fn an_email_may_be_written_in_any_case(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    for spelling in ["ADA@example.com", "Ada@Example.COM", " ada@example.com ", "ａda@example.com"] {
        app.log_in(spelling, PASSWORD).await.assert_ok();
    }
}

#[apply(under_each_policy!)]
async fn r14_unknown_wrong_and_disabled_look_the_same(app: TestApp) {
    for email in ["ada@example.com", "bob@example.com"] {
        app.register(email, PASSWORD).await.assert_ok();
    }
    app.database().execute("update users set disabled_at = 1 where email = 'bob@example.com'").await;

    let wrong = app.log_in("ada@example.com", "wrong horse battery staple").await;
    let unknown = app.log_in("nobody@example.com", PASSWORD).await;
    let disabled = app.log_in("bob@example.com", PASSWORD).await;
    let no_address = app.log_in("nobody", PASSWORD).await;
    let empty = app.post("/api/auth/login").json(&json!({})).await;

    for other in [&unknown, &disabled, &no_address, &empty] {
        assert_eq!(seen(other), seen(&wrong));
    }
    wrong.assert_refused(ErrorCode::InvalidCredentials);
}

#[apply(under_each_policy!)]
async fn r36_each_login_is_a_session_of_its_own(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;

    assert_ne!(phone.grant.session.id, laptop.grant.session.id);
    assert!(phone.kept != laptop.kept || app.credential_storage() == CredentialStorage::AccessTokenOnly);
    assert_eq!(phone.grant.user, laptop.grant.user);
    phone.me().await.assert_ok();
    phone.refresh().await.assert_ok();
}

#[apply(under_policies_with_cookies!)]
async fn r36_a_login_ends_the_session_that_the_browser_had(app: TestApp) {
    let before = app.logged_in("ada@example.com").await;
    let elsewhere = app.logged_in("ada@example.com").await;

    let after = before.log_in_again().await;

    before.me().await.assert_ended(EndReason::Replaced);
    before.refresh().await.assert_ended(EndReason::Replaced);
    after.refresh().await.assert_ok();
    elsewhere.refresh().await.assert_ok();
}

#[apply(under_policies_with_cookies!)]
async fn r36_also_when_it_was_somebody_elses(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.register("bob@example.com", PASSWORD).await.assert_ok();

    let answer = ada.log_in_as("bob@example.com").await.assert_ok();

    assert_ne!(answer.json()["user"]["id"], ada.grant.user.id);
    ada.me().await.assert_ended(EndReason::Replaced);
}

#[apply(under_each_policy!)]
async fn a_failed_login_leaves_the_session_of_the_browser_alone(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let form = json!({"email": "ada@example.com", "password": "wrong horse battery staple"});
    let answer = app.post("/api/auth/login").in_browser_of(&ada).json(&form).await;

    answer.assert_refused(ErrorCode::InvalidCredentials);
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[apply(on_both_databases!)]
async fn a_worthless_cookie_does_not_hinder_a_login(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let forged = ada.refresh_forgery().claim("sid", json!("0".repeat(32))).signed_for_refresh(&app);
    ada.log_out().await.assert_ok();

    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    for cookie in [ada.kept.as_str(), "nonsense", "", &forged, ada.access_token()] {
        app.post("/api/auth/login").cookie(cookie).json(&form).await.assert_ok();
    }
}

#[apply(under_each_policy!)]
async fn o4_logins_and_failures_are_recorded_without_what_was_typed(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.log_in("ada@example.com", "a wrong one, typed by hand").await;
    app.log_in("nobody@example.com", "a wrong one, typed by hand").await;

    let kinds = app.database().rows("select kind, ip from events order by kind").await;
    let expected = [["logged_in"], ["login_failed"], ["login_failed"], ["registered"]];
    assert_eq!(kinds, expected.map(|[kind]| vec![kind.to_owned(), "203.0.113.7".to_owned()]));
    let contents = app.database().contents().await;
    assert!(!contents.contains("typed by hand") && !contents.contains("nobody@"));
}
