//! Invitations: by administrators and on the command line, accepted on a page without scripts.

use doorward_api::{ErrorCode, Invitation};
use futures::future::join_all;
use serde_json::json;
use test_macros::app_test;
use url::form_urlencoded;

use crate::support::{Browser, PASSWORD, Request, Response, TestApp, run_cli, run_cli_with};

const BOB: &str = "bob@example.com";

/// A server with mail, and its administrator.
async fn administrated(app: TestApp) -> (TestApp, Browser) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.database().execute("update users set roles = 'admin'").await;
    let app = app.with_mail().await;
    let ada = app.logged_in_again("ada@example.com").await;
    (app, ada)
}

impl TestApp {
    async fn logged_in_again(&self, email: &str) -> Browser {
        Browser::from_response(self, email, self.log_in(email, PASSWORD).await)
    }
}

async fn invite(ada: &Browser, email: &str, roles: &[&str]) -> Response {
    ada.post("/api/admin/users").json(&json!({"email": email, "roles": roles})).await
}

fn accept(app: &TestApp, link: &str, password: &str) -> Request {
    let path = link.strip_prefix("https://doorward.test").expect("a link of this server");
    let fields = [("name", "Bob"), ("username", BOB), ("password", password)];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    app.post(path).header("content-type", "application/x-www-form-urlencoded").body(body)
}

