//! A passkey as the second factor of a login, and as the proof of a confirmation.

use doorward_api::{EndReason, ErrorCode};
use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{Authenticator, Browser, PASSWORD, Response, TestApp};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

/// A user with a passkey and the second step.
async fn with_second_step(app: &TestApp) -> (Browser, Authenticator) {
    let ada = app.logged_in(ADA).await;
    let (_, authenticator) = ada.added_passkey().await;
    let second_step = format!("update users set second_step = 1 where user_id = '{}'", ada.user_id());
    app.database().execute(second_step).await;
    (ada, authenticator)
}

/// The ticket of a login with the right password.
async fn ticket(app: &TestApp) -> String {
    let required = app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired).json();
    assert_eq!(required["methods"], json!(["passkey"]));
    required["ticket"].as_str().expect("a ticket").to_owned()
}

/// The `publicKey` of a challenge for the second step.
async fn challenge(app: &TestApp, ticket: &str) -> Value {
    let form = json!({"purpose": "second_factor", "ticket": ticket});
    app.post("/api/auth/challenge").json(&form).await.assert_status(200).json()["publicKey"].clone()
}

async fn send(app: &TestApp, ticket: &str, proof: &Value) -> Response {
    app.post("/api/auth/login/factor").json(&json!({"ticket": ticket, "passkey": proof})).await
}

#[app_test(each_policy)]
async fn a_passkey_is_a_second_factor_also_without_a_pin(app: TestApp) {
    let (_, authenticator) = with_second_step(&app).await;
    for verifies_user in [true, false] {
        let ticket = ticket(&app).await;
        let options = challenge(&app, &ticket).await;
        assert_eq!(options["allowCredentials"][0]["id"], json!(authenticator.id()));
        let proof = Authenticator { verifies_user, ..authenticator.clone() }.prove(&options);
        let logged_in = send(&app, &ticket, &proof).await.assert_status(200);
        let ada = Browser::from_response(&app, ADA, logged_in);
        let session = &ada.token_response.session;
        assert_eq!((session.acr.as_str(), session.amr.join(" ").as_str()), ("phr", "pwd pop mfa"));
        ada.me().await.assert_ok();
        send(&app, &ticket, &proof).await.assert_refused(ErrorCode::TicketInvalid);
    }
}

#[app_test]
async fn a_proof_for_something_else_is_no_second_factor(app: TestApp) {
    let (ada, mut authenticator) = with_second_step(&app).await;
    let (_, mut of_bob) = app.logged_in(BOB).await.added_passkey().await;
    let (first, second) = (ticket(&app).await, ticket(&app).await);
    let of_first = challenge(&app, &first).await;
    let proofs = [
        authenticator.prove(&of_first),
        authenticator.prove(&app.login_challenge().await),
        authenticator.prove(&ada.challenge("confirm").await),
        of_bob.prove(&challenge(&app, &second).await),
    ];
    for proof in &proofs {
        send(&app, &second, proof).await.assert_refused(ErrorCode::SecondFactorInvalid);
    }
    send(&app, &first, &proofs[0]).await.assert_status(200);
}

async fn confirm(browser: &Browser, proof: &Value) -> Response {
    browser.post("/api/auth/confirm").json(&json!({"passkey": proof})).await
}

#[app_test(each_policy, also_with_valkey)]
async fn a_passkey_confirms_alone_and_raises_the_strength_of_the_session(app: TestApp) {
    let (mut ada, mut authenticator) = with_second_step(&app).await;
    app.advance(200);
    let before = ada.token_response.session.clone();
    let proof = authenticator.prove(&ada.challenge("confirm").await);

    ada.token_response = confirm(&ada, &proof).await.assert_status(200).parse();

    let after = &ada.token_response.session;
    assert_eq!((before.acr.as_str(), after.acr.as_str()), ("1", "phr"));
    assert!(after.auth_time > before.auth_time && after.expires_at == before.expires_at);
    ada.me().await.assert_ok();
    confirm(&ada, &proof).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test(each_policy)]
async fn wrong_passkeys_end_the_session_as_wrong_passwords_do(app: TestApp) {
    let (ada, authenticator) = with_second_step(&app).await;
    let (_, mut of_bob) = app.logged_in(BOB).await.added_passkey().await;
    let mut no_pin = Authenticator { verifies_user: false, ..authenticator.clone() };
    let proofs = [
        no_pin.prove(&ada.challenge("confirm").await),
        of_bob.prove(&ada.challenge("confirm").await),
        authenticator.clone().prove(&app.login_challenge().await),
        Authenticator::default().prove(&ada.challenge("confirm").await),
    ];
    for proof in &proofs {
        confirm(&ada, proof).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    let both = json!({"passkey": proofs[0], "password": PASSWORD});
    ada.post("/api/auth/confirm").json(&both).await.assert_invalid_fields(&["passkey"]);
    confirm(&ada, &proofs[0]).await.assert_ended(EndReason::TooManyConfirmations);
    ada.me().await.assert_ended(EndReason::TooManyConfirmations);
}
