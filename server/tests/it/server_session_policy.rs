//! The policy `server-session`: no token; each request looks its session up.

use doorward_api::{EndReason, ErrorCode, PolicyName};
use futures::future::join3;
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, Database, PASSWORD, Request, Response, TestApp};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

fn assert_unavailable(response: Response) {
    // Every response is checked to set no unexpected cookie.
    assert!(response.assert_refused(ErrorCode::Unavailable).headers.contains_key("retry-after"));
}

/// Every response is checked to have no JWT.
#[app_test(server_session, also_with_valkey)]
async fn a_token_response_has_the_user_and_the_session_and_no_token(app: TestApp) {
    let registration = app.register(ADA, PASSWORD).await.assert_status(201);
    let ada = Browser::from_response(&app, ADA, registration.clone());
    for (response, status) in [(registration, 201), (ada.refresh().await, 200), (app.log_in(ADA, PASSWORD).await, 200)]
    {
        let token_response = response.assert_status(status).json();
        let names: Vec<_> = token_response.as_object().expect("an object").keys().cloned().collect();
        assert_eq!(names, ["session", "user"]);
        assert_eq!(token_response["session"]["policy"], "server-session");
        assert_eq!(token_response["user"]["name"], "Ada Lovelace");
    }
    assert!(!app.database().contents().await.contains("eyJ"));
}

#[app_test(server_session, also_with_valkey)]
async fn a_reloaded_page_restores_its_session_from_the_cookie(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    // A reloaded page sends no expected session.
    let token_response = app.post("/api/auth/refresh").with_cookie_of(&ada).await.assert_status(200).json();
    assert_eq!(
        (&token_response["session"]["id"], &token_response["user"]["id"]),
        (&json!(ada.session_id()), &json!(ada.user_id()))
    );

    app.post("/api/auth/refresh").await.assert_refused(ErrorCode::SessionMissing);
    app.get("/api/me").await.assert_refused(ErrorCode::TokenMissing);
    ada.log_out().await.assert_ok();
    app.post("/api/auth/refresh").with_cookie_of(&ada).await.assert_ended(EndReason::LoggedOut);
    app.get("/api/me").with_cookie_of(&ada).await.assert_ended(EndReason::LoggedOut);
}

#[app_test(server_session, also_with_valkey)]
async fn changes_of_a_user_apply_at_once(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.post("/api/fn/change_name").json(&json!({"name": "Countess"})).await.assert_ok();
    app.database().execute("update users set roles = 'admin editor'").await;

    let me = ada.me().await.assert_ok().json();

    assert_eq!((&me["name"], &me["roles"]), (&json!("Countess"), &json!(["admin", "editor"])));
    app.database().execute("update users set disabled_at = 1").await;
    ada.me().await.assert_ended(EndReason::RevokedByAdmin);
}

/// Every request that has an effect or returns private data, from a page that expects the session of `expected`, in a
/// browser with the cookie of `actual`.
fn requests(expected: &Browser, actual: &Browser, other: &Browser) -> Vec<Request> {
    let app = &expected.app;
    let one = format!("/api/sessions/{}", other.session_id());
    let requests = [
        app.get("/api/me"),
        app.get("/api/account"),
        app.get("/api/activity"),
        app.get("/api/sessions"),
        app.get("/api/sessions/events"),
        app.request("PATCH", &one).json(&json!({"label": "not mine"})),
        app.request("DELETE", &one),
        app.request("DELETE", "/api/sessions/others"),
        app.request("DELETE", "/api/sessions"),
        app.post("/api/account/password").json(&json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD})),
        app.post("/api/fn/change_name").json(&json!({"name": "Not Bob"})),
    ];
    let cookie = |request: Request| request.session_cookie(&actual.credential);
    requests.map(|request| cookie(request).header("doorward-session", expected.session_id())).into()
}

/// The page is Ada's; meanwhile Bob has logged in with the same browser.
#[app_test(server_session, also_with_valkey)]
async fn a_page_never_acts_for_a_user_it_does_not_expect(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let bobs_phone = app.logged_in("bob@example.com").await;
    let bob = Browser::from_response(&app, "bob@example.com", ada.log_in_as("bob@example.com").await);
    app.advance(3600);
    let before = app.database().contents().await;

    for request in requests(&ada, &bob, &bobs_phone) {
        request.await.assert_ended(EndReason::Replaced);
    }

    app.flush_last_used().await;
    assert_eq!(app.database().contents().await, before, "not even a last-used time has changed");
    bob.me().await.assert_ok();
    bobs_phone.me().await.assert_ok();
    app.log_in("bob@example.com", PASSWORD).await.assert_ok();
}

