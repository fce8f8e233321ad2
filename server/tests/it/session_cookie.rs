//! The session cookie of `server-session`: how it is created, read and rejected.

use std::collections::HashSet;

use aws_lc_rs::digest;
use doorward_api::{EndReason, ErrorCode};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, Forgery, PASSWORD, Request, TestApp};

const ADA: &str = "ada@example.com";

/// Requests of every kind that need a session. The tests send them only where they must have no effect.
fn private_requests(app: &TestApp) -> Vec<Request> {
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

/// Its attributes are checked on every response that sets it.
#[app_test(server_session)]
async fn the_cookie_is_random_and_the_database_has_its_hash(app: TestApp) {
    let mut values = HashSet::new();
    for _ in 0..20 {
        let ada = app.logged_in(ADA).await;
        assert_eq!(hex::decode(&ada.credential).expect("hex").len(), 32, "256 bits");
        let hash = hex::encode(digest::digest(&digest::SHA256, ada.credential.as_bytes()));
        let stored = format!("select token_hash from sessions where session_id = '{}'", ada.session_id());
        assert_eq!(app.database().value(stored).await, hash);
        // Nothing in the database works as a cookie.
        app.get("/api/me").session_cookie(&hash).await.assert_ended(EndReason::Unknown);
        app.get("/api/me").session_cookie(ada.session_id()).await.assert_ended(EndReason::Unknown);
        assert!(values.insert(ada.credential));
    }
}

#[app_test(server_session)]
async fn the_session_id_is_rejected_anywhere_but_in_its_cookie(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let id = ada.credential.as_str();
    let (me, refresh) = (|| app.get("/api/me"), || app.post("/api/auth/refresh"));

    me().bearer(id).await.assert_refused(ErrorCode::TokenInvalid);
    me().bearer(id).session_cookie(id).await.assert_refused(ErrorCode::TokenInvalid);
    me().header("authorization", format!("Basic {id}")).await.assert_refused(ErrorCode::TokenMissing);
    me().header("doorward-session", id).await.assert_refused(ErrorCode::TokenMissing);
    me().header("x-session", id).await.assert_refused(ErrorCode::TokenMissing);
    me().refresh_cookie(id).await.assert_refused(ErrorCode::TokenMissing);
    app.get(&format!("/api/me?session={id}")).await.assert_refused(ErrorCode::TokenMissing);
    refresh().refresh_cookie(id).await.assert_ended(EndReason::Unknown);
    refresh().with_refresh_token(id).await.assert_ended(EndReason::Unknown);
    refresh().bearer(id).await.assert_refused(ErrorCode::SessionMissing);

    app.post("/api/auth/logout").refresh_cookie(id).await.assert_status(204);
    app.post("/api/auth/logout").with_refresh_token(id).await.assert_status(204);
    app.post("/api/auth/logout").bearer(id).await.assert_status(204);
    ada.me().await.assert_ok();
}

#[app_test(server_session)]
async fn a_malformed_cookie_is_rejected_without_a_query(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let now = app.unix_time();
    // Well-signed JWTs for this session.
    let refresh =
        Forgery::refresh_token_of_no_session(&app).claim("sid", json!(ada.session_id())).signed_as_refresh_token(&app);
    let access = Forgery {
        header: json!({"typ": "at+jwt", "alg": "EdDSA", "kid": app.state().key_ring.current().newest().kid}),
        claims: json!({
            "iss": "https://doorward.test", "aud": "https://doorward.test", "sub": ada.user_id(),
            "sid": ada.session_id(), "jti": "1", "iat": now, "nbf": now, "exp": now + 60, "auth_time": now,
            "name": "Ada", "roles": [],
        }),
    };
    let malformed = [
        access.signed_as_access_token(&app),
        refresh,
        String::new(),
        ada.credential.to_uppercase(),
        ada.credential[..63].to_owned(),
        format!("{}0", ada.credential),
        format!("\"{}\"", ada.credential),
        format!("{} {}", &ada.credential[..32], &ada.credential[32..]),
        format!("{}%", &ada.credential[..63]),
        "' or '1'='1".into(),
        "ä".repeat(32),
        "x".repeat(8000),
    ];
    app.database().break_table("sessions").await;
    for value in &malformed {
        app.get("/api/me").session_cookie(value).await.assert_ended(EndReason::Unknown);
        app.post("/api/auth/refresh").session_cookie(value).await.assert_ended(EndReason::Unknown);
        app.post("/api/auth/logout").session_cookie(value).await.assert_status(204);
    }
    app.database().repair_table("sessions").await;
    for value in &malformed {
        app.get("/api/me").session_cookie(value).await.assert_ended(EndReason::Unknown);
    }
    ada.me().await.assert_ok();
}

#[app_test(server_session)]
async fn two_session_cookies_are_refused(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;
    let auth = |path: &str| app.post(path).json(&json!({}));
    let mut requests = private_requests(&app);
    requests.extend([auth("/api/auth/refresh"), auth("/api/auth/logout")]);
    requests.push(app.post("/api/auth/login").json(&json!({"email": ADA, "password": PASSWORD})));
    for request in requests {
        for (one, other) in [(&ada, &bob), (&bob, &ada), (&ada, &ada)] {
            let twice = request.clone().session_cookie(&one.credential).session_cookie(&other.credential);
            twice.await.assert_refused(ErrorCode::MalformedRequest);
        }
        let line = [b"__Host-Http-session=\xff; __Host-Http-session=", ada.credential.as_bytes()].concat();
        request.header("cookie", line).await.assert_refused(ErrorCode::MalformedRequest);
    }
    for browser in [&ada, &bob] {
        browser.refresh().await.assert_ok();
    }
    assert_eq!(app.database().value("select count(*) from sessions where ended_at is null").await, "2");
}

#[app_test(server_session)]
async fn other_cookies_are_ignored(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let id = &ada.credential;
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
        let response = app.get("/api/me").header("cookie", format!("{name}={id}")).await;
        response.assert_refused(ErrorCode::TokenMissing);
    }
}

