//! `GET /api/account/export`: everything that is stored about a user, without secrets.

use doorward_api::{AccountExport, EndReason, ErrorCode, EventKind};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, MASTER_SECRET, PASSWORD, Response, TestApp, run_cli_with};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

async fn export(browser: &Browser) -> Response {
    browser.get("/api/account/export").await
}

#[app_test(each_policy)]
async fn the_export_has_everything_about_the_user_and_no_secret(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    app.advance(1);
    let laptop = app.logged_in(ADA).await;
    let bob = app.logged_in(BOB).await;
    let rename = laptop.request("PATCH", &format!("/api/sessions/{}", laptop.session_id()));
    rename.json(&json!({"label": "Ada's laptop"})).await.assert_ok();
    phone.log_out().await.assert_ok();
    app.restart_with_mail().await;
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);

    let response = export(&laptop).await.assert_status(200);

    assert_eq!(response.header("content-disposition"), Some(r#"attachment; filename="account.json""#));
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let export: AccountExport = response.parse();
    assert_eq!((export.account.id.as_str(), export.account.email.as_str()), (laptop.user_id(), ADA));
    assert_eq!(export.account.name, "Ada Lovelace");
    assert_eq!(export.account.created_at.as_str(), "2026-01-01T00:00:00Z");
    let [newer, older] = export.sessions.as_slice() else { panic!("{:?}", export.sessions) };
    assert_eq!((newer.label.as_deref(), newer.end_reason), (Some("Ada's laptop"), None));
    assert_eq!((older.id.as_str(), older.end_reason), (phone.session_id(), Some(EndReason::LoggedOut)));
    assert_eq!(newer.ip.as_deref(), Some("203.0.113.7"));
    let kinds: Vec<_> = export.events.iter().map(|event| event.kind).collect();
    for kind in [EventKind::Registered, EventKind::LoggedIn, EventKind::SessionEnded, EventKind::Exported] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert_eq!(export.links.iter().map(|link| link.purpose.as_str()).collect::<Vec<_>>(), ["reset"]);
    assert_eq!(export.mails.iter().map(|mail| mail.purpose.as_str()).collect::<Vec<_>>(), ["reset"]);

    let text = response.text();
    let secrets = "select password_hash from users union select token_hash from tickets union select sealed from mails \
                   union select token_hash from sessions where token_hash is not null";
    for secret in app.database().rows(secrets).await.into_iter().flatten() {
        assert!(!text.contains(&secret), "{secret}");
    }
    assert!(!text.contains("argon2") && !text.contains(&app.mail_to(ADA).await.token()[..20]));
    assert!(!text.contains(bob.user_id()) && !text.contains(BOB));
}

#[app_test(each_policy)]
async fn an_export_requires_a_recent_proof_of_the_user(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    app.advance(600);
    if ada.credential_storage().is_renewable() {
        ada.refresh_and_store().await;
    }
    export(&ada).await.assert_refused(ErrorCode::StepUpRequired);
    ada.confirm_and_store().await;
    export(&ada).await.assert_status(200);
    app.get("/api/account/export").await.assert_refused(ErrorCode::TokenMissing);
}

#[app_test]
async fn an_account_is_exported_once_an_hour_in_all_sessions_together(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    export(&ada).await.assert_status(200);
    let again = app.logged_in(ADA).await;
    for browser in [&ada, &again] {
        export(browser).await.assert_refused(ErrorCode::TooManyAttempts);
    }
    export(&app.logged_in(BOB).await).await.assert_status(200);
    assert_eq!(app.database().value("select count(*) from events where kind = 'exported'").await, "2");

    app.advance(3600);
    export(&app.logged_in(ADA).await).await.assert_status(200);
}

#[app_test]
async fn a_large_account_is_exported_whole_and_in_order(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (id, now) = (ada.user_id(), app.unix_time() * 1000);
    for number in 0..1100 {
        let event = format!(
            "insert into events (event_id, happened_at, kind, user_id) \
                             values ('e{number:05}', {}, 'login_failed', '{id}')",
            now - number / 3
        );
        app.database().execute(event).await;
    }
    let export: AccountExport = export(&ada).await.assert_status(200).parse();
    // With the registration, the login and the export itself.
    assert_eq!(export.events.len(), 1103);
    let mut ids: Vec<_> = export.events.iter().map(|event| &event.id).collect();
    assert!(export.events.windows(2).all(|pair| pair[0].happened_at.as_str() >= pair[1].happened_at.as_str()));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 1103);
}

#[app_test]
async fn the_operator_exports_an_account_as_the_user_does(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let by_user: AccountExport = export(&ada).await.assert_status(200).parse();
    app.set_wall_clock_to_now();
    let settings = [("DOORWARD_SECRET", MASTER_SECRET), ("DOORWARD_MAIL", "off")];
    let run = |arguments: &'static str| run_cli_with(app.database(), &settings, arguments, b"");
    run("user export ada@example.com").await.assert_failure(2, ADA);

    let output = run("user export ada@example.com --yes").await.assert_success();

    let by_operator: AccountExport = serde_json::from_str(&output).expect("one document");
    assert_eq!((&by_operator.account, &by_operator.sessions), (&by_user.account, &by_user.sessions));
    assert_eq!(by_operator.events.len(), by_user.events.len() + 1);
    run("user export nobody@example.com --yes").await.assert_failure(1, "has no account");
    app.log_in(ADA, PASSWORD).await.assert_ok();
}
