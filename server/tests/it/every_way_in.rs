//! Every operation that can answer with a token response, and every page that can set a credential cookie: for an account that
//! requires a second factor, none starts a session without it. A new way in is added here.

use std::collections::BTreeSet;

use doorward_api::ErrorCode;
use serde_json::{Value, json};
use test_macros::app_test;

use crate::{
    recovery_pages::submit,
    support::{PASSWORD, TestApp},
};

const ADA: &str = "ada@example.com";

/// What an operation does for the account of Ada, of which everything but a second factor is known.
#[derive(Clone, Copy, Debug)]
enum WayIn {
    /// Creates accounts, and none where there is one.
    CreatesAccounts,
    /// Asks for the second factor.
    AsksForFactor,
    /// Takes the second factor.
    TakesFactor,
    /// Takes a passkey, which is two factors.
    TakesPasskey,
    /// Continues a session that the user has, and raises nothing.
    ContinuesSession,
}

const WAYS_IN: [(&str, WayIn); 8] = [
    ("/api/account/password", WayIn::ContinuesSession),
    ("/api/auth/confirm", WayIn::AsksForFactor),
    ("/api/auth/login", WayIn::AsksForFactor),
    ("/api/auth/login/factor", WayIn::TakesFactor),
    ("/api/auth/login/passkey", WayIn::TakesPasskey),
    ("/api/auth/refresh", WayIn::ContinuesSession),
    ("/api/auth/register", WayIn::CreatesAccounts),
    ("/api/auth/register/confirm", WayIn::CreatesAccounts),
];

/// The paths of the operations with a successful token response.
fn operations_with_tokens() -> BTreeSet<String> {
    let api = serde_json::to_value(server::http::openapi()).expect("JSON");
    let paths = api["paths"].as_object().expect("paths");
    let has_token = |operation: &Value| {
        let responses = operation["responses"].as_object().expect("responses");
        let mut successes = responses.iter().filter(|(status, _)| status.starts_with('2'));
        successes.any(|(_, response)| response.to_string().contains("schemas/TokenResponse"))
    };
    let methods = ["get", "post", "put", "patch", "delete"];
    let answers = |path: &Value| methods.iter().filter_map(|method| path.get(method)).any(has_token);
    paths.iter().filter(|(_, path)| answers(path)).map(|(path, _)| path.clone()).collect()
}

#[test]
fn every_operation_with_a_token_response_is_listed() {
    assert_eq!(operations_with_tokens(), WAYS_IN.map(|(path, _)| path.to_owned()).into());
}

/// Everything that each of them takes, but no right second factor.
fn form(path: &str, ticket: &str) -> Value {
    match path {
        "/api/account/password" => {
            json!({"current_password": PASSWORD, "new_password": "another horse and another staple"})
        }
        "/api/auth/login" => json!({"email": ADA, "password": PASSWORD}),
        "/api/auth/login/factor" => json!({"ticket": ticket, "totp": "no code"}),
        "/api/auth/login/passkey" => json!({"passkey": {"id": "AAAA", "user_handle": "AAAA"}}),
        "/api/auth/register" => json!({"email": ADA, "password": PASSWORD, "name": "Ada"}),
        "/api/auth/register/confirm" => json!({"ticket": ticket, "code": "12345678"}),
        "/api/auth/confirm" => json!({"password": PASSWORD}),
        _ => json!({}),
    }
}

#[app_test(each_policy)]
async fn no_operation_starts_a_session_without_the_second_factor(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.turn_on_second_step(ADA).await;
    let ticket = app.login_ticket(ADA).await;
    let acr = "select acr from sessions where ended_at is null";
    for (path, way_in) in WAYS_IN {
        let response = app.post(path).json(&form(path, &ticket)).await;
        let expected = match way_in {
            WayIn::CreatesAccounts => [ErrorCode::EmailTaken, ErrorCode::TicketInvalid],
            WayIn::AsksForFactor => [ErrorCode::SecondFactorRequired, ErrorCode::TokenMissing],
            WayIn::TakesFactor => [ErrorCode::SecondFactorInvalid; 2],
            WayIn::TakesPasskey => [ErrorCode::InvalidCredentials; 2],
            WayIn::ContinuesSession => [ErrorCode::TokenMissing, ErrorCode::SessionMissing],
        };
        assert!(expected.contains(&response.problem().code), "{path}: {response:?}");
        assert!(response.set_cookies().is_empty());
        assert_eq!(app.database().rows(acr).await, [["1"]], "{path}");
    }
    // With the session that the user has, nothing raises it.
    for (path, way_in) in WAYS_IN {
        match way_in {
            WayIn::CreatesAccounts => {}
            WayIn::ContinuesSession => drop(ada.refresh().await.assert_status(200)),
            WayIn::AsksForFactor | WayIn::TakesFactor | WayIn::TakesPasskey => {
                drop(ada.post(path).json(&form(path, &ticket)).await.assert_status(401));
            }
        }
        assert_eq!(app.database().rows(acr).await, [["1"]], "{path}");
    }
    ada.change_password(PASSWORD, "another horse and another staple").await.assert_ok();
    assert_eq!(app.database().rows(acr).await, [["1"]]);
}

#[app_test(policies_with_cookies)]
async fn no_page_starts_a_session_without_the_second_factor(app: TestApp) {
    app.logged_in(ADA).await;
    app.turn_on_second_step(ADA).await;
    let ticket = app.login_ticket(ADA).await;
    let fields = [("name", "Ada"), ("email", ADA), ("password", PASSWORD), ("ticket", &ticket), ("code", "000000x")];
    for (path, statuses) in [
        ("/login", [401, 401]),
        ("/login/code", [401, 401]),
        ("/register", [409, 409]),
        // Without a registration, back to its form.
        ("/register/code", [303, 303]),
        ("/invite?token=0", [422, 422]),
        ("/reset?token=0", [404, 422]),
    ] {
        let response = submit(&app, path, &fields).await;
        assert!(statuses.contains(&response.status), "{path}: {response:?}");
        assert!(response.set_cookie().is_none(), "{path}");
    }
    assert_eq!(app.database().value("select count(*) from sessions").await, "1");
}
