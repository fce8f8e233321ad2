//! `GET /api/sessions` and `PATCH /api/sessions/{id}`: the session list and its labels.

use doorward_api::{EndReason, ErrorCode};
use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, Response, TestApp};

const ADA: &str = "ada@example.com";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.0 Mobile/15E148 Safari/604.1";

async fn set_label(browser: &Browser, session: &str, label: impl Into<Value>) -> Response {
    browser.request("PATCH", &format!("/api/sessions/{session}")).json(&json!({"label": label.into()})).await
}

async fn current_label(browser: &Browser) -> Option<String> {
    browser.sessions().await.into_iter().find(|session| session.current).expect("the current session").label
}

#[app_test(each_policy)]
async fn sessions_are_listed_newest_first_and_one_is_current(app: TestApp) {
    let mut browsers = Vec::new();
    for _ in 0..3 {
        browsers.push(app.logged_in(ADA).await);
        app.advance(1);
    }
    app.logged_in("bob@example.com").await;

    for browser in &browsers {
        let sessions = browser.sessions().await;
        let ids: Vec<_> = sessions.iter().map(|session| session.id.as_str()).collect();
        let current: Vec<_> = sessions.iter().filter(|session| session.current).map(|one| one.id.as_str()).collect();
        assert_eq!(ids, [browsers[2].session_id(), browsers[1].session_id(), browsers[0].session_id()]);
        assert_eq!(current, [browser.session_id()]);
    }
}

#[app_test(renewable_policies)]
async fn a_listed_session_has_device_address_and_times_and_no_token(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    let form = json!({"email": ADA, "password": PASSWORD});
    let login = app.post("/api/auth/login").header("user-agent", IPHONE).with_address("198.51.100.9").json(&form).await;
    let mut phone = Browser::from_response(&app, ADA, login);
    app.advance(60);
    phone.refresh_and_store().await;

    let response = phone.get("/api/sessions").await.assert_ok();

    assert!(!response.text().to_lowercase().contains("token"), "{}", response.text());
    let list = response.json();
    let current =
        list.as_array().expect("a list").iter().find(|one| one["current"] == true).expect("the current session");
    assert_eq!(
        *current,
        json!({
            "id": phone.session_id(), "current": true, "policy": app.policy(), "label": null,
            "device": {"browser": "Safari", "os": "iPhone"}, "ip": "198.51.100.9",
            "created_at": "2026-01-01T00:00:00Z", "last_used_at": "2026-01-01T00:01:00Z",
            "expires_at": "2026-01-31T00:00:00Z",
            "acr": "1", "amr": ["pwd"], "auth_time": "2026-01-01T00:00:00Z",
        })
    );
}

#[app_test(renewable_policies)]
async fn ended_and_expired_sessions_are_not_listed(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "10m")).await;
    let _idle = app.logged_in(ADA).await;
    app.advance(601 + app.touch_interval(600));
    let logged_out = app.logged_in(ADA).await;
    logged_out.log_out().await.assert_ok();
    let ada = app.logged_in(ADA).await;

    let sessions = ada.sessions().await;

    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].id, ada.session_id());
}

#[app_test(policies_with_refresh_tokens)]
async fn an_idle_session_cannot_list_sessions(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "5s")).await;
    let ada = app.logged_in(ADA).await;
    app.advance(6);
    ada.get("/api/sessions").await.assert_refused(ErrorCode::TokenExpired);
    ada.refresh().await.assert_ended(EndReason::Idle);
}

#[app_test(each_policy)]
async fn a_session_can_be_labeled_and_unlabeled(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;

    let response = set_label(&laptop, phone.session_id(), "  Ada's phone ").await.assert_status(200).json();
    assert_eq!((&response["label"], &response["current"]), (&json!("Ada's phone"), &json!(false)));
    assert_eq!(current_label(&phone).await.as_deref(), Some("Ada's phone"));
    assert_eq!(current_label(&laptop).await, None);

    for none in [json!(null), json!(""), json!("   ")] {
        set_label(&phone, phone.session_id(), "named").await.assert_ok();
        assert_eq!(set_label(&phone, phone.session_id(), none).await.assert_ok().json()["label"], Value::Null);
        assert_eq!(current_label(&phone).await, None);
    }
}

#[app_test(each_policy)]
async fn markup_in_a_label_is_text(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for text in ["<script>alert(1)</script>", "'; drop table sessions; --", "📱 ночь", &"x".repeat(100)] {
        set_label(&ada, ada.session_id(), text).await.assert_ok();
        assert_eq!(current_label(&ada).await.as_deref(), Some(text));
    }
}

#[app_test(each_policy)]
async fn a_label_is_one_printable_line(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    set_label(&ada, ada.session_id(), "before").await.assert_ok();
    for text in ["a\nb", "a\0b", "a\u{202E}b", "a\u{1b}[31mb", &"x".repeat(101), &"x".repeat(10_000)] {
        set_label(&ada, ada.session_id(), text).await.assert_invalid_fields(&["label"]);
    }
    set_label(&ada, ada.session_id(), "x".repeat(17_000)).await.assert_refused(ErrorCode::TooLarge);
    let path = format!("/api/sessions/{}", ada.session_id());
    for (form, code) in [
        (json!({}), ErrorCode::MalformedRequest),
        (json!({"label": 1}), ErrorCode::MalformedRequest),
        (json!({"label": "x", "policy": "banking"}), ErrorCode::InvalidInput),
    ] {
        ada.request("PATCH", &path).json(&form).await.assert_refused(code);
    }
    assert_eq!(current_label(&ada).await.as_deref(), Some("before"));
}

#[app_test(each_policy)]
async fn only_the_callers_live_sessions_can_be_labeled(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let eve = app.logged_in("eve@example.com").await;
    let logged_out = app.logged_in(ADA).await;
    logged_out.log_out().await.assert_ok();

    let responses = [
        set_label(&eve, ada.session_id(), "Eve was here").await,
        set_label(&eve, "00000000000000000000000000000000", "Eve was here").await,
        set_label(&ada, logged_out.session_id(), "ended").await,
    ];

    let bodies = responses.map(|response| response.assert_refused(ErrorCode::NotFound).body);
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    assert_eq!(current_label(&ada).await, None);
    for malformed in ["%00", "%FF", "a%2Fb", "..%2F", "%20", &"a".repeat(1000)] {
        set_label(&ada, malformed, "label").await.assert_refused(ErrorCode::NotFound);
    }
}

#[app_test]
async fn the_refresh_cookie_authorizes_no_session_request(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let id = format!("/api/sessions/{}", ada.session_id());
    for (method, path) in
        [("GET", "/api/sessions"), ("DELETE", "/api/sessions"), ("DELETE", "/api/sessions/others"), ("DELETE", &id)]
    {
        app.request(method, path).refresh_cookie(&ada.credential).await.assert_refused(ErrorCode::TokenMissing);
    }
    ada.me().await.assert_ok();
}
