//! Changing the name: a Leptos server function, held to what every other request is held to.

use app::functions::{ChangeName, change_name};
use doorward::Error;
use doorward_api::{EndReason, ErrorCode};
use leptos::{prelude::Owner, reactive::computed::ScopedFuture, server_fn::ServerFn};
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{PASSWORD, Person, Request, TestApp};

const PATH: &str = "/api/fn/change_name";

/// Asks for another name.
fn rename(ada: &Person, name: &str) -> Request {
    ada.post(PATH).json(&json!({"name": name}))
}

async fn name_of(ada: &Person) -> String {
    ada.account().await.assert_ok().json()["name"].as_str().expect("a name").to_owned()
}

/// Nothing of what `app` refused has changed Ada or left a trace.
async fn assert_nothing_happened(app: &TestApp) {
    assert_eq!(app.database().value("select name from users").await, "Ada Lovelace");
    assert_eq!(app.database().value("select count(*) from events where kind = 'name_changed'").await, "0");
}

#[apply(under_each_policy!)]
async fn the_new_name_takes_the_place_of_the_old(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let bob = app.logged_in("bob@example.com").await;

    let answer = rename(&ada, "  Countess Lovelace ").await.assert_status(200);

    assert_eq!((answer.header("content-type"), answer.text()), (Some("application/json"), "null"));
    assert_eq!(name_of(&ada).await, "Countess Lovelace");
    assert_eq!(name_of(&bob).await, "Ada Lovelace");
}

#[test]
fn the_page_calls_where_the_server_listens() {
    assert_eq!(ChangeName::PATH, PATH);
}

#[apply(under_policies_with_refresh_tokens!)]
async fn a_refresh_brings_the_new_name_into_the_access_token(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    rename(&ada, "Countess").await.assert_ok();

    assert_eq!(ada.me().await.json()["name"], "Ada Lovelace");
    assert_eq!(ada.renew().await.user.name, "Countess");
    assert_eq!(ada.me().await.json()["name"], "Countess");
}

#[apply(under_each_policy!)]
async fn a_change_is_an_event_with_its_session(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    rename(&ada, "Countess").await.assert_ok();

    let events = "select user_id, session_id, ip from events where kind = 'name_changed'";
    let expected = [ada.grant.user.id.as_str(), ada.grant.session.id.as_str(), "203.0.113.7"];
    assert_eq!(app.database().rows(events).await, [expected]);
}

#[apply(under_each_policy!)]
async fn a_name_is_held_to_the_rule_of_registration(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for name in ["", "  ", "a\nb", "a\0b", "a\u{202e}b", &"x".repeat(101)] {
        let refused = rename(&ada, name).await.assert_wrong(&["name"]);
        let form = json!({"email": "eve@example.com", "password": PASSWORD, "name": name});
        let registration = app.post("/api/auth/register").json(&form).await;
        assert_eq!(refused.problem(), registration.problem());
    }
    ada.post(PATH).json(&json!({})).await.assert_wrong(&["name"]);
    assert_nothing_happened(&app).await;
    rename(&ada, &"ä".repeat(100)).await.assert_ok();
}

#[apply(on_both_databases!)]
async fn r63_without_an_access_token_nothing_changes(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let form = json!({"name": "Eve"});

    app.post(PATH).json(&form).await.assert_refused(ErrorCode::TokenMissing);
    app.post(PATH).cookie(&ada.kept).json(&form).await.assert_refused(ErrorCode::TokenMissing);
    app.post(PATH).bearer("x.y.z").json(&form).await.assert_refused(ErrorCode::TokenInvalid);
    app.post(PATH).bearer(&ada.kept).json(&form).await.assert_refused(ErrorCode::TokenInvalid);
    rename(&ada, "Eve").bearer(ada.access_token()).await.assert_refused(ErrorCode::TokenInvalid);
    app.advance(300);
    rename(&ada, "Eve").await.assert_refused(ErrorCode::TokenExpired);

    assert_nothing_happened(&app).await;
}

#[apply(under_each_policy!)]
async fn r37_a_session_that_is_over_changes_nothing(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    ada.log_out().await.assert_ok();
    rename(&ada, "Eve").await.assert_ended(EndReason::LoggedOut);
    assert_nothing_happened(&app).await;
}

#[apply(under_each_policy!)]
async fn an_account_that_is_disabled_or_gone_has_no_name_to_change(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.database().execute("update users set disabled_at = 1").await;
    rename(&ada, "Eve").await.assert_ended(EndReason::RevokedByAdmin);
    assert_nothing_happened(&app).await;
}

#[apply(under_each_policy!)]
async fn f1_without_its_event_a_change_does_not_happen(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for table in ["events", "users"] {
        app.database().lose(table).await;
        rename(&ada, "Eve").await.assert_refused(ErrorCode::Unavailable);
        app.database().bring_back(table).await;
    }
    assert_nothing_happened(&app).await;
    rename(&ada, "Countess").await.assert_ok();
}

/// As it does when a page is rendered: no route, and no caller.
#[tokio::test]
async fn whoever_calls_the_function_past_its_route_is_refused() {
    let reply = Owner::new().with(|| ScopedFuture::new(change_name("Eve".into()))).await;
    assert_eq!(reply, Err(Error::Unreachable));
}

/// Leptos redirects whoever accepts HTML to the page named in `Referer`, with the error in its query.
#[apply(under_each_policy!)]
async fn whoever_accepts_html_gets_json_all_the_same(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for referer in ["https://doorward.test/account", "https://evil.example/"] {
        let html = |request: Request| request.header("accept", "text/html").header("referer", referer);

        let refused = html(rename(&ada, "")).await.assert_wrong(&["name"]);
        let taken = html(rename(&ada, "Countess")).await.assert_status(200);
        let stranger = html(app.post(PATH).json(&json!({"name": "Eve"}))).await;
        let unreadable = html(app.post(PATH).json_text("{")).await;

        let stranger = stranger.assert_refused(ErrorCode::TokenMissing);
        let unreadable = unreadable.assert_refused(ErrorCode::MalformedRequest);
        for answer in [refused, taken, stranger, unreadable] {
            for name in ["location", "serverfnerror", "serverfnredirect"] {
                assert_eq!(answer.header(name), None, "{answer:?}");
            }
        }
    }
}

#[apply(under_each_policy!)]
async fn a_form_of_another_site_changes_nothing(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let form = || ada.post(PATH).body("name=Eve");
    let urlencoded = form().header("content-type", "application/x-www-form-urlencoded");
    urlencoded.await.assert_refused(ErrorCode::UnsupportedMediaType);

    let elsewhere = rename(&ada, "Eve").without("sec-fetch-site").header("sec-fetch-site", "cross-site");
    elsewhere.await.assert_refused(ErrorCode::CrossSiteRequest);
    assert_nothing_happened(&app).await;
}
