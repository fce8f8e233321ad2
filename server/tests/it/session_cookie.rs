//! The session cookie of `server-session`: how it is made, read and refused.

use std::collections::HashSet;

use aws_lc_rs::digest;
use doorward_api::{EndReason, ErrorCode};
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{Forgery, PASSWORD, Person, Request, TestApp};

const ADA: &str = "ada@example.com";

macro_rules! under_server_session {
    ($($test:tt)*) => { under_policies! { [server_session ServerSession] $($test)* } };
}

/// Requests that only somebody may make, of every kind; none of them is to have an effect.
fn private(app: &TestApp) -> Vec<Request> {
    let password = json!({"current_password": PASSWORD, "new_password": "another horse and another staple"});
    let reads = ["/api/me", "/api/account", "/api/activity", "/api/sessions", "/api/sessions/events"];
    let mut all: Vec<_> = reads.into_iter().map(|path| app.get(path)).collect();
    all.extend([
        app.post("/api/account/password").json(&password),
        app.post("/api/fn/change_name").json(&json!({"name": "Eve"})),
        app.request("DELETE", "/api/sessions"),
        app.request("DELETE", "/api/sessions/others"),
    ]);
    all
}

// Its attributes are checked on every answer that sets one.
#[apply(under_server_session!)]
async fn r31_r32_its_value_is_random_and_the_database_has_its_hash(app: TestApp) {
    let mut values = HashSet::new();
    for _ in 0..20 {
        let ada = app.logged_in(ADA).await;
        assert_eq!(hex::decode(&ada.kept).expect("hex").len(), 32, "256 bits");
        let hash = hex::encode(digest::digest(&digest::SHA256, ada.kept.as_bytes()));
        let stored = format!("select token_hash from sessions where session_id = '{}'", ada.session());
        assert_eq!(app.database().value(stored).await, hash);
        // The database knows nothing that opens anything.
        app.get("/api/me").session_cookie(&hash).await.assert_ended(EndReason::Unknown);
        app.get("/api/me").session_cookie(ada.session()).await.assert_ended(EndReason::Unknown);
        assert!(values.insert(ada.kept));
    }
}

#[apply(under_server_session!)]
async fn sent_as_anything_else_it_proves_nothing(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let id = ada.kept.as_str();
    let (me, refresh) = (|| app.get("/api/me"), || app.post("/api/auth/refresh"));

    me().bearer(id).await.assert_refused(ErrorCode::TokenInvalid);
    me().bearer(id).session_cookie(id).await.assert_refused(ErrorCode::TokenInvalid);
    me().header("authorization", format!("Basic {id}")).await.assert_refused(ErrorCode::TokenMissing);
    me().header("doorward-session", id).await.assert_refused(ErrorCode::TokenMissing);
    me().header("x-session", id).await.assert_refused(ErrorCode::TokenMissing);
    me().cookie(id).await.assert_refused(ErrorCode::TokenMissing);
    app.get(&format!("/api/me?session={id}")).await.assert_refused(ErrorCode::TokenMissing);
    refresh().cookie(id).await.assert_ended(EndReason::Unknown);
    refresh().with_refresh_token(id).await.assert_ended(EndReason::Unknown);
    refresh().bearer(id).await.assert_refused(ErrorCode::SessionMissing);

    app.post("/api/auth/logout").cookie(id).await.assert_status(204);
    app.post("/api/auth/logout").with_refresh_token(id).await.assert_status(204);
    app.post("/api/auth/logout").bearer(id).await.assert_status(204);
    ada.me().await.assert_ok();
}

#[apply(under_server_session!)]
async fn what_is_no_id_of_ours_is_refused_and_not_even_looked_up(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let now = app.seconds();
    // JWTs, well signed, for this very session.
    let refresh = Forgery::fresh_refresh_token(&app).claim("sid", json!(ada.session())).signed_for_refresh(&app);
    let access = Forgery {
        header: json!({"typ": "at+jwt", "alg": "EdDSA", "kid": app.state().key_ring.current().newest().kid}),
        claims: json!({
            "iss": "https://doorward.test", "aud": "https://doorward.test", "sub": ada.grant.user.id,
            "sid": ada.session(), "jti": "1", "iat": now, "nbf": now, "exp": now + 60, "auth_time": now,
            "name": "Ada", "roles": [],
        }),
    };
    let odd = [
        access.signed_for_access(&app),
        refresh,
        String::new(),
        ada.kept.to_uppercase(),
        ada.kept[..63].to_owned(),
        format!("{}0", ada.kept),
        format!("\"{}\"", ada.kept),
        format!("{} {}", &ada.kept[..32], &ada.kept[32..]),
        format!("{}%", &ada.kept[..63]),
        "' or '1'='1".into(),
        "ä".repeat(32),
        "x".repeat(8000),
    ];
    app.database().lose("sessions").await;
    for value in &odd {
        app.get("/api/me").session_cookie(value).await.assert_ended(EndReason::Unknown);
        app.post("/api/auth/refresh").session_cookie(value).await.assert_ended(EndReason::Unknown);
        app.post("/api/auth/logout").session_cookie(value).await.assert_status(204);
    }
    app.database().bring_back("sessions").await;
    for value in &odd {
        app.get("/api/me").session_cookie(value).await.assert_ended(EndReason::Unknown);
    }
    ada.me().await.assert_ok();
}

