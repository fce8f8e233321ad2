//! Requests that other sites make a browser send.

use doorward_api::{CredentialStorage, ErrorCode};
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{PASSWORD, PUBLIC_URL, Person, TestApp};

const POSTS: [&str; 5] =
    ["/api/auth/register", "/api/auth/login", "/api/auth/refresh", "/api/auth/logout", "/api/account/password"];

/// Sends what would be a good request, but for the given headers.
async fn status(app: &TestApp, person: &Person, path: &str, headers: &[(&str, &str)], cookie: bool) -> u16 {
    let mut request = app.post(path).without("sec-fetch-site");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if cookie {
        request = request.in_browser_of(person);
    }
    if let Some(token) = &person.grant.access_token {
        request = request.bearer(token);
    }
    let form = match path {
        "/api/auth/register" => json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}),
        "/api/auth/login" => json!({"email": "ada@example.com", "password": PASSWORD}),
        "/api/account/password" => json!({"current_password": PASSWORD, "new_password": PASSWORD}),
        _ => match person.credential_storage() {
            CredentialStorage::RefreshToken => json!({"refresh_token": person.kept}),
            _ => json!({}),
        },
    };
    let answer = request.json(&form).await;
    if answer.status == 403 {
        return answer.assert_refused(ErrorCode::CrossSiteRequest).status;
    }
    answer.status
}

#[apply(under_each_policy!)]
async fn r72_r73_what_does_not_come_from_our_pages_is_refused_and_has_no_effect(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let refused: [&[(&str, &str)]; 16] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "")],
        &[("sec-fetch-site", "Same-Origin")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", PUBLIC_URL)],
        &[("origin", "null")],
        &[("origin", "")],
        &[("origin", "https://evil.example")],
        &[("origin", "http://doorward.test")],
        &[("origin", "https://doorward.test:444")],
        &[("origin", "https://doorward.test/")],
        &[("origin", "https://doorward.test.evil.example")],
        &[("origin", "https://sub.doorward.test")],
        &[("origin", PUBLIC_URL), ("origin", "https://evil.example")],
    ];
    for headers in refused {
        for path in POSTS {
            for cookie in [true, false] {
                assert_eq!(status(&app, &ada, path, headers, cookie).await, 403, "{path} {headers:?} {cookie}");
            }
        }
    }
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
    assert_eq!(app.database().value("select count(*) from sessions").await, "1");
}

#[apply(under_each_policy!)]
async fn r72_our_own_pages_are_let_through(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let taken: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "same-origin"), ("origin", PUBLIC_URL)],
        &[("origin", PUBLIC_URL)],
        &[("origin", PUBLIC_URL), ("referer", "https://doorward.test/login")],
    ];
    for headers in taken {
        let refreshed = if app.credential_storage().is_renewable() { 200 } else { 401 };
        assert_eq!(status(&app, &ada, "/api/auth/refresh", headers, true).await, refreshed, "{headers:?}");
        assert_eq!(status(&app, &ada, "/api/auth/login", headers, false).await, 200, "{headers:?}");
    }
}

#[apply(under_each_policy!)]
async fn r72_without_any_word_on_the_origin_there_must_be_no_cookie(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    for path in POSTS {
        if app.credential_storage().is_cookie() {
            assert_eq!(status(&app, &ada, path, &[], true).await, 403, "{path}");
        }
        let other_cookie = status(&app, &ada, path, &[("cookie", "theme=dark")], false).await;
        assert_eq!(other_cookie, 403, "{path}");
    }
    assert_eq!(status(&app, &ada, "/api/auth/login", &[], false).await, 200);
    assert_eq!(status(&app, &ada, "/api/auth/logout", &[], false).await, 204);
}

#[apply(under_each_policy!)]
async fn r70_reading_needs_no_origin_and_changes_nothing(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for site in ["cross-site", "same-site", "none", "same-origin"] {
        ada.get("/api/me").header("sec-fetch-site", site).await.assert_status(200);
        let answer = ada.get("/api/auth/logout").header("sec-fetch-site", site).await;
        answer.assert_refused(ErrorCode::MethodNotAllowed);
    }
    ada.refresh().await.assert_ok();
}

#[apply(under_each_policy!)]
async fn r74_no_other_site_is_given_leave_by_a_preflight(app: TestApp) {
    for origin in ["https://evil.example", "null"] {
        for path in POSTS.into_iter().chain(["/api/me", "/.well-known/jwks.json"]) {
            let preflight = app
                .request("OPTIONS", path)
                .without("sec-fetch-site")
                .header("sec-fetch-site", "cross-site")
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type");
            // That no answer has a CORS header is checked on every one.
            preflight.await.assert_refused(ErrorCode::CrossSiteRequest);
        }
    }
}

#[apply(under_each_policy!)]
async fn pages_and_unknown_addresses_are_guarded_like_the_api(app: TestApp) {
    for path in ["/login", "/account", "/nothing", "/api/nothing", "/healthz"] {
        let answer = app.request("POST", path).without("sec-fetch-site").header("sec-fetch-site", "cross-site").await;
        answer.assert_refused(ErrorCode::CrossSiteRequest);
    }
}
