//! The page and the mail that undo a deletion: a plain form of this origin, in the language of the user.

use doorward_api::ErrorCode;
use test_macros::app_test;

use crate::{
    account_deletion::delete,
    recovery_pages::submit,
    support::{PASSWORD, PUBLIC_URL, TestApp},
};

const ADA: &str = "ada@example.com";

#[app_test]
async fn the_pages_have_no_script_are_not_stored_and_lead_nowhere_with_the_token(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    delete(&ada).await.assert_status(202);
    let token = app.mail_to(ADA).await.token().to_owned();
    let form = format!("/deletion/undo?token={token}");
    for path in [&form, "/deletion/undo?kept", "/deletion/undo?unchanged"] {
        let page = app.get(path).await.assert_status(200);
        for (name, value) in
            [("referrer-policy", "strict-origin"), ("cache-control", "no-store"), ("x-robots-tag", "noindex")]
        {
            assert_eq!(page.header(name), Some(value), "{path}");
        }
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
        assert!(!page.text().contains("<script") && !page.text().contains("wasm"), "{path}: {}", page.text());
        assert_eq!(page.text().matches("<h1").count(), 1, "{path}");
        let links = page.text().split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        assert!(links.into_iter().all(|link| !link.contains(&token)), "{path}");
    }
    let unchosen = submit(&app, "/deletion/undo", &[("token", &token), ("answer", "")]).await.assert_status(422);
    for text in ["Choose one of the answers.", r#"role="alert""#, r##"href="#answer""##, "answer-error", &token] {
        assert!(unchosen.text().contains(text), "{text}: {}", unchosen.text());
    }
}

#[app_test]
async fn only_our_own_page_can_send_the_form(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    delete(&ada).await.assert_status(202);
    let token = app.mail_to(ADA).await.token().to_owned();
    let keep = || submit(&app, "/deletion/undo", &[("token", &token), ("answer", "keep")]);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let request = keep().without_header("sec-fetch-site").header(name, value);
        request.header("cookie", "a=b").await.assert_status(403);
    }
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::DeletionPending);
    // Browsers without Fetch Metadata.
    keep().without_header("sec-fetch-site").header("origin", PUBLIC_URL).await.assert_status(303);
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test(sqlite)]
async fn mail_and_page_are_in_the_language_of_the_user_and_of_this_origin(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let request = ada.request("DELETE", "/api/account").header("accept-language", "de");
    let forged = request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
    forged.await.assert_status(202);

    let mail = app.mail_to(ADA).await;

    assert_eq!(mail.content.subject, "Ihr Konto wird gelöscht");
    assert!(mail.link().starts_with("https://doorward.test/deletion/undo?token="), "{}", mail.link());
    assert!(!mail.content.text.contains("evil") && !mail.content.text.contains("Lovelace"), "{}", mail.content.text);
    let path = mail.link().strip_prefix(PUBLIC_URL).expect("a link to this server");
    let page = app.get(path).header("accept-language", "de").await.assert_status(200);
    assert!(page.text().contains("Mein Konto behalten") && page.text().contains(r#"<html lang="de""#));
}

#[app_test(sqlite)]
async fn the_grace_period_is_a_duration_or_zero(app: TestApp) {
    for grace in ["off", "-1d", "1s", "20y"] {
        let error = app.try_restart_with(|settings| settings.set("deletion_grace", grace)).await.expect_err("refused");
        assert!(error.starts_with("deletion_grace: "), "{error}");
    }
    for grace in ["0", "0s", "1h", "30d"] {
        app.restart_with(|settings| settings.set("deletion_grace", grace)).await;
    }
}