#[app_test(server_session, also_with_valkey)]
async fn the_expected_session_matches_exactly(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let other = app.logged_in(ADA).await;
    let me = || app.get("/api/me").session_cookie(&ada.credential);
    me().await.assert_ok();
    me().header("doorward-session", ada.session_id()).await.assert_ok();
    let upper = ada.session_id().to_uppercase();
    for expected in [other.session_id(), "", "x", &upper, &format!("{},{}", ada.session_id(), other.session_id())] {
        me().header("doorward-session", expected).await.assert_ended(EndReason::Replaced);
    }
    let both = me().header("doorward-session", ada.session_id()).header("doorward-session", other.session_id());
    both.await.assert_ended(EndReason::Replaced);
    // The header alone authorizes nothing.
    app.get("/api/me").header("doorward-session", ada.session_id()).await.assert_refused(ErrorCode::TokenMissing);
}

#[app_test(server_session, also_with_valkey)]
async fn a_page_neither_refreshes_nor_ends_another_session_than_its_own(app: TestApp) {
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);
    for path in ["/api/auth/refresh", "/api/auth/logout"] {
        let request =
            |expected: &str| app.post(path).session_cookie(&bob.credential).header("doorward-session", expected);
        let response = request(ada.session_id()).await.assert_ended(EndReason::Replaced);
        assert!(!response.headers.contains_key("set-cookie"), "{path}");
        bob.me().await.assert_ok();
        request(bob.session_id()).await.assert_ok();
    }
    bob.me().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(server_session, also_with_valkey)]
async fn a_failing_database_ends_no_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let phone = app.logged_in(ADA).await;
    for table in ["sessions", "users"] {
        app.database().break_table(table).await;
        for request in requests(&ada, &ada, &phone) {
            assert_unavailable(request.await);
        }
        assert_unavailable(ada.refresh().await);
        assert_unavailable(ada.log_out().await);
        app.get("/api/me").await.assert_refused(ErrorCode::TokenMissing);
        app.database().repair_table(table).await;
        ada.me().await.assert_ok();
        ada.refresh().await.assert_ok();
        phone.me().await.assert_ok();
        app.forget_cached_sessions().await;
    }
    app.database().execute("update sessions set policy = 'stricter'").await;
    assert_unavailable(ada.me().await);
}

#[tokio::test]
async fn a_lost_connection_is_503_and_recovers_without_a_restart() {
    let policy = PolicyName::ServerSession;
    lose_connection(TestApp::start_under(policy, Database::dedicated_postgres().await).await).await;
    lose_connection(TestApp::start_with_valkey(policy, Database::dedicated_postgres().await).await).await;
}

async fn lose_connection(app: TestApp) {
    let ada = app.logged_in(ADA).await;

    app.database().disconnect().await;
    assert_unavailable(ada.me().await);
    assert_unavailable(ada.refresh().await);
    assert_unavailable(ada.log_out().await);

    app.database().reconnect().await;
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

/// Without synchronization between the nodes.
#[app_test(server_session, also_with_valkey)]
async fn no_node_accepts_the_session_once_a_revocation_has_returned(app: TestApp) {
    let other = app.another_node().await;
    let laptop = app.logged_in(ADA).await;
    for _ in 0..50 {
        let phone = app.logged_in(ADA).await;
        let phone_on_other = phone.on_node(&other);

        let (revoked, me, refresh) = join3(laptop.revoke(&phone), phone.me(), phone_on_other.refresh()).await;

        revoked.assert_status(204);
        for response in [me, refresh].into_iter().filter(|response| response.status != 200) {
            response.assert_ended(EndReason::Revoked);
        }
        phone.me().await.assert_ended(EndReason::Revoked);
        phone_on_other.me().await.assert_ended(EndReason::Revoked);
        phone_on_other.refresh().await.assert_ended(EndReason::Revoked);
    }
}

#[app_test(server_session, also_with_valkey)]
async fn a_stale_revocation_set_rejects_no_request(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let logged_out = app.logged_in(ADA).await;
    app.require_revocation_sync();
    logged_out.log_out().await.assert_ok();
    // By now, access tokens would be rejected.
    app.advance(60);
    ada.me().await.assert_ok();
    logged_out.me().await.assert_ended(EndReason::LoggedOut);
}

/// The server renders a page for a visitor who is logged out, or for one whose session the browser will fetch.
#[app_test(policies_with_cookies, also_with_valkey)]
async fn a_rendered_page_depends_on_the_session_of_the_cookie(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let is_logged_out = async |request: Request| request.await.assert_ok().text().contains("href=\"/login\"");
    assert!(is_logged_out(app.get("/")).await);
    assert!(!is_logged_out(app.get("/").with_cookie_of(&ada)).await);
    assert!(is_logged_out(app.get("/").refresh_cookie("x")).await);
    assert!(is_logged_out(app.get("/").session_cookie("x")).await);
    assert!(is_logged_out(app.get("/").header("cookie", "theme=dark")).await);
    ada.log_out().await.assert_ok();
    assert!(is_logged_out(app.get("/").with_cookie_of(&ada)).await);
}
