//! Challenges for authenticators: `POST /api/auth/challenge`.

use std::collections::HashSet;

use doorward_api::{ChallengePurpose, EndReason, ErrorCode};
use futures::future::join_all;
use serde_json::{Value, json};
use server::{login::challenges::Binding, model::ticket::TicketToken};
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, Request, TestApp};

const ADA: &str = "ada@example.com";
const HOST: &str = "doorward.test";

fn challenge(request: Request, purpose: &str) -> Request {
    request.json(&json!({ "purpose": purpose }))
}

fn anonymous(app: &TestApp, purpose: &str) -> Request {
    challenge(app.post("/api/auth/challenge"), purpose)
}

fn of(browser: &Browser, purpose: &str) -> Request {
    challenge(browser.post("/api/auth/challenge"), purpose)
}

/// A passkey in the database, as it is without an authenticator.
async fn add_passkey(app: &TestApp, browser: &Browser, credential_id: &str, host: &str) {
    let user_id = browser.user_id();
    app.database()
        .execute(format!(
            "insert into passkeys (passkey_id, credential_id, user_id, name, public_key, rp_id, sign_count, backup_eligible, \
             backed_up, user_verified, transports, aaguid, created_at) values ('{credential_id}', '{credential_id}', '{user_id}', \
             '{credential_id}', '', '{host}', 0, 0, 0, 1, 'internal hybrid', '', 1)"
        ))
        .await;
}

/// The ticket of a login whose password was right.
async fn pending_login(app: &TestApp, browser: &Browser) -> String {
    let ticket = TicketToken::generate();
    let (hash, user_id, now) = (ticket.hash(), browser.user_id(), app.now().0);
    app.database()
        .execute(format!(
            "insert into pending_logins (ticket_hash, user_id, password_version, factors_version, limits, created_at, expires_at) \
             select '{}', user_id, password_version, factors_version, '', {now}, {} from users where user_id = '{user_id}'",
            hash.as_str(),
            now + 300_000,
        ))
        .await;
    ticket.reveal().to_owned()
}

#[app_test]
async fn a_challenge_for_a_login_needs_no_session_and_names_no_account(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    add_passkey(&app, &ada, "YWRh", HOST).await;

    let response = anonymous(&app, "login").await.assert_status(200);

    assert_eq!(response.header("cache-control"), Some("no-store"));
    let mut options = response.json();
    let text = options["publicKey"]["challenge"].take();
    assert_eq!(text.as_str().map(str::len), Some(96), "72 bytes in base64url");
    assert_eq!(
        options,
        json!({
            "publicKey": {
                "challenge": null,
                "rpId": HOST,
                "timeout": 600_000,
                "userVerification": "required",
                "allowCredentials": [],
            },
            "expires_in": 600,
        })
    );
    // With a session it is the same.
    assert_eq!(of(&ada, "login").await.assert_status(200).json()["publicKey"]["allowCredentials"], json!([]));
}

#[app_test]
async fn ten_thousand_challenges_of_strangers_leave_no_row(app: TestApp) {
    app.logged_in(ADA).await;
    let before = app.database().contents().await;

    let mut challenges = HashSet::new();
    for _ in 0..100 {
        for response in join_all((0..100).map(|_| async { anonymous(&app, "login").await })).await {
            let options = response.assert_status(200).json();
            challenges.insert(options["publicKey"]["challenge"].as_str().expect("a challenge").to_owned());
        }
    }

    assert_eq!(challenges.len(), 10_000);
    app.flush_last_used().await;
    assert_eq!(app.database().contents().await, before);
    for table in ["used_challenges", "pending_logins", "passkeys"] {
        assert_eq!(app.database().value(format!("select count(*) from {table}")).await, "0", "{table}");
    }
}

