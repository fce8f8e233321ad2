//! `POST /api/account/passkeys`: adds a passkey that an authenticator has made.

use doorward_api::{Activity, ErrorCode, EventKind, Passkey};
use futures::future::join_all;
use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{Authenticator, Browser, Response, TestApp};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

const BITWARDEN: [u8; 16] = 0xd548_826e_79b4_db40_a3d8_1111_6f7e_8349_u128.to_be_bytes();

async fn number_of_passkeys(app: &TestApp) -> String {
    app.database().value("select count(*) from passkeys").await
}

async fn add_named(browser: &Browser, name: &str) -> Response {
    let answer = Authenticator::default().register(&browser.challenge("passkey").await);
    browser.post("/api/account/passkeys").json(&json!({"passkey": answer, "name": name})).await
}

#[app_test(each_policy, also_with_valkey)]
async fn a_passkey_is_added_and_the_session_goes_on(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let mut authenticator = Authenticator { aaguid: BITWARDEN, ..Authenticator::default() };

    let passkey: Passkey = ada.add_passkey(&mut authenticator).await.assert_status(201).parse();

    assert_eq!((passkey.name.as_str(), passkey.backed_up, passkey.this_host), ("Bitwarden", true, true));
    assert_eq!((passkey.created_at.as_str(), passkey.last_used_at), ("2026-01-01T00:00:00Z", None));
    assert_ne!(passkey.id, authenticator.id());
    let row = "select credential_id, rp_id, transports, user_verified, backup_eligible, sign_count from passkeys";
    let [row] = app.database().rows(row).await.try_into().expect("one");
    assert_eq!(row, [authenticator.id().as_str(), "doorward.test", "hybrid internal", "1", "1", "0"]);
    let events = ada.get("/api/activity").await.parse::<Activity>().events;
    assert_eq!(events[0].kind, EventKind::PasskeyAdded);
    // Also what needs a recent proof.
    ada.add_passkey(&mut Authenticator::default()).await.assert_status(201);
    ada.refresh().await.assert_ok();
}

#[app_test(each_policy)]
async fn adding_a_passkey_requires_a_recent_proof_of_the_user(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    app.advance(599);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }
    let answer = Authenticator::default().register(&ada.challenge("passkey").await);
    app.advance(1);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }
    ada.send_new_passkey(&answer).await.assert_refused(ErrorCode::StepUpRequired);
    assert_eq!(number_of_passkeys(&app).await, "0");
    ada.confirm_and_store().await;
    ada.send_new_passkey(&answer).await.assert_status(201);
    let anonymous = app.post("/api/account/passkeys").json(&json!({"passkey": answer}));
    anonymous.await.assert_refused(ErrorCode::TokenMissing);
}

#[app_test]
async fn an_answer_to_another_challenge_adds_nothing(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let bob = app.logged_in(BOB).await;
    let with_challenge = |challenge: &Value, options: &Value| {
        let mut options = options.clone();
        options["challenge"] = challenge.clone();
        Authenticator::default().register(&options)
    };
    ada.added_passkey().await;
    let own = ada.challenge("passkey").await;
    let challenges = [
        app.login_challenge().await["challenge"].clone(),
        ada.challenge("confirm").await["challenge"].clone(),
        bob.challenge("passkey").await["challenge"].clone(),
        json!(format!("{}A", own["challenge"].as_str().expect("text"))),
        json!("AAAA"),
        json!(""),
        json!(7),
    ];
    for challenge in &challenges {
        ada.send_new_passkey(&with_challenge(challenge, &own)).await.assert_invalid_fields(&["passkey"]);
    }
    let late = Authenticator::default().register(&own);
    app.advance(10 * 60);
    let mut ada = ada;
    ada.refresh_and_store().await;
    ada.confirm_and_store().await;
    ada.send_new_passkey(&late).await.assert_invalid_fields(&["passkey"]);
    assert_eq!(number_of_passkeys(&app).await, "1");
}

#[app_test]
async fn what_no_authenticator_sends_adds_nothing(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let options = ada.challenge("passkey").await;
    let good = Authenticator::default().register(&options);
    let mut elsewhere =
        Authenticator { origin: "https://doorward.test.evil.example".into(), ..Authenticator::default() };
    let mut unverified = Authenticator { verifies_user: false, ..Authenticator::default() };
    let mut answers = vec![elsewhere.register(&options), unverified.register(&options), json!({})];
    for (member, text) in [
        ("id", "AAAA"),
        ("id", ""),
        ("id", "not base64!"),
        ("client_data", "e30"),
        ("client_data", "%%%"),
        ("attestation_object", "oA"),
        ("attestation_object", "padded=="),
    ] {
        let mut answer = good.clone();
        answer[member] = json!(text);
        answers.push(answer);
    }
    for answer in answers {
        ada.send_new_passkey(&answer).await.assert_invalid_fields(&["passkey"]);
    }
    let mut large = good.clone();
    large["attestation_object"] = json!("A".repeat(2_000_000));
    ada.send_new_passkey(&large).await.assert_refused(ErrorCode::TooLarge);
    let mut unknown = good.clone();
    unknown["public_key"] = json!("AAAA");
    ada.send_new_passkey(&unknown).await.assert_invalid_fields(&["passkey.public_key"]);
    assert_eq!(number_of_passkeys(&app).await, "0");
    ada.send_new_passkey(&good).await.assert_status(201);
}

