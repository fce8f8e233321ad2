//! The list of sessions, and the names that people give their devices.

use doorward_api::{EndReason, ErrorCode};
use macro_rules_attribute::apply;
use serde_json::{Value, json};

use crate::fixture::{Answer, PASSWORD, Person};

const ADA: &str = "ada@example.com";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.0 Mobile/15E148 Safari/604.1";

async fn rename(person: &Person, session: &str, label: impl Into<Value>) -> Answer {
    person.on_sessions("PATCH", &format!("/{session}")).json(&json!({"label": label.into()})).await
}

async fn label(person: &Person) -> Option<String> {
    person.sessions().await.into_iter().find(|session| session.current).expect("the current one").label
}

#[apply(under_each_policy!)]
async fn r40_newest_first_and_exactly_one_is_current(app: TestApp) {
    let mut people = Vec::new();
    for _ in 0..3 {
        people.push(app.logged_in(ADA).await);
        app.advance(1);
    }
    app.logged_in("bob@example.com").await;

    for person in &people {
        let sessions = person.sessions().await;
        let ids: Vec<_> = sessions.iter().map(|session| session.id.as_str()).collect();
        let current: Vec<_> = sessions.iter().filter(|session| session.current).map(|one| one.id.as_str()).collect();
        assert_eq!(ids, [people[2].session(), people[1].session(), people[0].session()]);
        assert_eq!(current, [person.session()]);
    }
}

#[apply(under_policies_that_renew!)]
async fn r40_device_address_and_times_are_shown_and_no_token(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    let form = json!({"email": ADA, "password": PASSWORD});
    let login = app.post("/api/auth/login").header("user-agent", IPHONE).from("198.51.100.9").json(&form).await;
    let mut phone = Person::from_grant(&app, ADA, login);
    app.advance(60);
    phone.renew().await;

    let answer = phone.on_sessions("GET", "").await.assert_ok();

    assert!(!answer.text().to_lowercase().contains("token"), "{}", answer.text());
    let list = answer.json();
    let this = list.as_array().expect("a list").iter().find(|one| one["current"] == true).expect("the current one");
    assert_eq!(
        *this,
        json!({
            "id": phone.session(), "current": true, "policy": app.policy(), "label": null,
            "device": {"browser": "Safari", "os": "iPhone"}, "ip": "198.51.100.9",
            "created_at": "2026-01-01T00:00:00Z", "last_used_at": "2026-01-01T00:01:00Z",
            "expires_at": "2026-01-31T00:00:00Z",
        })
    );
}

#[apply(under_policies_that_renew!)]
async fn what_is_over_is_not_in_the_list(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "10m")).await;
    let _idle = app.logged_in(ADA).await;
    app.advance(601 + app.late(600));
    let out = app.logged_in(ADA).await;
    out.log_out().await.assert_ok();
    let ada = app.logged_in(ADA).await;

    let sessions = ada.sessions().await;

    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].id, ada.session());
}

#[apply(under_policies_with_refresh_tokens!)]
async fn whose_own_session_is_idle_is_told_so(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "5s")).await;
    let ada = app.logged_in(ADA).await;
    app.advance(6);
    ada.on_sessions("GET", "").await.assert_refused(ErrorCode::TokenExpired);
    ada.refresh().await.assert_ended(EndReason::Idle);
}

#[apply(under_each_policy!)]
async fn a_device_gets_a_name_and_loses_it(app: TestApp) {
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;

    let answer = rename(&laptop, phone.session(), "  Ada's phone ").await.assert_status(200).json();
    assert_eq!((&answer["label"], &answer["current"]), (&json!("Ada's phone"), &json!(false)));
    assert_eq!(label(&phone).await.as_deref(), Some("Ada's phone"));
    assert_eq!(label(&laptop).await, None);

    for nothing in [json!(null), json!(""), json!("   ")] {
        rename(&phone, phone.session(), "named").await.assert_ok();
        assert_eq!(rename(&phone, phone.session(), nothing).await.assert_ok().json()["label"], Value::Null);
        assert_eq!(label(&phone).await, None);
    }
}

#[apply(under_each_policy!)]
async fn markup_in_a_name_is_text(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for text in ["<script>alert(1)</script>", "'; drop table sessions; --", "📱 ночь", &"x".repeat(100)] {
        rename(&ada, ada.session(), text).await.assert_ok();
        assert_eq!(label(&ada).await.as_deref(), Some(text));
    }
}

#[apply(under_each_policy!)]
async fn a_name_is_one_readable_line(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    rename(&ada, ada.session(), "before").await.assert_ok();
    for text in ["a\nb", "a\0b", "a\u{202E}b", "a\u{1b}[31mb", &"x".repeat(101), &"x".repeat(10_000)] {
        rename(&ada, ada.session(), text).await.assert_wrong(&["label"]);
    }
    rename(&ada, ada.session(), "x".repeat(17_000)).await.assert_refused(ErrorCode::TooLarge);
    let path = format!("/{}", ada.session());
    for (form, code) in [
        (json!({}), ErrorCode::MalformedRequest),
        (json!({"label": 1}), ErrorCode::MalformedRequest),
        (json!({"label": "x", "policy": "banking"}), ErrorCode::InvalidInput),
    ] {
        ada.on_sessions("PATCH", &path).json(&form).await.assert_refused(code);
    }
    assert_eq!(label(&ada).await.as_deref(), Some("before"));
}

#[apply(under_each_policy!)]
async fn only_ones_own_live_sessions_are_named(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let eve = app.logged_in("eve@example.com").await;
    let out = app.logged_in(ADA).await;
    out.log_out().await.assert_ok();

    let answers = [
        rename(&eve, ada.session(), "Eve was here").await,
        rename(&eve, "00000000000000000000000000000000", "Eve was here").await,
        rename(&ada, out.session(), "over").await,
    ];

    let bodies = answers.map(|answer| answer.assert_refused(ErrorCode::NotFound).body);
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    assert_eq!(label(&ada).await, None);
    for odd in ["%00", "%FF", "a%2Fb", "..%2F", "%20", &"a".repeat(1000)] {
        rename(&ada, odd, "odd").await.assert_refused(ErrorCode::NotFound);
    }
}

#[apply(on_both_databases!)]
async fn the_cookie_alone_sees_nothing(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let id = format!("/api/sessions/{}", ada.session());
    for (method, path) in
        [("GET", "/api/sessions"), ("DELETE", "/api/sessions"), ("DELETE", "/api/sessions/others"), ("DELETE", &id)]
    {
        app.request(method, path).cookie(&ada.kept).await.assert_refused(ErrorCode::TokenMissing);
    }
    ada.me().await.assert_ok();
}