#[app_test(each_policy)]
async fn a_passkey_is_made_for_the_caller_with_these_options(app: TestApp) {
    app.restart_with(|settings| settings.set("brand_name", "Analytical Engines")).await;
    let ada = app.logged_in(ADA).await;
    add_passkey(&app, &ada, "b25l", HOST).await;
    add_passkey(&app, &ada, "b2xk", "old.example.com").await;
    let bob = app.logged_in("bob@example.com").await;
    add_passkey(&app, &bob, "Ym9i", HOST).await;

    let mut options = of(&ada, "passkey").await.assert_status(200).json();

    let text = options["publicKey"]["challenge"].take();
    let handle = options["publicKey"]["user"]["id"].take();
    assert_eq!(text.as_str().map(str::len), Some(96));
    assert_eq!(handle.as_str().map(str::len), Some(43), "32 bytes in base64url");
    assert_eq!(
        options,
        json!({
            "publicKey": {
                "rp": { "id": HOST, "name": "Analytical Engines" },
                "user": { "id": null, "name": ADA, "displayName": ada.token_response.user.name },
                "challenge": null,
                "pubKeyCredParams": [
                    { "type": "public-key", "alg": -8 },
                    { "type": "public-key", "alg": -7 },
                    { "type": "public-key", "alg": -257 },
                ],
                "timeout": 600_000,
                "excludeCredentials": [{ "type": "public-key", "id": "b25l", "transports": ["internal", "hybrid"] }],
                "authenticatorSelection": {
                    "residentKey": "required",
                    "requireResidentKey": true,
                    "userVerification": "required",
                },
                "attestation": "none",
                "extensions": { "credProps": true },
            },
            "expires_in": 600,
        })
    );
}

#[app_test]
async fn the_user_handle_is_random_and_stays_the_same(app: TestApp) {
    let handle = async |browser: &Browser| {
        let options = of(browser, "passkey").await.assert_status(200).json();
        options["publicKey"]["user"]["id"].as_str().expect("a handle").to_owned()
    };
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);

    // Also of requests at the same time.
    let handles: HashSet<_> = join_all((0..10).map(|_| handle(&ada))).await.into_iter().collect();

    assert_eq!(handles.len(), 1, "{handles:?}");
    app.restart().await;
    let again = handle(&app.logged_in(ADA).await).await;
    assert!(handles.contains(&again));
    assert_ne!(handle(&bob).await, again);
    let stored = app.database().value(format!("select webauthn_handle from users where email = '{ADA}'")).await;
    assert_eq!(stored, again);
}

#[app_test(each_policy)]
async fn a_new_passkey_needs_a_recent_proof_and_a_confirmation_is_one(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    add_passkey(&app, &ada, "YWRh", HOST).await;
    app.advance(600);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }

    of(&ada, "passkey").await.assert_refused(ErrorCode::StepUpRequired);
    // Which is what a challenge for a confirmation is for.
    let options = of(&ada, "confirm").await.assert_status(200).json();

    assert_eq!(options["publicKey"]["userVerification"], "required");
    assert_eq!(
        options["publicKey"]["allowCredentials"],
        json!([{ "type": "public-key", "id": "YWRh", "transports": ["internal", "hybrid"] }])
    );
    ada.confirm_and_store().await;
    of(&ada, "passkey").await.assert_status(200);
}

#[app_test]
async fn challenges_of_a_session_need_a_live_one(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for purpose in ["confirm", "passkey"] {
        anonymous(&app, purpose).await.assert_refused(ErrorCode::TokenMissing);
    }
    ada.log_out().await;
    for purpose in ["confirm", "passkey"] {
        of(&ada, purpose).await.assert_ended(EndReason::LoggedOut);
    }
}

