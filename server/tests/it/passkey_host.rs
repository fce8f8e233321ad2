//! The host that passkeys belong to, the setting `passkeys`, and what browsers and password managers can read.

use doorward_api::{AcceptedPasskeys, AccountExport, ErrorCode, PasskeyEndpoints};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Authenticator, Browser, PASSWORD, ServerProcess, TestApp, run_cli_with};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

async fn accepted(browser: &Browser) -> AcceptedPasskeys {
    browser.get("/api/account/passkeys").await.assert_status(200).parse()
}

#[app_test(each_policy)]
async fn a_browser_gets_to_know_which_passkeys_the_account_has(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let none = accepted(&ada).await;
    assert_eq!((none.user_handle, none.credential_ids.len()), (None, 0));
    let (passkey, first) = ada.added_passkey().await;
    let (_, second) = ada.added_passkey().await;
    app.logged_in(BOB).await.added_passkey().await;

    let both = accepted(&ada).await;

    assert_eq!((both.rp_id.as_str(), both.user_handle.as_deref()), ("doorward.test", first.user_handle.as_deref()));
    assert_eq!(both.credential_ids.len(), 2);
    assert!([&first, &second].iter().all(|known| both.credential_ids.contains(&known.id())));
    assert_eq!((both.name.as_str(), both.display_name.as_str()), (ADA, "Ada Lovelace"));
    ada.remove_passkey(&passkey).await.assert_status(204);
    assert_eq!(accepted(&ada).await.credential_ids, [second.id()]);
    app.get("/api/account/passkeys").await.assert_refused(ErrorCode::TokenMissing);
}

#[app_test(each_policy)]
async fn after_a_move_to_another_host_the_passkeys_wait_and_new_ones_can_be_added(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (_, mut old) = ada.added_passkey().await;
    let move_to = async |url: &'static str| app.restart_with(|settings| settings.set("public_url", url)).await;
    move_to("https://login.example.com").await;

    // What a browser signs, and what it would not.
    let mut options = app.login_challenge().await;
    assert_eq!(options["rpId"], "login.example.com");
    for origin in ["https://doorward.test", "https://login.example.com"] {
        for rp_id in ["doorward.test", "login.example.com"] {
            options["rpId"] = json!(rp_id);
            let mut authenticator = Authenticator { origin: origin.into(), ..old.clone() };
            let proof = authenticator.prove(&options);
            app.send_passkey(&proof).await.assert_refused(ErrorCode::InvalidCredentials);
        }
    }
    let ada = Browser::from_response(&app, ADA, app.log_in(ADA, PASSWORD).await);
    assert!(accepted(&ada).await.credential_ids.is_empty());
    let mut new = Authenticator { origin: "https://login.example.com".into(), ..Authenticator::default() };
    ada.add_passkey(&mut new).await.assert_status(201);
    app.log_in_with_passkey(&mut new).await.assert_status(200);

    move_to("https://doorward.test").await;
    app.log_in_with_passkey(&mut old).await.assert_status(200);
}

#[app_test]
async fn the_operator_learns_how_many_users_lose_their_passkeys_before_it_happens(app: TestApp) {
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in(BOB).await);
    ada.added_passkey().await;
    ada.added_passkey().await;
    let (of_bob, _) = bob.added_passkey().await;
    bob.added_passkey().await;
    app.logged_in("carol@example.com").await;
    let elsewhere = format!("update passkeys set rp_id = 'login.example.com' where passkey_id = '{}'", of_bob.id);
    app.database().execute(elsewhere).await;
    let passkeys = ("DOORWARD_PASSKEYS", "true");
    let check = async |url: &str| {
        let settings = [passkeys, ("DOORWARD_PUBLIC_URL", url)];
        run_cli_with(app.database(), &settings, "config check", b"").await.stdout
    };
    let lost = |users: &str, place: &str| {
        format!("warning: public_url: {users} with passkeys of other hosts alone cannot use them at {place};")
    };

    assert!(!check("https://doorward.test").await.contains("passkeys of other hosts"));
    let moved = check("https://login.example.com").await;
    assert!(moved.contains(&lost("1 user", "login.example.com")), "{moved}");
    let moved = check("https://other.test").await;
    assert!(moved.contains(&lost("2 users", "other.test")), "{moved}");
    let doctor = [passkeys, ("DOORWARD_PUBLIC_URL", "https://other.test")];
    let doctor = run_cli_with(app.database(), &doctor, "doctor", b"").await.stdout;
    assert!(doctor.contains("2 users with passkeys of other hosts"), "{doctor}");

    let settings = [passkeys, ("DOORWARD_PUBLIC_URL", "http://127.0.0.1:4000"), ("DOORWARD_LOG", "warn")];
    let mut server = ServerProcess::start_with(app.database(), &settings).await;
    server.signal("-TERM").await;
    server.exit_status().await;
    let log = server.log().await;
    assert!(log.contains("2 users with passkeys of other hosts alone cannot use them at this address"), "{log}");
    let reasons: Vec<_> = log.lines().filter(|line| line.contains("passkeys: there are none at")).collect();
    assert_eq!(reasons.len(), 1, "{log}");
}

