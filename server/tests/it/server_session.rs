//! `server-session`: no token at all; each request is looked up.

use doorward_api::{EndReason, ErrorCode, PolicyName};
use futures::future::join3;
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{Answer, Database, PASSWORD, Person, Request, TestApp};

const ADA: &str = "ada@example.com";
const NEW: &str = "another horse and another staple";

macro_rules! under_server_session {
    ($($test:tt)*) => { under_policies! { [server_session ServerSession] $($test)* } };
}

fn assert_unavailable(answer: Answer) {
    // That no cookie is touched is checked on every answer.
    assert!(answer.assert_refused(ErrorCode::Unavailable).headers.contains_key("retry-after"));
}

// That there is no JWT in any answer is checked on each.
#[apply(under_server_session!)]
async fn a_grant_says_who_it_is_and_in_which_session(app: TestApp) {
    let begun = app.register(ADA, PASSWORD).await.assert_status(201);
    let ada = Person::from_grant(&app, ADA, begun.clone());
    for (answer, status) in [(begun, 201), (ada.refresh().await, 200), (app.log_in(ADA, PASSWORD).await, 200)] {
        let grant = answer.assert_status(status).json();
        let names: Vec<_> = grant.as_object().expect("an object").keys().cloned().collect();
        assert_eq!(names, ["session", "user"]);
        assert_eq!(grant["session"]["policy"], "server-session");
        assert_eq!(grant["user"]["name"], "Ada Lovelace");
    }
    assert!(!app.database().contents().await.contains("eyJ"));
}

#[apply(under_server_session!)]
async fn a_page_that_is_loaded_anew_learns_who_is_there(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    // A fresh page means no session in particular.
    let grant = app.post("/api/auth/refresh").in_browser_of(&ada).await.assert_status(200).json();
    assert_eq!((&grant["session"]["id"], &grant["user"]["id"]), (&json!(ada.session()), &json!(ada.grant.user.id)));

    app.post("/api/auth/refresh").await.assert_refused(ErrorCode::SessionMissing);
    app.get("/api/me").await.assert_refused(ErrorCode::TokenMissing);
    ada.log_out().await.assert_ok();
    app.post("/api/auth/refresh").in_browser_of(&ada).await.assert_ended(EndReason::LoggedOut);
    app.get("/api/me").in_browser_of(&ada).await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_server_session!)]
async fn what_changes_about_a_person_shows_at_once(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.post("/api/fn/change_name").json(&json!({"name": "Countess"})).await.assert_ok();
    app.database().execute("update users set roles = 'admin editor'").await;

    let me = ada.me().await.assert_ok().json();

    assert_eq!((&me["name"], &me["roles"]), (&json!("Countess"), &json!(["admin", "editor"])));
    app.database().execute("update users set disabled_at = 1").await;
    ada.me().await.assert_ended(EndReason::RevokedByAdmin);
}

/// Every request of a page of `means`, in a browser whose cookie is `has`'s, which would have an effect or show something.
fn requests(means: &Person, has: &Person, other: &Person) -> Vec<Request> {
    let app = &means.app;
    let one = format!("/api/sessions/{}", other.session());
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
        app.post("/api/account/password").json(&json!({"current_password": PASSWORD, "new_password": NEW})),
        app.post("/api/fn/change_name").json(&json!({"name": "Not Bob"})),
    ];
    let cookie = |request: Request| request.session_cookie(&has.kept);
    requests.map(|request| cookie(request).header("doorward-session", means.session())).into()
}

/// A tab of Ada, in whose browser Bob has logged in since.
#[apply(under_server_session!)]
async fn no_page_acts_as_somebody_whom_it_does_not_mean(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let bobs_phone = app.logged_in("bob@example.com").await;
    let bob = Person::from_grant(&app, "bob@example.com", ada.log_in_as("bob@example.com").await);
    app.advance(3600);
    let before = app.database().contents().await;

    for request in requests(&ada, &bob, &bobs_phone) {
        request.await.assert_ended(EndReason::Replaced);
    }

    server::background::flush(&app.state()).await.expect("written");
    assert_eq!(app.database().contents().await, before, "not even a use");
    bob.me().await.assert_ok();
    bobs_phone.me().await.assert_ok();
    app.log_in("bob@example.com", PASSWORD).await.assert_ok();
}

