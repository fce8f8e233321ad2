//! The policy of a session: chosen by the operator, by role, and never by the client.

use doorward_api::{EndReason, ErrorCode, PolicyName};
use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, TestApp};

const ADA: &str = "ada@example.com";

/// Restarts with a policy for each of these roles.
async fn configure_roles(app: &TestApp) {
    app.restart_with(|settings| {
        settings.set("policy_for_role.kiosk", "retention");
        settings.set("policy_for_role.staff", "server-session");
        settings.set("policy_for_role.auditor", "memory-only");
        settings.set("policy_for_role.teller", "banking");
    })
    .await;
}

async fn give_roles(app: &TestApp, email: &str, roles: &str) {
    app.database().execute(format!("update users set roles = '{roles}' where email = '{email}'")).await;
}

/// Registers a user with these roles and logs in.
async fn logged_in_with_roles(app: &TestApp, email: &str, roles: &str) -> Browser {
    app.register(email, PASSWORD).await.assert_ok();
    give_roles(app, email, roles).await;
    app.logged_in(email).await
}

/// The policy that the session list shows for the current session.
async fn current_policy(browser: &Browser) -> PolicyName {
    browser.sessions().await.into_iter().find(|session| session.current).expect("the current session").policy
}

#[app_test(each_policy)]
async fn the_strictest_policy_of_a_users_roles_applies(app: TestApp) {
    configure_roles(&app).await;
    let default = app.policy();
    for (number, (roles, policy)) in [
        ("", default),
        ("editor", default),
        ("kiosk", PolicyName::Retention),
        ("editor kiosk", PolicyName::Retention),
        ("kiosk staff", PolicyName::ServerSession),
        ("auditor kiosk staff", PolicyName::MemoryOnly),
        ("staff teller", PolicyName::Banking),
        ("auditor editor kiosk staff teller", PolicyName::Banking),
    ]
    .into_iter()
    .enumerate()
    {
        let browser = logged_in_with_roles(&app, &format!("user{number}@example.com"), roles).await;
        assert_eq!(browser.token_response.session.policy, policy, "{roles:?}");
        browser.me().await.assert_ok();
        browser.refresh().await.assert_ok();
        assert_eq!(current_policy(&browser).await, policy);
        browser.log_out().await.assert_ok();
        browser.me().await.assert_ended(EndReason::LoggedOut);
    }
}

#[app_test(each_policy)]
async fn a_client_cannot_choose_its_policy(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let forms = [
        ("/api/auth/register", json!({"email": "eve@example.com", "password": PASSWORD, "name": "Eve"})),
        ("/api/auth/login", json!({"email": ADA, "password": PASSWORD})),
        ("/api/auth/refresh", json!({})),
        ("/api/auth/refresh", json!({"refresh_token": ada.credential})),
        ("/api/auth/logout", json!({})),
        ("/api/auth/logout", json!({"refresh_token": ada.credential})),
    ];
    let attempts: [(&str, Value); 8] = [
        ("policy", json!("retention")),
        ("remember", json!(true)),
        ("remember_me", json!(true)),
        ("max_age", json!(31_536_000)),
        ("session_lifetime", json!("365d")),
        ("session_idle", json!("off")),
        ("expires_at", json!("2036-01-01T00:00:00Z")),
        ("keeps", json!("RefreshCookie")),
    ];
    for (path, form) in &forms {
        for (name, value) in &attempts {
            let mut form = form.clone();
            form[name] = value.clone();
            app.post(path).with_cookie_of(&ada).json(&form).await.assert_invalid_fields(&[name]);
        }
    }
    // No session has started or ended.
    assert_eq!(app.database().rows("select session_id, ended_at from sessions").await, [[ada.session_id(), "null"]]);
    assert_eq!(app.database().value("select count(*) from users").await, "1");
    let request = app.post("/api/auth/login?policy=retention").header("doorward-policy", "retention");
    let response = request.json(&json!({"email": ADA, "password": PASSWORD})).await;
    assert_eq!(Browser::from_response(&app, ADA, response).token_response.session.policy, app.policy());
}