#[apply(under_server_session!)]
async fn r27_two_of_them_are_refused_everywhere(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;
    let auth = |path: &str| app.post(path).json(&json!({}));
    let mut requests = private(&app);
    requests.extend([auth("/api/auth/refresh"), auth("/api/auth/logout")]);
    requests.push(app.post("/api/auth/login").json(&json!({"email": ADA, "password": PASSWORD})));
    for request in requests {
        for (one, other) in [(&ada, &bob), (&bob, &ada), (&ada, &ada)] {
            let twice = request.clone().session_cookie(&one.kept).session_cookie(&other.kept);
            twice.await.assert_refused(ErrorCode::MalformedRequest);
        }
        let line = [b"__Host-Http-session=\xff; __Host-Http-session=", ada.kept.as_bytes()].concat();
        request.header("cookie", line).await.assert_refused(ErrorCode::MalformedRequest);
    }
    for person in [&ada, &bob] {
        person.refresh().await.assert_ok();
    }
    assert_eq!(app.database().value("select count(*) from sessions where ended_at is null").await, "2");
}

#[apply(under_server_session!)]
async fn other_cookies_are_nobodys_business(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let id = &ada.kept;
    for line in [
        format!("a=1; __Host-Http-session={id}; b=2"),
        format!("session=x; __host-http-session=x; x__Host-Http-session=x; __Host-Http-session={id}"),
        format!("name=Jürgen;__Host-Http-session={id}"),
        format!("__Host-Http-refresh=x; __Host-Http-session={id}"),
    ] {
        app.get("/api/me").header("cookie", &line).await.assert_ok();
        app.post("/api/auth/refresh").header("cookie", &line).await.assert_ok();
    }
    for name in ["__host-http-session", "__Host-session", "session", "__Host-Http-session2", "__Host-Http-session "] {
        let answer = app.get("/api/me").header("cookie", format!("{name}={id}")).await;
        answer.assert_refused(ErrorCode::TokenMissing);
    }
}

#[apply(under_server_session!)]
async fn r36_a_planted_id_is_never_taken_on(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    let planted = "0123456789abcdef".repeat(4);
    let login = |id: &str| {
        let form = json!({"email": ADA, "password": PASSWORD});
        app.post("/api/auth/login").session_cookie(id).json(&form)
    };

    let ada = Person::from_grant(&app, ADA, login(&planted).await);
    assert_ne!(ada.kept, planted);
    app.get("/api/me").session_cookie(&planted).await.assert_ended(EndReason::Unknown);

    // Nor one that an attacker has a session of: it ends, and only the new one is the person's.
    let eve = app.logged_in("eve@example.com").await;
    let victim = Person::from_grant(&app, ADA, login(&eve.kept).await);
    assert_ne!(victim.kept, eve.kept);
    eve.me().await.assert_ended(EndReason::Replaced);
    victim.me().await.assert_ok();

    // A registration is a login too, and a failed login changes nothing.
    let form = json!({"email": "bob@example.com", "password": PASSWORD, "name": "Bob"});
    let registered = app.post("/api/auth/register").session_cookie(&planted).json(&form).await;
    assert_ne!(Person::from_grant(&app, "bob@example.com", registered).kept, planted);
    let wrong = json!({"email": ADA, "password": "wrong horse battery staple"});
    let failed = app.post("/api/auth/login").session_cookie(&victim.kept).json(&wrong).await;
    failed.assert_refused(ErrorCode::InvalidCredentials);
    victim.me().await.assert_ok();
}

#[apply(under_server_session!)]
async fn an_id_is_never_used_again(app: TestApp) {
    let mut ids = Vec::new();
    let mut ada = app.logged_in(ADA).await;
    for _ in 0..5 {
        ids.push(ada.kept.clone());
        ada = ada.log_in_again().await;
        ada.renew().await;
    }
    ada.log_out().await.assert_ok();
    for id in ids {
        assert_ne!(id, ada.kept);
        app.get("/api/me").session_cookie(&id).await.assert_ended(EndReason::Replaced);
    }
    ada.me().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_server_session!)]
async fn on_loopback_it_can_do_without_a_secure_origin(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("cookie_secure", "false");
        settings.set("public_url", "http://localhost:3000");
    })
    .await;
    let answer = app.register(ADA, PASSWORD).await.assert_ok();
    let cookie = format!("session={}", answer.cookie("session").expect("a cookie"));

    app.get("/api/me").header("cookie", &cookie).await.assert_ok();
    app.post("/api/auth/refresh").header("cookie", &cookie).await.assert_ok();
    app.get("/api/me").header("cookie", format!("__Host-Http-{cookie}")).await.assert_refused(ErrorCode::TokenMissing);
    app.post("/api/auth/logout").header("cookie", &cookie).await.assert_status(204);
    app.get("/api/me").header("cookie", &cookie).await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_server_session!)]
async fn r72_r73_no_other_site_can_use_it(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let one = format!("/api/sessions/{}", laptop.session());
    let mut requests: Vec<_> = private(&app).into_iter().filter(|request| request.method != "GET").collect();
    requests.push(app.request("DELETE", &one));
    requests.push(app.request("PATCH", &one).json(&json!({"label": "Eve was here"})));
    requests.extend(["/api/auth/refresh", "/api/auth/logout"].map(|path| app.post(path)));
    requests.push(app.post("/api/auth/login").json(&json!({"email": ADA, "password": PASSWORD})));
    let bad: [&[(&str, &str)]; 6] = [
        &[],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://doorward.test")],
        &[("sec-fetch-site", "none")],
        &[("origin", "null")],
        &[("origin", "https://sub.doorward.test")],
    ];
    for request in requests {
        for headers in bad {
            let mut request = request.clone().without("sec-fetch-site").in_browser_of(&ada);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            request.await.assert_refused(ErrorCode::CrossSiteRequest);
        }
    }
    assert_eq!(ada.account().await.assert_ok().json()["name"], "Ada Lovelace");
    assert_eq!(laptop.sessions().await.iter().filter(|session| session.label.is_none()).count(), 2);
}
