//! `/login/code`: the second step of a login without the WebAssembly.

use test_macros::app_test;

use crate::{
    recovery_pages::submit,
    support::{PASSWORD, Response, TestApp},
};

const ADA: &str = "ada@example.com";

async fn submit_password(app: &TestApp, path: &str) -> Response {
    submit(app, path, &[("email", ADA), ("password", PASSWORD)]).await
}

fn ticket(page: &Response) -> String {
    let (_, rest) = page.text().split_once(r#"name="ticket" value=""#).expect("a ticket");
    rest[..64].to_owned()
}

#[app_test(policies_with_cookies)]
async fn forms_alone_log_in_with_a_second_factor(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    for factor in [factors.code(&app, 0)["totp"].clone(), factors.recovery_code(0)["recovery_code"].clone()] {
        let page = submit_password(&app, "/login?next=%2Fsessions").await.assert_status(401);
        assert!(page.text().contains("Confirm it&#39;s you") || page.text().contains("Confirm it's you"));
        assert!(page.set_cookies().is_empty() && !page.text().contains("<script"), "{}", page.text());
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(!policy.contains("script-src") && page.header("cache-control") == Some("no-store"));
        let ticket = ticket(&page);
        let code = factor.as_str().expect("a code");

        let fields = [("ticket", ticket.as_str()), ("code", code)];
        let response = submit(&app, "/login/code?next=%2Fsessions", &fields).await.assert_status(303);

        assert_eq!(response.header("location"), Some("/sessions"));
        let cookie = response.set_cookie().and_then(|cookie| cookie.split(';').next()).expect("a cookie");
        app.get("/account").header("cookie", cookie).await.assert_status(200);
        // Used up.
        let page = submit(&app, "/login/code", &fields).await.assert_status(422);
        assert!(page.text().contains("This login has expired.") && page.text().contains(r#"href="/login""#));
    }
}

#[app_test(policies_with_cookies)]
async fn a_wrong_code_shows_the_page_again(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let ticket = ticket(&submit_password(&app, "/login").await);
    let wrong = factors.wrong_code(&app);
    let wrong = wrong["totp"].as_str().expect("a code");
    for (code, status) in [("", 422), (wrong, 401), (wrong, 401), (wrong, 401), (wrong, 401)] {
        let page = submit(&app, "/login/code", &[("ticket", &ticket), ("code", code)]).await.assert_status(status);
        assert!(page.text().contains(&ticket) && page.text().contains("code-error"), "{}", page.text());
    }
    submit(&app, "/login/code", &[("ticket", &ticket), ("code", wrong)]).await.assert_status(401);
    // The fifth one has ended the ticket.
    submit(&app, "/login/code", &[("ticket", &ticket), ("code", wrong)]).await.assert_status(422);
}

/// The ticket would be worth nothing: only the memory of a page may hold the credential.
#[app_test(memory_only, banking)]
async fn where_pages_hold_the_credential_no_second_step_begins_without_the_webassembly(app: TestApp) {
    app.logged_in(ADA).await;
    app.turn_on_second_step(ADA).await;
    let page = submit_password(&app, "/login").await.assert_status(422);
    assert!(page.text().contains("needs JavaScript and WebAssembly"));
    assert_eq!(app.database().value("select count(*) from pending_logins").await, "0");
}

#[app_test]
async fn the_page_is_in_the_language_of_the_request_and_leads_back(app: TestApp) {
    app.logged_in(ADA).await;
    app.turn_on_second_step(ADA).await;
    let fields = [("email", ADA), ("password", PASSWORD)];
    let page = submit(&app, "/login", &fields).header("accept-language", "de").await.assert_status(401);
    assert!(page.text().contains("Bestätigen Sie, dass Sie es sind"), "{}", page.text());
    let response = app.get("/login/code?next=%2Fsessions").await.assert_status(303);
    assert_eq!(response.header("location"), Some("/login?next=/sessions"));
}