/// Each session keeps the kind of credential it began with, under any default policy.
#[app_test(each_policy)]
async fn sessions_of_all_policies_coexist(app: TestApp) {
    configure_roles(&app).await;
    let mut browsers = Vec::new();
    for roles in ["kiosk", "staff", "auditor", "teller"] {
        browsers.push(logged_in_with_roles(&app, &format!("{roles}@example.com"), roles).await);
    }
    for one in &browsers {
        one.me().await.assert_ok();
        one.refresh().await.assert_ok();
        for other in browsers.iter().filter(|other| other.session_id() != one.session_id()) {
            // A credential of one kind, presented as another kind.
            if !one.credential.is_empty() && one.credential_storage() != other.credential_storage() {
                let misplaced = Browser { credential: one.credential.clone(), ..other.clone() };
                if other.credential_storage().is_renewable() {
                    misplaced.refresh().await.assert_ended(EndReason::Unknown);
                }
                app.get("/api/me").bearer(&one.credential).await.assert_refused(ErrorCode::TokenInvalid);
            }
        }
    }
    for browser in &browsers {
        browser.refresh().await.assert_ok();
    }
}

#[app_test]
async fn of_two_cookies_only_the_session_cookie_authorizes_requests(app: TestApp) {
    configure_roles(&app).await;
    let ada = logged_in_with_roles(&app, ADA, "kiosk").await;
    let bob = logged_in_with_roles(&app, "bob@example.com", "staff").await;
    for path in ["/api/me", "/api/account", "/api/activity", "/api/sessions", "/api/sessions/events"] {
        app.get(path).refresh_cookie(&ada.credential).await.assert_refused(ErrorCode::TokenMissing);
        app.get(path).session_cookie(&ada.credential).await.assert_ended(EndReason::Unknown);
        app.get(path).refresh_cookie(&bob.credential).await.assert_refused(ErrorCode::TokenMissing);
    }
    let me =
        app.get("/api/me").refresh_cookie(&ada.credential).session_cookie(&bob.credential).await.assert_ok().json();
    assert_eq!(me["id"], bob.user_id());
}

/// A page's access token identifies its user; a cookie may have been planted in the browser.
#[app_test]
async fn an_access_token_takes_precedence_over_a_cookie(app: TestApp) {
    configure_roles(&app).await;
    let ada = logged_in_with_roles(&app, ADA, "kiosk").await;
    let tab = logged_in_with_roles(&app, "carol@example.com", "auditor").await;
    let eve = logged_in_with_roles(&app, "eve@example.com", "staff").await;
    for browser in [&ada, &tab] {
        let me = browser.get("/api/me").session_cookie(&eve.credential).await.assert_ok().json();
        assert_eq!(me["id"], browser.user_id());
        let invalid = app.get("/api/me").bearer("x.y.z").session_cookie(&eve.credential).await;
        invalid.assert_refused(ErrorCode::TokenInvalid);
    }
    // So does the refresh token in a body.
    let refresh = app.post("/api/auth/refresh").refresh_cookie(&ada.credential).session_cookie(&eve.credential);
    let refreshed = refresh.with_refresh_token(&tab.credential).await.assert_ok().json();
    assert_eq!(refreshed["user"]["id"], tab.user_id());
}

/// The cookies that are set and cleared are checked on every response.
#[app_test(each_policy)]
async fn a_login_replaces_the_sessions_of_both_cookies(app: TestApp) {
    configure_roles(&app).await;
    app.register("carol@example.com", PASSWORD).await.assert_ok();
    for (path, email) in [("/api/auth/login", "carol@example.com"), ("/api/auth/register", "dora@example.com")] {
        let ada = logged_in_with_roles(&app, &format!("ada.before.{email}"), "kiosk").await;
        let bob = logged_in_with_roles(&app, &format!("bob.before.{email}"), "staff").await;
        let mut form = json!({"email": email, "password": PASSWORD});
        if path.ends_with("register") {
            form["name"] = "Dora".into();
        }
        let response = app.post(path).refresh_cookie(&ada.credential).session_cookie(&bob.credential).json(&form).await;

        let browser = Browser::from_response(&app, email, response);
        assert_eq!(browser.token_response.session.policy, app.policy());
        browser.me().await.assert_ok();
        for replaced in [ada, bob] {
            replaced.me().await.assert_ended(EndReason::Replaced);
            replaced.refresh().await.assert_ended(EndReason::Replaced);
        }
    }
}