#[app_test]
async fn a_second_step_needs_the_ticket_of_its_login(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    add_passkey(&app, &ada, "YWRh", HOST).await;
    let ticket = pending_login(&app, &ada).await;
    let with_ticket =
        |ticket: &str| app.post("/api/auth/challenge").json(&json!({ "purpose": "second_factor", "ticket": ticket }));

    let options = with_ticket(&ticket).await.assert_status(200).json();

    assert_eq!(options["publicKey"]["userVerification"], "preferred", "the password is the other factor");
    assert_eq!(options["publicKey"]["allowCredentials"][0]["id"], "YWRh");
    // Asking does not use it up.
    with_ticket(&ticket).await.assert_status(200);
    for unknown in ["", "x", &ticket[1..], TicketToken::generate().reveal()] {
        with_ticket(unknown).await.assert_refused(ErrorCode::TicketInvalid);
    }
    anonymous(&app, "second_factor").await.assert_refused(ErrorCode::TicketInvalid);
    ada.change_password(PASSWORD, "another horse and another staple").await.assert_ok();
    with_ticket(&ticket).await.assert_refused(ErrorCode::TicketInvalid);
    let late = pending_login(&app, &ada).await;
    app.advance(300);
    with_ticket(&late).await.assert_refused(ErrorCode::TicketInvalid);
}

#[app_test]
async fn an_account_without_a_passkey_of_this_host_gets_none_to_use(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    add_passkey(&app, &ada, "b2xk", "old.example.com").await;
    of(&ada, "confirm").await.assert_refused(ErrorCode::NotFound);
    let ticket = pending_login(&app, &ada).await;
    let form = json!({ "purpose": "second_factor", "ticket": ticket });
    app.post("/api/auth/challenge").json(&form).await.assert_refused(ErrorCode::NotFound);
}

#[app_test(sqlite)]
async fn where_browsers_have_no_passkeys_there_are_no_challenges(app: TestApp) {
    for public_url in ["http://127.0.0.1:3000", "https://192.0.2.1", "http://doorward.test"] {
        app.restart_with(|settings| settings.set("public_url", public_url)).await;
        for purpose in ["login", "second_factor", "confirm", "passkey"] {
            // Its own `Origin` is the one of the other address.
            let request = anonymous(&app, purpose).header("origin", public_url);
            request.await.assert_refused(ErrorCode::NotFound);
        }
    }
}

#[app_test(sqlite)]
async fn a_challenge_is_asked_for_with_a_purpose(app: TestApp) {
    for body in [json!({}), json!({ "purpose": "everything" }), json!({ "purpose": null })] {
        let response = app.post("/api/auth/challenge").json(&body).await;
        assert!([400, 422].contains(&response.status), "{body}: {}", response.status);
    }
    let more = json!({ "purpose": "login", "email": ADA });
    app.post("/api/auth/challenge").json(&more).await.assert_refused(ErrorCode::InvalidInput);
    app.get("/api/auth/challenge").await.assert_refused(ErrorCode::MethodNotAllowed);
}

#[app_test]
async fn of_concurrent_uses_of_a_challenge_one_succeeds_on_all_nodes(app: TestApp) {
    let other = app.another_node().await;
    let options: Value = anonymous(&app, "login").await.assert_status(200).json();
    let text = options["publicKey"]["challenge"].as_str().expect("a challenge");
    let login = Binding { purpose: ChallengePurpose::Login, subject: "" };

    let uses = join_all((0..20).map(|n| {
        let node = if n % 2 == 0 { &app } else { &other };
        async move {
            let state = node.state();
            let challenge = state.challenges.open(text, &login, state.clock.now()).expect("genuine on every node");
            state.store.use_challenge(&challenge).await.expect("the database works")
        }
    }))
    .await;

    assert_eq!(uses.into_iter().filter(|is_first| *is_first).count(), 1);
    assert_eq!(app.database().value("select count(*) from used_challenges").await, "1");
}

#[app_test]
async fn used_challenges_are_deleted_once_no_node_would_accept_them(app: TestApp) {
    let login = Binding { purpose: ChallengePurpose::Login, subject: "" };
    for _ in 0..150 {
        let state = app.state();
        let challenge = state.challenges.issue(&login, app.now());
        let challenge = state.challenges.open(&challenge, &login, app.now()).expect("genuine");
        assert!(state.store.use_challenge(&challenge).await.expect("the database works"));
    }
    app.advance(1200);
    app.clean_up().await;
    assert_eq!(app.database().value("select count(*) from used_challenges").await, "150");
    app.advance(1);
    app.clean_up().await;
    assert_eq!(app.database().value("select count(*) from used_challenges").await, "0");
}