#[app_test]
async fn of_any_number_of_answers_to_one_challenge_on_two_nodes_one_adds_a_passkey(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let on_other = ada.on_node(&app.another_node().await);
    let options = ada.challenge("passkey").await;
    let answers: Vec<Value> = (0..20).map(|_| Authenticator::default().register(&options)).collect();

    let sent = answers.iter().enumerate().map(|(n, answer)| {
        let node = if n % 2 == 0 { &ada } else { &on_other };
        node.send_new_passkey(answer)
    });
    let responses = join_all(sent).await;

    let (added, refused): (Vec<_>, Vec<_>) = responses.into_iter().partition(|response| response.status == 201);
    assert_eq!(added.len(), 1);
    for response in refused {
        response.assert_invalid_fields(&["passkey"]);
    }
    assert_eq!(number_of_passkeys(&app).await, "1");
}

/// A credential ID belongs to one passkey, of all users.
#[app_test]
async fn of_two_users_who_add_the_same_passkey_at_once_one_gets_it(app: TestApp) {
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in(BOB).await);
    let bob = bob.on_node(&app.another_node().await);
    for round in 0..5 {
        let mut of_ada = Authenticator::default();
        let mut of_bob = of_ada.clone();
        let (first, second) = tokio::join!(ada.add_passkey(&mut of_ada), bob.add_passkey(&mut of_bob));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{round}");
        let loser = if first.status == 409 { first } else { second };
        loser.assert_refused(ErrorCode::PasskeyExists);
    }
    assert_eq!(number_of_passkeys(&app).await, "5");
}

#[app_test]
async fn the_credential_id_of_a_passkey_cannot_be_taken_over(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let bob = app.logged_in(BOB).await;
    let (_, of_ada) = ada.added_passkey().await;
    let mut forged = Authenticator { credential_id: of_ada.credential_id.clone(), ..Authenticator::default() };

    bob.add_passkey(&mut forged).await.assert_refused(ErrorCode::PasskeyExists);
    ada.add_passkey(&mut forged).await.assert_refused(ErrorCode::PasskeyExists);

    assert_eq!(app.database().value("select user_id from passkeys").await, ada.user_id());
    app.log_in_with_passkey(&mut of_ada.clone()).await.assert_status(200);
}

#[app_test]
async fn a_user_has_twenty_passkeys_at_most(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for _ in 0..19 {
        ada.added_passkey().await;
    }
    let (mut one, mut other) = (Authenticator::default(), Authenticator::default());
    let (first, second) = tokio::join!(ada.add_passkey(&mut one), ada.add_passkey(&mut other));
    let refused = if first.status == 201 { second } else { first };
    let message = refused.assert_invalid_fields(&["passkey"]).text().to_owned();
    assert!(message.contains("20"), "{message}");
    assert_eq!(number_of_passkeys(&app).await, "20");
    app.logged_in(BOB).await.added_passkey().await;
}

#[app_test]
async fn passkeys_of_one_provider_get_numbers_and_no_two_have_one_name(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let mut names = Vec::new();
    for _ in 0..3 {
        let mut authenticator = Authenticator { aaguid: BITWARDEN, ..Authenticator::default() };
        names.push(ada.add_passkey(&mut authenticator).await.assert_status(201).parse::<Passkey>().name);
    }
    let chosen: Passkey = add_named(&ada, "  Ada's phone ").await.assert_status(201).parse();
    names.push(chosen.name);
    names.push(ada.added_passkey().await.0.name);
    assert_eq!(names, ["Bitwarden", "Bitwarden 2", "Bitwarden 3", "Ada's phone", "Passkey"]);

    add_named(&ada, "Bitwarden 2").await.assert_invalid_fields(&["name"]);
    for name in ["", " ", "a\nb", "a\u{202E}b", &"x".repeat(61)] {
        add_named(&ada, name).await.assert_invalid_fields(&["name"]);
    }
    add_named(&app.logged_in(BOB).await, "Bitwarden 2").await.assert_status(201);
}

#[app_test]
async fn the_user_handle_is_random_and_the_same_for_ever(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (passkey, first) = ada.added_passkey().await;
    let handle = first.user_handle.expect("a handle");
    assert_eq!(handle.len(), 43, "32 bytes");
    assert!(!handle.contains(ada.user_id()));
    ada.remove_passkey(&passkey).await.assert_status(204);
    app.restart().await;
    let (_, second) = ada.added_passkey().await;
    assert_eq!(second.user_handle.as_deref(), Some(handle.as_str()));
    let (_, of_bob) = app.logged_in(BOB).await.added_passkey().await;
    assert_ne!(of_bob.user_handle, second.user_handle);
}

#[app_test(each_policy)]
async fn a_new_passkey_is_mailed_to_its_owner(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    let mut authenticator = Authenticator::default();
    let name = "http://evil.example";
    let answer = authenticator.register(&ada.challenge("passkey").await);
    let form = json!({"passkey": answer, "name": name});
    ada.post("/api/account/passkeys").json(&form).await.assert_status(201);

    let mail = app.mail_to(ADA).await;
    assert_eq!(mail.purpose, "passkey-added");
    assert!(mail.link().starts_with("https://doorward.test/not-me?token="));
    assert!(!mail.content.text.contains("evil"), "{}", mail.content.text);
    // What was refused is not mailed.
    ada.add_passkey(&mut authenticator).await.assert_refused(ErrorCode::PasskeyExists);
    assert_eq!(app.mails_to(ADA).await.len(), 1);
}