#[app_test]
async fn an_invitation_leads_to_an_account_with_its_roles_and_a_proved_address(app: TestApp) {
    let (app, ada) = administrated(app).await;
    let form = json!({"email": "Bob@Example.com", "name": "Robert", "roles": ["editor", "author", "editor"]});
    let response = ada.post("/api/admin/users").json(&form).await.assert_status(201);
    let invitation: Invitation = response.parse();
    assert_eq!((invitation.email.as_str(), invitation.roles.join(" ").as_str()), (BOB, "author editor"));
    assert_eq!(invitation.expires_at.as_str(), "2026-01-04T00:00:00Z");
    let mail = app.mail_to(BOB).await;
    assert_eq!(mail.purpose, "invitation");
    assert!(!mail.content.text.contains("Robert") && mail.content.text.contains("72 hours"), "{}", mail.content.text);
    assert!(!app.database().contents().await.contains(mail.token()));
    assert!(!response.text().contains(mail.token()), "an administrator sees no link");

    let path = mail.link().strip_prefix("https://doorward.test").expect("a link of this server");
    for method in ["GET", "HEAD", "GET"] {
        app.request(method, path).await.assert_status(200);
    }
    let page = app.get(path).await.assert_status(200);
    for part in [BOB, "Robert", "Name", "Password", "Create account", r#"autocomplete="username""#, "new-password"] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(!page.text().contains("<script") && !page.text().contains(mail.token()), "{}", page.text());
    assert_eq!(page.header("x-robots-tag"), Some("noindex"));

    let response = accept(&app, mail.link(), PASSWORD).await.assert_status(303);

    assert_eq!(response.header("location"), Some("/account"), "without the token");
    let user =
        app.database().rows("select roles, name, email_verified_at from users where email = 'bob@example.com'").await;
    assert_eq!(user[0][..2], ["author editor", "Bob"]);
    assert_ne!(user[0][2], "null");
    let bob = app.logged_in_again(BOB).await;
    assert_eq!(bob.token_response.user.roles, ["author", "editor"]);
    // Once.
    let page = accept(&app, mail.link(), PASSWORD).await.assert_status(422);
    assert!(page.text().contains("has expired or has been used"), "{}", page.text());
    assert_eq!(app.get(path).await.status, 422);
}

#[app_test]
async fn a_form_that_is_rejected_leaves_the_invitation_valid(app: TestApp) {
    let (app, ada) = administrated(app).await;
    invite(&ada, BOB, &[]).await.assert_status(201);
    let mail = app.mail_to(BOB).await;
    for (password, sentence) in [("short", "at least 15"), ("", "Enter your password.")] {
        let page = accept(&app, mail.link(), password).await.assert_status(422);
        for part in [sentence, r#"value="Bob""#, r##"href="#password""##, r#"aria-invalid="true""#] {
            assert!(page.text().contains(part), "{part}: {}", page.text());
        }
    }
    accept(&app, mail.link(), PASSWORD).header("sec-fetch-site", "cross-site").await.assert_status(403);
    accept(&app, mail.link(), PASSWORD).await.assert_status(303);
}

#[app_test]
async fn an_invitation_ends_with_its_time_a_newer_one_and_another_account(app: TestApp) {
    let (app, ada) = administrated(app).await;
    invite(&ada, BOB, &["editor"]).await.assert_status(201);
    invite(&ada, BOB, &[]).await.assert_status(201);
    let [older, newer] = app.mails_to(BOB).await.try_into().unwrap_or_else(|_| panic!("two mails"));
    let (older, newer) = if accept(&app, older.link(), "short").await.text().contains("<form") {
        (newer, older)
    } else {
        (older, newer)
    };
    accept(&app, older.link(), PASSWORD).await.assert_status(422);
    app.advance(72 * 3600);
    accept(&app, newer.link(), PASSWORD).await.assert_status(422);

    let ada = app.logged_in_again(&ada.email).await;
    invite(&ada, BOB, &["editor"]).await.assert_status(201);
    let links: Vec<_> = app.mails_to(BOB).await.iter().map(|mail| mail.link().to_owned()).collect();
    app.advance(1);
    app.registered_with_code(BOB).await;
    for link in links {
        accept(&app, &link, PASSWORD).await.assert_status(422);
    }
    assert_eq!(app.database().value("select count(*) from tickets").await, "0");
    assert_eq!(app.database().value("select roles from users where email = 'bob@example.com'").await, "");
    for token in ["", "x", &"0".repeat(64)] {
        accept(&app, &format!("https://doorward.test/invite?token={token}"), PASSWORD).await.assert_status(422);
    }
    accept(&app, "https://doorward.test/invite", PASSWORD).await.assert_status(422);
}

#[app_test]
async fn of_concurrent_acceptances_on_two_nodes_one_succeeds(app: TestApp) {
    let (app, ada) = administrated(app).await;
    let node = app.another_node().await;
    invite(&ada, BOB, &[]).await.assert_status(201);
    let mail = app.mail_to(BOB).await;
    let tries = (0..20).map(|n| accept(if n % 2 == 0 { &app } else { &node }, mail.link(), PASSWORD));
    let responses = join_all(tries.map(std::future::IntoFuture::into_future)).await;
    let count = |status| responses.iter().filter(|response| response.status == status).count();
    assert_eq!((count(303), count(303) + count(422) + count(429) + count(503)), (1, 20));
    assert_eq!(app.database().value("select count(*) from users").await, "2");
}

#[app_test]
async fn of_concurrent_invitations_one_is_valid(app: TestApp) {
    let (app, ada) = administrated(app).await;
    let node = app.another_node().await;
    let browsers = [ada.on_node(&node), ada];
    join_all((0..10).map(|n| invite(&browsers[n % 2], BOB, &[]))).await;
    assert_eq!(app.database().value("select count(*) from tickets").await, "1");
}

#[app_test]
async fn only_administrators_invite_and_only_what_is_valid(app: TestApp) {
    let (app, ada) = administrated(app).await;
    let eve = app.registered_with_code("eve@example.com").await;
    invite(&eve, BOB, &[]).await.assert_refused(ErrorCode::Forbidden);
    app.post("/api/admin/users").json(&json!({"email": BOB})).await.assert_refused(ErrorCode::TokenMissing);
    invite(&ada, "eve@example.com", &[]).await.assert_refused(ErrorCode::EmailTaken);
    let form = json!({"email": "bob", "name": "\n", "roles": ["a b"]});
    ada.post("/api/admin/users").json(&form).await.assert_invalid_fields(&["email", "name", "roles"]);
    let many: Vec<_> = (0..51).map(|n| format!("role{n}")).collect();
    invite(&ada, BOB, &many.iter().map(String::as_str).collect::<Vec<_>>()).await.assert_invalid_fields(&["roles"]);
    assert!(app.mails_to(BOB).await.is_empty());

    app.restart_with(|settings| settings.set("mail", "off")).await;
    invite(&ada, BOB, &[]).await.assert_refused(ErrorCode::MailUnavailable);
    app.restart_with(|settings| settings.set("registration", "closed")).await;
    invite(&ada, BOB, &[]).await.assert_refused(ErrorCode::RegistrationClosed);
}

#[app_test]
async fn invitations_work_where_registration_is_by_invitation_only_and_for_any_domain(app: TestApp) {
    let (app, ada) = administrated(app).await;
    app.restart_with(|settings| {
        settings.set("registration", "invite");
        settings.set("registration_domains", "corp.example");
    })
    .await;
    invite(&ada, BOB, &[]).await.assert_status(201);
    let mail = app.mail_to(BOB).await;
    app.restart_with(|settings| settings.set("registration", "closed")).await;
    accept(&app, mail.link(), PASSWORD).await.assert_status(403);
    app.restart_with(|settings| settings.set("registration", "invite")).await;
    accept(&app, mail.link(), PASSWORD).await.assert_status(303);
}

#[app_test]
async fn an_account_whose_credential_only_a_page_may_hold_logs_in_afterwards(app: TestApp) {
    let (app, ada) = administrated(app).await;
    app.restart_with(|settings| settings.set("policy_for_role.teller", "banking")).await;
    invite(&ada, BOB, &["teller"]).await.assert_status(201);
    let response = accept(&app, app.mail_to(BOB).await.link(), PASSWORD).await.assert_status(303);
    assert_eq!(response.header("location"), Some("/login"));
    app.log_in(BOB, PASSWORD).await.assert_ok();
}

#[app_test]
async fn the_command_line_prints_the_link_where_there_is_no_mail_and_sends_it_otherwise(app: TestApp) {
    app.set_wall_clock_to_now();
    let secret = [("DOORWARD_SECRET", crate::support::MASTER_SECRET), ("DOORWARD_PUBLIC_URL", "https://doorward.test")];
    let arguments = "user invite Bob@example.com --role editor --yes";
    let output = run_cli_with(app.database(), &secret, arguments, b"").await;
    assert_eq!(output.status, 0, "{output:?}");
    assert!(output.stderr.contains("warning: mail is off") && output.stderr.lines().count() == 1, "{output:?}");
    let link = output.stdout.trim();
    assert!(app.outbox().await.is_empty());

    let with_mail = [secret[0], secret[1], ("DOORWARD_MAIL", "folder")];
    let sent =
        run_cli_with(app.database(), &with_mail, "user invite eve@example.com --yes", b"").await.assert_success();
    assert!(sent.contains("Invited eve@example.com.") && !sent.contains("token"), "{sent}");
    assert_eq!(app.mail_to("eve@example.com").await.purpose, "invitation");

    accept(&app, link, PASSWORD).await.assert_status(303);
    assert_eq!(app.logged_in_again(BOB).await.token_response.user.roles, ["editor"]);
    run_cli_with(app.database(), &secret, arguments, b"").await.assert_failure(1, "already has an account");
    for (arguments, status, message) in
        [("user invite bob", 2, "email"), ("user invite kim@example.com --role a,b", 2, "role")]
    {
        run_cli(app.database(), arguments, "").await.assert_failure(status, message);
    }
    for (settings, question) in [
        (&secret[..], "Print a link that creates the account of kim@example.com, with the roles author, editor? "),
        (&with_mail[..], "Send kim@example.com an invitation, with the roles author, editor? "),
    ] {
        let output =
            run_cli_with(app.database(), settings, "user invite kim@example.com --role editor --role author", b"y");
        output.await.assert_failure(2, question);
    }
    assert!(app.mails_to("kim@example.com").await.is_empty());
    let closed = [secret[0], secret[1], ("DOORWARD_REGISTRATION", "closed")];
    run_cli_with(app.database(), &closed, "user invite kim@example.com", b"").await.assert_failure(1, "registration");
}
