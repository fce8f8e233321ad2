//! Changing the display name: a Leptos server function, under the same rules as every other request.

use app::functions::{ChangeName, change_name};
use doorward::Error;
use doorward_api::{EndReason, ErrorCode};
use leptos::{prelude::Owner, reactive::computed::ScopedFuture, server_fn::ServerFn};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, Request, TestApp};

const PATH: &str = "/api/fn/change_name";

fn rename(ada: &Browser, name: &str) -> Request {
    ada.post(PATH).json(&json!({"name": name}))
}

async fn name_of(ada: &Browser) -> String {
    ada.account().await.assert_ok().json()["name"].as_str().expect("a name").to_owned()
}

async fn assert_nothing_changed(app: &TestApp) {
    assert_eq!(app.database().value("select name from users").await, "Ada Lovelace");
    assert_eq!(app.database().value("select count(*) from events where kind = 'name_changed'").await, "0");
}

#[app_test(each_policy)]
async fn a_user_changes_their_name(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let bob = app.logged_in("bob@example.com").await;

    let response = rename(&ada, "  Countess Lovelace ").await.assert_status(200);

    assert_eq!((response.header("content-type"), response.text()), (Some("application/json"), "null"));
    assert_eq!(name_of(&ada).await, "Countess Lovelace");
    assert_eq!(name_of(&bob).await, "Ada Lovelace");
}

#[test]
fn the_path_is_the_one_that_the_page_calls() {
    assert_eq!(ChangeName::PATH, PATH);
}

#[app_test(policies_with_refresh_tokens)]
async fn the_access_token_has_the_new_name_after_a_refresh(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    rename(&ada, "Countess").await.assert_ok();

    assert_eq!(ada.me().await.json()["name"], "Ada Lovelace");
    assert_eq!(ada.refresh_and_store().await.user.name, "Countess");
    assert_eq!(ada.me().await.json()["name"], "Countess");
}

#[app_test(each_policy)]
async fn a_change_is_recorded_with_its_session(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    rename(&ada, "Countess").await.assert_ok();

    let events = "select user_id, session_id, ip from events where kind = 'name_changed'";
    let expected = [ada.user_id(), ada.session_id(), "203.0.113.7"];
    assert_eq!(app.database().rows(events).await, [expected]);
}

#[app_test(each_policy)]
async fn the_rules_are_those_of_registration(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for name in ["", "  ", "a\nb", "a\0b", "a\u{202e}b", &"x".repeat(101)] {
        let refused = rename(&ada, name).await.assert_invalid_fields(&["name"]);
        let form = json!({"email": "eve@example.com", "password": PASSWORD, "name": name});
        let registration = app.post("/api/auth/register").json(&form).await;
        assert_eq!(refused.problem(), registration.problem());
    }
    ada.post(PATH).json(&json!({})).await.assert_invalid_fields(&["name"]);
    assert_nothing_changed(&app).await;
    rename(&ada, &"ä".repeat(100)).await.assert_ok();
}

#[app_test]
async fn a_change_needs_an_access_token(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let form = json!({"name": "Eve"});

    app.post(PATH).json(&form).await.assert_refused(ErrorCode::TokenMissing);
    app.post(PATH).refresh_cookie(&ada.credential).json(&form).await.assert_refused(ErrorCode::TokenMissing);
    app.post(PATH).bearer("x.y.z").json(&form).await.assert_refused(ErrorCode::TokenInvalid);
    app.post(PATH).bearer(&ada.credential).json(&form).await.assert_refused(ErrorCode::TokenInvalid);
    rename(&ada, "Eve").bearer(ada.access_token()).await.assert_refused(ErrorCode::TokenInvalid);
    app.advance(300);
    rename(&ada, "Eve").await.assert_refused(ErrorCode::TokenExpired);

    assert_nothing_changed(&app).await;
}

#[app_test(each_policy)]
async fn an_ended_session_cannot_change_the_name(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    ada.log_out().await.assert_ok();
    rename(&ada, "Eve").await.assert_ended(EndReason::LoggedOut);
    assert_nothing_changed(&app).await;
}

#[app_test(each_policy)]
async fn a_disabled_user_cannot_change_their_name(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.database().execute("update users set disabled_at = 1").await;
    rename(&ada, "Eve").await.assert_ended(EndReason::RevokedByAdmin);
    assert_nothing_changed(&app).await;
}

#[app_test(each_policy)]
async fn nothing_changes_without_its_audit_event(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for table in ["events", "users"] {
        app.database().break_table(table).await;
        rename(&ada, "Eve").await.assert_refused(ErrorCode::Unavailable);
        app.database().repair_table(table).await;
    }
    assert_nothing_changed(&app).await;
    rename(&ada, "Countess").await.assert_ok();
}

/// As when a page is rendered on the server: there is no route, and no caller.
#[tokio::test]
async fn a_call_without_a_request_is_refused() {
    let reply = Owner::new().with(|| ScopedFuture::new(change_name("Eve".into()))).await;
    assert_eq!(reply, Err(Error::Unreachable));
}

/// For these, Leptos by default redirects to the page in `Referer`, with the error in its query.
#[app_test(each_policy)]
async fn the_response_is_json_even_for_clients_that_accept_html(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for referer in ["https://doorward.test/account", "https://evil.example/"] {
        let html = |request: Request| request.header("accept", "text/html").header("referer", referer);

        let refused = html(rename(&ada, "")).await.assert_invalid_fields(&["name"]);
        let accepted = html(rename(&ada, "Countess")).await.assert_status(200);
        let anonymous = html(app.post(PATH).json(&json!({"name": "Eve"}))).await;
        let malformed = html(app.post(PATH).raw_json("{")).await;

        let anonymous = anonymous.assert_refused(ErrorCode::TokenMissing);
        let malformed = malformed.assert_refused(ErrorCode::MalformedRequest);
        for response in [refused, accepted, anonymous, malformed] {
            for name in ["location", "serverfnerror", "serverfnredirect"] {
                assert_eq!(response.header(name), None, "{response:?}");
            }
        }
    }
}

#[app_test(each_policy)]
async fn a_form_of_another_site_changes_nothing(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let form = || ada.post(PATH).body("name=Eve");
    let urlencoded = form().header("content-type", "application/x-www-form-urlencoded");
    urlencoded.await.assert_refused(ErrorCode::UnsupportedMediaType);

    let cross_site = rename(&ada, "Eve").without_header("sec-fetch-site").header("sec-fetch-site", "cross-site");
    cross_site.await.assert_refused(ErrorCode::CrossSiteRequest);
    assert_nothing_changed(&app).await;
}
