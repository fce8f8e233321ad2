//! Who chooses how a session behaves: the operator, by role, and nobody else.

use doorward_api::{EndReason, ErrorCode, PolicyName};
use macro_rules_attribute::apply;
use serde_json::{Value, json};

use crate::fixture::{PASSWORD, Person, TestApp};

const ADA: &str = "ada@example.com";

/// With a policy for each of these roles, beside the one for everybody.
async fn with_roles(app: &TestApp) {
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

/// Somebody new with these roles, logged in.
async fn logged_in_with(app: &TestApp, email: &str, roles: &str) -> Person {
    app.register(email, PASSWORD).await.assert_ok();
    give_roles(app, email, roles).await;
    app.logged_in(email).await
}

/// The policy that the list of sessions shows for this one.
async fn current(person: &Person) -> PolicyName {
    person.sessions().await.into_iter().find(|session| session.current).expect("the current one").policy
}

#[apply(under_each_policy!)]
async fn r48_the_strictest_policy_of_all_roles_wins(app: TestApp) {
    with_roles(&app).await;
    let usual = app.policy();
    for (number, (roles, policy)) in [
        ("", usual),
        ("editor", usual),
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
        let person = logged_in_with(&app, &format!("person{number}@example.com"), roles).await;
        assert_eq!(person.grant.session.policy, policy, "{roles:?}");
        person.me().await.assert_ok();
        person.refresh().await.assert_ok();
        assert_eq!(current(&person).await, policy);
        person.log_out().await.assert_ok();
        person.me().await.assert_ended(EndReason::LoggedOut);
    }
}

#[apply(under_each_policy!)]
async fn r48_a_client_cannot_ask_for_another_one(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let forms = [
        ("/api/auth/register", json!({"email": "eve@example.com", "password": PASSWORD, "name": "Eve"})),
        ("/api/auth/login", json!({"email": ADA, "password": PASSWORD})),
        ("/api/auth/refresh", json!({})),
        ("/api/auth/refresh", json!({"refresh_token": ada.kept})),
        ("/api/auth/logout", json!({})),
        ("/api/auth/logout", json!({"refresh_token": ada.kept})),
    ];
    let wishes: [(&str, Value); 8] = [
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
        for (name, value) in &wishes {
            let mut form = form.clone();
            form[name] = value.clone();
            app.post(path).in_browser_of(&ada).json(&form).await.assert_wrong(&[name]);
        }
    }
    // Nothing has begun and nothing has ended.
    assert_eq!(app.database().rows("select session_id, ended_at from sessions").await, [[ada.session(), "null"]]);
    assert_eq!(app.database().value("select count(*) from users").await, "1");
    let asked = app.post("/api/auth/login?policy=retention").header("doorward-policy", "retention");
    let answer = asked.json(&json!({"email": ADA, "password": PASSWORD})).await;
    assert_eq!(Person::from_grant(&app, ADA, answer).grant.session.policy, app.policy());
}

/// By bearer or by cookie, whatever the policy for everybody is: a session is proved as it began.
#[apply(under_each_policy!)]
async fn sessions_of_all_policies_live_side_by_side(app: TestApp) {
    with_roles(&app).await;
    let mut people = Vec::new();
    for roles in ["kiosk", "staff", "auditor", "teller"] {
        people.push(logged_in_with(&app, &format!("{roles}@example.com"), roles).await);
    }
    for one in &people {
        one.me().await.assert_ok();
        one.refresh().await.assert_ok();
        for other in people.iter().filter(|other| other.session() != one.session()) {
            // What one keeps, shown as the others keep theirs.
            if !one.kept.is_empty() && one.credential_storage() != other.credential_storage() {
                let shown = Person { kept: one.kept.clone(), ..other.clone() };
                if other.credential_storage().is_renewable() {
                    shown.refresh().await.assert_ended(EndReason::Unknown);
                }
                app.get("/api/me").bearer(&one.kept).await.assert_refused(ErrorCode::TokenInvalid);
            }
        }
    }
    for person in &people {
        person.refresh().await.assert_ok();
    }
}

#[apply(on_both_databases!)]
async fn r29_of_two_cookies_only_that_of_the_session_opens_the_api(app: TestApp) {
    with_roles(&app).await;
    let ada = logged_in_with(&app, ADA, "kiosk").await;
    let bob = logged_in_with(&app, "bob@example.com", "staff").await;
    for path in ["/api/me", "/api/account", "/api/activity", "/api/sessions", "/api/sessions/events"] {
        app.get(path).cookie(&ada.kept).await.assert_refused(ErrorCode::TokenMissing);
        app.get(path).session_cookie(&ada.kept).await.assert_ended(EndReason::Unknown);
        app.get(path).cookie(&bob.kept).await.assert_refused(ErrorCode::TokenMissing);
    }
    let me = app.get("/api/me").cookie(&ada.kept).session_cookie(&bob.kept).await.assert_ok().json();
    assert_eq!(me["id"], bob.grant.user.id);
}

/// R28: a page says who it is for with its token, whatever cookie was put into its browser.
#[apply(on_both_databases!)]
async fn r28_an_access_token_counts_more_than_a_cookie(app: TestApp) {
    with_roles(&app).await;
    let ada = logged_in_with(&app, ADA, "kiosk").await;
    let tab = logged_in_with(&app, "carol@example.com", "auditor").await;
    let eve = logged_in_with(&app, "eve@example.com", "staff").await;
    for person in [&ada, &tab] {
        let me = person.get("/api/me").session_cookie(&eve.kept).await.assert_ok().json();
        assert_eq!(me["id"], person.grant.user.id);
        let wrong = app.get("/api/me").bearer("x.y.z").session_cookie(&eve.kept).await;
        wrong.assert_refused(ErrorCode::TokenInvalid);
    }
    // So does the refresh token that a page sends on purpose.
    let refresh = app.post("/api/auth/refresh").cookie(&ada.kept).session_cookie(&eve.kept);
    let refreshed = refresh.with_refresh_token(&tab.kept).await.assert_ok().json();
    assert_eq!(refreshed["user"]["id"], tab.grant.user.id);
}

/// Which cookie is left, and that it is one at most, is checked on every answer.
#[apply(under_each_policy!)]
async fn r36_a_login_ends_whatever_sessions_the_browser_had(app: TestApp) {
    with_roles(&app).await;
    app.register("carol@example.com", PASSWORD).await.assert_ok();
    for (path, email) in [("/api/auth/login", "carol@example.com"), ("/api/auth/register", "dora@example.com")] {
        let ada = logged_in_with(&app, &format!("ada.before.{email}"), "kiosk").await;
        let bob = logged_in_with(&app, &format!("bob.before.{email}"), "staff").await;
        let mut form = json!({"email": email, "password": PASSWORD});
        if path.ends_with("register") {
            form["name"] = "Dora".into();
        }
        let answer = app.post(path).cookie(&ada.kept).session_cookie(&bob.kept).json(&form).await;

        let new = Person::from_grant(&app, email, answer);
        assert_eq!(new.grant.session.policy, app.policy());
        new.me().await.assert_ok();
        for before in [ada, bob] {
            before.me().await.assert_ended(EndReason::Replaced);
            before.refresh().await.assert_ended(EndReason::Replaced);
        }
    }
}

#[apply(under_each_policy!)]
async fn a_logout_ends_all_that_the_browser_shows(app: TestApp) {
    with_roles(&app).await;
    let ada = logged_in_with(&app, ADA, "kiosk").await;
    let bob = logged_in_with(&app, "bob@example.com", "staff").await;
    let tab = logged_in_with(&app, "carol@example.com", "auditor").await;
    let teller = logged_in_with(&app, "dora@example.com", "teller").await;

    let out = app.post("/api/auth/logout").cookie(&ada.kept).session_cookie(&bob.kept);
    out.with_refresh_token(&tab.kept).bearer(teller.access_token()).await.assert_status(204);

    for person in [ada, bob, tab, teller] {
        person.me().await.assert_ended(EndReason::LoggedOut);
    }
}

#[apply(under_each_policy!)]
async fn a_dead_cookie_does_not_hide_a_live_one(app: TestApp) {
    with_roles(&app).await;
    let ada = logged_in_with(&app, ADA, "kiosk").await;
    let bob = logged_in_with(&app, "bob@example.com", "staff").await;
    let both = || app.post("/api/auth/refresh").cookie(&ada.kept).session_cookie(&bob.kept);
    bob.log_out().await.assert_ok();
    assert_eq!(both().await.assert_ok().json()["user"]["id"], ada.grant.user.id);
    ada.log_out().await.assert_ok();
    both().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_each_policy!)]
