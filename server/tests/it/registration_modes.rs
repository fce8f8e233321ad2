//! Who can register: everyone, those with an email of some domains, the invited, or no one.

use doorward_api::ErrorCode;
use serde_json::json;
use test_macros::app_test;
use url::form_urlencoded;

use crate::support::{PASSWORD, TestApp};

const ADA: &str = "ada@example.com";

async fn restart_with(app: &TestApp, settings: &[(&str, &str)]) {
    app.restart_with(|all| settings.iter().for_each(|(key, value)| all.set(*key, *value))).await;
}

#[app_test(each_policy)]
async fn a_closed_registration_is_refused_before_any_work_the_same_for_every_address(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_status(201);
    for mail in ["off", "folder"] {
        for (mode, sentence) in [("invite", "by invitation only"), ("closed", "can't be created here")] {
            restart_with(&app, &[("mail", mail), ("registration", mode)]).await;
            for email in [ADA, "new@example.com", "no email"] {
                let response = app.register(email, PASSWORD).await.assert_refused(ErrorCode::RegistrationClosed);
                assert!(response.problem().title.contains(sentence), "{response:?}");
            }
            let ticket = "0".repeat(64);
            app.confirm_registration(&ticket, "12345678").await.assert_refused(ErrorCode::RegistrationClosed);
            app.resend_code(&ticket).await.assert_refused(ErrorCode::RegistrationClosed);
            assert_eq!(app.state().password_hasher.work_done(), 0);
            assert_eq!(app.database().value("select count(*) from mail_limits").await, "0");
            app.log_in(ADA, PASSWORD).await.assert_ok();
        }
    }
}

#[app_test]
async fn the_pages_of_a_closed_registration_have_no_form_and_no_link_to_it(app: TestApp) {
    for (mode, sentence) in [("invite", "by invitation only"), ("closed", "can't be created here")] {
        restart_with(&app, &[("mail", "folder"), ("registration", mode)]).await;
        let page = app.get("/register").await.assert_status(200);
        assert!(page.text().contains(sentence) && !page.text().contains("<form"), "{}", page.text());
        for path in ["/login", "/"] {
            let page = app.get(path).await.assert_status(200);
            assert!(!page.text().contains("href=\"/register"), "{path}: {}", page.text());
        }
        let fields = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("name", "Ada"), ("email", ADA), ("password", PASSWORD)])
            .finish();
        let form = app.post("/register").header("content-type", "application/x-www-form-urlencoded").body(fields);
        let page = form.await.assert_status(403);
        assert!(page.text().contains(sentence), "{}", page.text());
    }
    restart_with(&app, &[("registration", "open")]).await;
    assert!(app.get("/register").await.text().contains("<form"));
    assert!(app.get("/login").await.text().contains("href=\"/register"));
}

#[app_test]
async fn a_registration_that_waits_ends_when_registration_is_closed(app: TestApp) {
    let app = app.with_mail().await;
    let ticket = app.begin_registration(ADA).await;
    let code = app.mail_to(ADA).await.code().to_owned();
    restart_with(&app, &[("registration", "invite")]).await;
    app.confirm_registration(&ticket, &code).await.assert_refused(ErrorCode::RegistrationClosed);
    assert_eq!(app.database().value("select count(*) from users").await, "0");
}

#[app_test]
async fn domains_of_emails_are_compared_exactly_in_their_canonical_form(app: TestApp) {
    restart_with(&app, &[("registration_domains", "Example.com, bücher.example")]).await;
    for email in [ADA, "Bob@EXAMPLE.COM", "eve@BÜCHER.example", "kim@xn--bcher-kva.example"] {
        app.register(email, PASSWORD).await.assert_status(201);
    }
    for email in [
        "ada@evil-example.com",
        "ada@example.com.evil",
        "ada@sub.example.com",
        "ada@examplexcom",
        "ada@com",
        "ada@exаmple.com", // Cyrillic а
        "\"ada@example.com\"@evil.example",
        "ada@example.com@evil.example",
        "ada%example.com@evil.example",
        "ada@bucher.example",
    ] {
        app.register(email, PASSWORD).await.assert_invalid_fields(&["email"]);
    }
    let form = json!({"email": "ada@evil.example", "password": "short", "name": "Ada"});
    let response = app.post("/api/auth/register").json(&form).await.assert_invalid_fields(&["email", "password"]);
    assert!(response.text().contains("address of this domain"), "{response:?}");
    // Users from before keep their accounts.
    restart_with(&app, &[("registration_domains", "other.example")]).await;
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test]
async fn without_mail_a_registration_logs_in_at_once_and_shows_which_addresses_are_taken(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_status(201);
    app.register(ADA, PASSWORD).await.assert_refused(ErrorCode::EmailTaken);
    assert_eq!(app.database().value("select count(*) from users where email_verified_at is null").await, "1");
    let ticket = "0".repeat(64);
    app.confirm_registration(&ticket, "12345678").await.assert_refused(ErrorCode::TicketInvalid);
    app.resend_code(&ticket).await.assert_refused(ErrorCode::TicketInvalid);
    let warnings = app.state().config.warnings();
    assert!(warnings.iter().any(|line| line.starts_with("mail: ") && line.contains("which addresses have an account")));
    assert!(app.outbox().await.is_empty());
}

#[app_test]
async fn accounts_from_before_log_in_although_their_addresses_are_not_proved(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_status(201);
    let app = app.with_mail().await;
    app.log_in(ADA, PASSWORD).await.assert_ok();
    assert_eq!(app.database().value("select count(*) from users where email_verified_at is null").await, "1");
}