#[app_test(server_session)]
async fn a_planted_cookie_is_never_adopted(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    let planted = "0123456789abcdef".repeat(4);
    let login = |id: &str| {
        let form = json!({"email": ADA, "password": PASSWORD});
        app.post("/api/auth/login").session_cookie(id).json(&form)
    };

    let ada = Browser::from_response(&app, ADA, login(&planted).await);
    assert_ne!(ada.credential, planted);
    app.get("/api/me").session_cookie(&planted).await.assert_ended(EndReason::Unknown);

    // Nor is the cookie of an attacker's session adopted: that session ends.
    let eve = app.logged_in("eve@example.com").await;
    let victim = Browser::from_response(&app, ADA, login(&eve.credential).await);
    assert_ne!(victim.credential, eve.credential);
    eve.me().await.assert_ended(EndReason::Replaced);
    victim.me().await.assert_ok();

    // The same holds for a registration, and a failed login changes nothing.
    let form = json!({"email": "bob@example.com", "password": PASSWORD, "name": "Bob"});
    let registered = app.post("/api/auth/register").session_cookie(&planted).json(&form).await;
    assert_ne!(Browser::from_response(&app, "bob@example.com", registered).credential, planted);
    let wrong = json!({"email": ADA, "password": "wrong horse battery staple"});
    let failed = app.post("/api/auth/login").session_cookie(&victim.credential).json(&wrong).await;
    failed.assert_refused(ErrorCode::InvalidCredentials);
    victim.me().await.assert_ok();
}

#[app_test(server_session)]
async fn a_cookie_is_never_reused(app: TestApp) {
    let mut ids = Vec::new();
    let mut ada = app.logged_in(ADA).await;
    for _ in 0..5 {
        ids.push(ada.credential.clone());
        ada = ada.log_in_again().await;
        ada.refresh_and_store().await;
    }
    ada.log_out().await.assert_ok();
    for id in ids {
        assert_ne!(id, ada.credential);
        app.get("/api/me").session_cookie(&id).await.assert_ended(EndReason::Replaced);
    }
    ada.me().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(server_session)]
async fn the_cookie_may_be_insecure_on_a_loopback_address(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("cookie_secure", "false");
        settings.set("public_url", "http://localhost:3000");
    })
    .await;
    let response = app.register(ADA, PASSWORD).await.assert_ok();
    let cookie = format!("session={}", response.cookie("session").expect("a cookie"));

    app.get("/api/me").header("cookie", &cookie).await.assert_ok();
    app.post("/api/auth/refresh").header("cookie", &cookie).await.assert_ok();
    app.get("/api/me").header("cookie", format!("__Host-Http-{cookie}")).await.assert_refused(ErrorCode::TokenMissing);
    app.post("/api/auth/logout").header("cookie", &cookie).await.assert_status(204);
    app.get("/api/me").header("cookie", &cookie).await.assert_ended(EndReason::LoggedOut);
}

#[app_test(server_session)]
async fn other_sites_cannot_use_the_cookie(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let one = format!("/api/sessions/{}", laptop.session_id());
    let mut requests: Vec<_> = private_requests(&app).into_iter().filter(|request| request.method != "GET").collect();
    requests.push(app.request("DELETE", &one));
    requests.push(app.request("PATCH", &one).json(&json!({"label": "Eve was here"})));
    requests.extend(["/api/auth/refresh", "/api/auth/logout"].map(|path| app.post(path)));
    requests.push(app.post("/api/auth/login").json(&json!({"email": ADA, "password": PASSWORD})));
    let rejected: [&[(&str, &str)]; 6] = [
        &[],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://doorward.test")],
        &[("sec-fetch-site", "none")],
        &[("origin", "null")],
        &[("origin", "https://sub.doorward.test")],
    ];
    for request in requests {
        for headers in rejected {
            let mut request = request.clone().without_header("sec-fetch-site").with_cookie_of(&ada);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            request.await.assert_refused(ErrorCode::CrossSiteRequest);
        }
    }
    assert_eq!(ada.account().await.assert_ok().json()["name"], "Ada Lovelace");
    assert_eq!(laptop.sessions().await.iter().filter(|session| session.label.is_none()).count(), 2);
}