async fn a_stricter_role_ends_the_session_when_it_is_next_used(app: TestApp) {
    with_roles(&app).await;
    let [kiosk, staff, auditor] = [
        (ADA, "kiosk", "kiosk staff"),
        ("bob@example.com", "staff", "auditor"),
        ("carol@example.com", "auditor", "editor teller"),
    ];
    for (email, before, after) in [kiosk, staff, auditor] {
        let person = logged_in_with(&app, email, before).await;
        let elsewhere = app.logged_in(email).await;
        give_roles(&app, email, after).await;

        let told = person.refresh().await.assert_ended(EndReason::PolicyChanged).problem().ended.expect("when");

        assert_eq!(told.by, None, "no device of the person did it");
        person.me().await.assert_ended(EndReason::PolicyChanged);
        person.account().await.assert_ended(EndReason::PolicyChanged);
        let again = Person::from_grant(&app, email, person.log_in_as(email).await);
        assert!(again.grant.session.policy != person.grant.session.policy);
        elsewhere.refresh().await.assert_ended(EndReason::PolicyChanged);
    }
    let ends = "select count(*) from events where kind = 'session_ended' and reason = 'policy_changed' and ip is null";
    assert_eq!(app.database().value(ends).await, "6");
}

#[apply(under_each_policy!)]
async fn a_more_lenient_role_changes_no_session_that_has_begun(app: TestApp) {
    with_roles(&app).await;
    for (email, before) in [("bob@example.com", "staff"), ("carol@example.com", "auditor"), (ADA, "teller")] {
        let mut person = logged_in_with(&app, email, before).await;
        let session = person.grant.session.clone();
        give_roles(&app, email, "kiosk").await;

        person.renew().await;

        person.me().await.assert_ok();
        assert_eq!(current(&person).await, session.policy);
        assert_eq!(
            (person.grant.session.policy, &person.grant.session.expires_at),
            (session.policy, &session.expires_at)
        );
        assert_eq!(app.logged_in(email).await.grant.session.policy, PolicyName::Retention, "the next one");
    }
}

/// The proof of a session, after the operator has chosen another policy for everybody: it counts as it was given, or not at all.
#[apply(under_each_policy!)]
async fn r49_a_proof_of_another_policy_counts_as_it_was_given_or_not_at_all(app: TestApp) {
    for policy in PolicyName::ALL {
        let began = app.policy();
        let ada = app.logged_in(ADA).await;
        app.restart_with(|settings| settings.set("policy", policy.name())).await;
        let position = |name| PolicyName::ALL.iter().position(|other| *other == name);
        let answer = ada.refresh().await;
        if !ada.credential_storage().is_renewable() || position(policy) <= position(began) {
            answer.assert_ok();
            ada.log_out().await.assert_ok();
        } else {
            answer.assert_ended(EndReason::PolicyChanged);
            ada.me().await.assert_ended(EndReason::PolicyChanged);
        }
        app.restart_with(|settings| settings.set("policy", began.name())).await;
        assert_eq!(ada.me().await.status, 401, "nothing brings it back");
    }
}