#[app_test(each_policy)]
async fn a_logout_ends_the_sessions_of_all_credentials(app: TestApp) {
    configure_roles(&app).await;
    let ada = logged_in_with_roles(&app, ADA, "kiosk").await;
    let bob = logged_in_with_roles(&app, "bob@example.com", "staff").await;
    let tab = logged_in_with_roles(&app, "carol@example.com", "auditor").await;
    let teller = logged_in_with_roles(&app, "dora@example.com", "teller").await;

    let logout = app.post("/api/auth/logout").refresh_cookie(&ada.credential).session_cookie(&bob.credential);
    logout.with_refresh_token(&tab.credential).bearer(teller.access_token()).await.assert_status(204);

    for browser in [ada, bob, tab, teller] {
        browser.me().await.assert_ended(EndReason::LoggedOut);
    }
}

#[app_test(each_policy)]
async fn a_live_cookie_is_used_beside_a_dead_one(app: TestApp) {
    configure_roles(&app).await;
    let ada = logged_in_with_roles(&app, ADA, "kiosk").await;
    let bob = logged_in_with_roles(&app, "bob@example.com", "staff").await;
    let both = || app.post("/api/auth/refresh").refresh_cookie(&ada.credential).session_cookie(&bob.credential);
    bob.log_out().await.assert_ok();
    assert_eq!(both().await.assert_ok().json()["user"]["id"], ada.user_id());
    ada.log_out().await.assert_ok();
    both().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(each_policy)]
async fn a_role_with_a_stricter_policy_ends_the_session_at_its_next_use(app: TestApp) {
    configure_roles(&app).await;
    let [kiosk, staff, auditor] = [
        (ADA, "kiosk", "kiosk staff"),
        ("bob@example.com", "staff", "auditor"),
        ("carol@example.com", "auditor", "editor teller"),
    ];
    for (email, before, after) in [kiosk, staff, auditor] {
        let browser = logged_in_with_roles(&app, email, before).await;
        let other_browser = app.logged_in(email).await;
        give_roles(&app, email, after).await;

        let end = browser.refresh().await.assert_ended(EndReason::PolicyChanged).problem().ended.expect("the end");

        assert_eq!(end.by, None, "no device of the user ended it");
        browser.me().await.assert_ended(EndReason::PolicyChanged);
        browser.account().await.assert_ended(EndReason::PolicyChanged);
        let again = Browser::from_response(&app, email, browser.log_in_as(email).await);
        assert!(again.token_response.session.policy != browser.token_response.session.policy);
        other_browser.refresh().await.assert_ended(EndReason::PolicyChanged);
    }
    let ends = "select count(*) from events where kind = 'session_ended' and reason = 'policy_changed' and ip is null";
    assert_eq!(app.database().value(ends).await, "6");
}

#[app_test(each_policy)]
async fn a_role_with_a_more_lenient_policy_changes_no_live_session(app: TestApp) {
    configure_roles(&app).await;
    for (email, before) in [("bob@example.com", "staff"), ("carol@example.com", "auditor"), (ADA, "teller")] {
        let mut browser = logged_in_with_roles(&app, email, before).await;
        let session = browser.token_response.session.clone();
        give_roles(&app, email, "kiosk").await;

        browser.refresh_and_store().await;

        browser.me().await.assert_ok();
        assert_eq!(current_policy(&browser).await, session.policy);
        assert_eq!(
            (browser.token_response.session.policy, &browser.token_response.session.expires_at),
            (session.policy, &session.expires_at)
        );
        assert_eq!(app.logged_in(email).await.token_response.session.policy, PolicyName::Retention, "the next session");
    }
}

/// After the operator has changed the default policy.
#[app_test(each_policy)]
async fn a_credential_of_another_policy_works_as_issued_or_not_at_all(app: TestApp) {
    for policy in PolicyName::ALL {
        let original = app.policy();
        let ada = app.logged_in(ADA).await;
        app.restart_with(|settings| settings.set("policy", policy.name())).await;
        let position = |name| PolicyName::ALL.iter().position(|other| *other == name);
        let response = ada.refresh().await;
        if !ada.credential_storage().is_renewable() || position(policy) <= position(original) {
            response.assert_ok();
            ada.log_out().await.assert_ok();
        } else {
            response.assert_ended(EndReason::PolicyChanged);
            ada.me().await.assert_ended(EndReason::PolicyChanged);
        }
        app.restart_with(|settings| settings.set("policy", original.name())).await;
        assert_eq!(ada.me().await.status, 401, "an ended session stays ended");
    }
}