#[app_test(each_policy)]
async fn without_passkeys_their_endpoints_are_not_found(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (passkey, mut authenticator) = ada.added_passkey().await;
    let answer = Authenticator::default().register(&ada.challenge("passkey").await);
    let proof = authenticator.prove(&app.login_challenge().await);
    app.restart_with(|settings| settings.set("passkeys", "false")).await;

    app.send_passkey(&proof).await.assert_refused(ErrorCode::NotFound);
    ada.send_new_passkey(&answer).await.assert_refused(ErrorCode::NotFound);
    ada.rename_passkey(&passkey, "Phone").await.assert_refused(ErrorCode::NotFound);
    ada.remove_passkey(&passkey).await.assert_refused(ErrorCode::NotFound);
    ada.get("/api/account/passkeys").await.assert_refused(ErrorCode::NotFound);
    app.get("/.well-known/passkey-endpoints").await.assert_refused(ErrorCode::NotFound);
    let challenge = app.post("/api/auth/challenge").json(&json!({"purpose": "login"})).await;
    challenge.assert_refused(ErrorCode::NotFound);
    assert!(app.get("/login").await.text().contains(r#""has_passkeys":false"#));

    app.restart_with(|settings| settings.set("passkeys", "true")).await;
    app.log_in_with_passkey(&mut authenticator).await.assert_status(200);
    assert!(app.get("/login").await.text().contains(r#""has_passkeys":true"#));
}

#[app_test(sqlite)]
async fn where_browsers_have_no_passkeys_there_are_none(app: TestApp) {
    for url in ["http://127.0.0.1:3000", "https://192.0.2.1", "https://[2001:db8::1]", "http://login.example.com"] {
        app.restart_with(|settings| settings.set("public_url", url)).await;
        assert!(app.state().relying_party.is_none(), "{url}");
        let warnings = app.state().config.warnings();
        assert!(warnings.iter().any(|line| line.starts_with("passkeys: there are none at")), "{url}: {warnings:?}");
    }
    for url in ["http://localhost:3000", "https://login.example.com"] {
        app.restart_with(|settings| settings.set("public_url", url)).await;
        assert!(app.state().relying_party.is_some(), "{url}");
        assert!(!app.state().config.warnings().iter().any(|line| line.starts_with("passkeys:")), "{url}");
    }
}

#[app_test(sqlite)]
async fn password_managers_find_the_page_for_passkeys(app: TestApp) {
    let response = app.get("/.well-known/passkey-endpoints").await.assert_status(200);
    assert_eq!(response.header("content-type"), Some("application/json"));
    let endpoints: PasskeyEndpoints = response.parse();
    assert_eq!(endpoints.enroll, "https://doorward.test/security");
    assert_eq!(endpoints.manage, endpoints.enroll);
}

#[app_test]
async fn the_export_has_the_passkeys_without_their_keys_and_the_deletion_takes_them(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (passkey, mut authenticator) = ada.added_passkey().await;
    ada.rename_passkey(&passkey, "Ada's phone").await.assert_ok();
    app.log_in_with_passkey(&mut authenticator).await.assert_ok();

    let response = ada.get("/api/account/export").await.assert_status(200);

    let export: AccountExport = response.parse();
    let [exported] = export.passkeys.as_slice() else { panic!("{:?}", export.passkeys) };
    assert_eq!((exported.name.as_str(), exported.host.as_str()), ("Ada's phone", "doorward.test"));
    assert_eq!((exported.backed_up, exported.last_used_at.is_some()), (true, true));
    let secrets = "select public_key from passkeys union select credential_id from passkeys";
    for secret in app.database().rows(secrets).await.into_iter().flatten() {
        assert!(!response.text().contains(&secret));
    }
    ada.request("DELETE", "/api/account").await.assert_status(202);
    app.advance(7 * 24 * 3600);
    app.clean_up().await;
    assert_eq!(app.database().value("select count(*) from passkeys").await, "0");
    app.log_in_with_passkey(&mut authenticator).await.assert_refused(ErrorCode::PasskeyUnknown);
}