#[apply(under_server_session!)]
async fn a_page_means_exactly_one_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let other = app.logged_in(ADA).await;
    let me = || app.get("/api/me").session_cookie(&ada.kept);
    me().await.assert_ok();
    me().header("doorward-session", ada.session()).await.assert_ok();
    let upper = ada.session().to_uppercase();
    for means in [other.session(), "", "x", &upper, &format!("{},{}", ada.session(), other.session())] {
        me().header("doorward-session", means).await.assert_ended(EndReason::Replaced);
    }
    let both = me().header("doorward-session", ada.session()).header("doorward-session", other.session());
    both.await.assert_ended(EndReason::Replaced);
    // It opens nothing by itself.
    app.get("/api/me").header("doorward-session", ada.session()).await.assert_refused(ErrorCode::TokenMissing);
}

#[apply(under_server_session!)]
async fn a_page_of_one_session_neither_ends_nor_renews_another_one(app: TestApp) {
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);
    for path in ["/api/auth/refresh", "/api/auth/logout"] {
        let ask = |means: &str| app.post(path).session_cookie(&bob.kept).header("doorward-session", means);
        let answer = ask(ada.session()).await.assert_ended(EndReason::Replaced);
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
        bob.me().await.assert_ok();
        ask(bob.session()).await.assert_ok();
    }
    bob.me().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_server_session!)]
async fn f2_a_database_that_fails_logs_nobody_out(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let phone = app.logged_in(ADA).await;
    for table in ["sessions", "users"] {
        app.database().lose(table).await;
        for request in requests(&ada, &ada, &phone) {
            assert_unavailable(request.await);
        }
        assert_unavailable(ada.refresh().await);
        assert_unavailable(ada.log_out().await);
        app.get("/api/me").await.assert_refused(ErrorCode::TokenMissing);
        app.database().bring_back(table).await;
        ada.me().await.assert_ok();
        ada.refresh().await.assert_ok();
        phone.me().await.assert_ok();
    }
    app.database().execute("update sessions set policy = 'stricter'").await;
    assert_unavailable(ada.me().await);
}

#[tokio::test]
async fn f2_a_database_that_is_gone_is_503_and_back_again_without_a_restart() {
    let app = TestApp::start_under(PolicyName::ServerSession, Database::postgres_of_its_own().await).await;
    let ada = app.logged_in(ADA).await;

    app.database().go_away().await;
    assert_unavailable(ada.me().await);
    assert_unavailable(ada.refresh().await);
    assert_unavailable(ada.log_out().await);

    app.database().come_back().await;
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

/// Nobody has to tell the other node: it looks.
#[apply(under_server_session!)]
async fn f5_once_a_revoke_is_answered_no_node_lets_the_session_in(app: TestApp) {
    let other = app.another_node().await;
    let laptop = app.logged_in(ADA).await;
    for _ in 0..50 {
        let phone = app.logged_in(ADA).await;
        let there = Person { app: other.clone(), ..phone.clone() };

        let (revoked, here, elsewhere) = join3(laptop.revoke(&phone), phone.me(), there.refresh()).await;

        revoked.assert_status(204);
        for answer in [here, elsewhere].into_iter().filter(|answer| answer.status != 200) {
            answer.assert_ended(EndReason::Revoked);
        }
        phone.me().await.assert_ended(EndReason::Revoked);
        there.me().await.assert_ended(EndReason::Revoked);
        there.refresh().await.assert_ended(EndReason::Revoked);
    }
}

#[apply(under_server_session!)]
async fn f10_no_set_of_revocations_is_needed(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let out = app.logged_in(ADA).await;
    app.state().revocations.is_followed();
    out.log_out().await.assert_ok();
    // Under access tokens nobody would be let in by now.
    app.advance(60);
    ada.me().await.assert_ok();
    out.me().await.assert_ended(EndReason::LoggedOut);
}

/// A page is rendered for nobody or for "not known yet".
#[apply(under_policies_with_cookies!)]
async fn a_page_knows_that_there_is_a_cookie_and_no_more(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let is_for_nobody = async |request: Request| request.await.assert_ok().text().contains("href=\"/login\"");
    assert!(is_for_nobody(app.get("/")).await);
    assert!(!is_for_nobody(app.get("/").in_browser_of(&ada)).await);
    assert!(!is_for_nobody(app.get("/").cookie("x")).await);
    assert!(!is_for_nobody(app.get("/").session_cookie("x")).await);
    assert!(is_for_nobody(app.get("/").header("cookie", "theme=dark")).await);
}
