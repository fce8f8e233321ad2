//! Cross-site request forgery: requests that other sites make a browser send.

use doorward_api::{CredentialStorage, ErrorCode};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, PUBLIC_URL, TestApp};

const POSTS: [&str; 5] =
    ["/api/auth/register", "/api/auth/login", "/api/auth/refresh", "/api/auth/logout", "/api/account/password"];

/// The status of a request that is valid except for these headers.
async fn status(app: &TestApp, browser: &Browser, path: &str, headers: &[(&str, &str)], cookie: bool) -> u16 {
    let mut request = app.post(path).without_header("sec-fetch-site");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if cookie {
        request = request.with_cookie_of(browser);
    }
    if let Some(token) = &browser.token_response.access_token {
        request = request.bearer(token);
    }
    let form = match path {
        "/api/auth/register" => json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}),
        "/api/auth/login" => json!({"email": "ada@example.com", "password": PASSWORD}),
        "/api/account/password" => json!({"current_password": PASSWORD, "new_password": PASSWORD}),
        _ => match browser.credential_storage() {
            CredentialStorage::RefreshToken => json!({"refresh_token": browser.credential}),
            _ => json!({}),
        },
    };
    let response = request.json(&form).await;
    if response.status == 403 {
        return response.assert_refused(ErrorCode::CrossSiteRequest).status;
    }
    response.status
}

#[app_test(each_policy)]
async fn requests_from_other_origins_are_rejected_without_effect(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let rejected: [&[(&str, &str)]; 22] = [
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
        // Headers that contradict each other.
        &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-origin"), ("origin", "null")],
        &[("sec-fetch-site", "same-origin"), ("origin", "")],
        &[("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1")],
        &[("sec-fetch-site", "same-origin"), ("origin", PUBLIC_URL), ("origin", "null")],
        &[("sec-fetch-site", "none"), ("origin", PUBLIC_URL)],
    ];
    for headers in rejected {
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

#[app_test(each_policy)]
async fn requests_from_our_own_pages_are_accepted(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let accepted: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "same-origin"), ("origin", PUBLIC_URL)],
        &[("origin", PUBLIC_URL)],
        &[("sec-fetch-site", "same-origin"), ("origin", PUBLIC_URL), ("origin", PUBLIC_URL)],
        &[("origin", PUBLIC_URL), ("referer", "https://doorward.test/login")],
    ];
    for headers in accepted {
        let refresh = if app.credential_storage().is_renewable() { 200 } else { 401 };
        assert_eq!(status(&app, &ada, "/api/auth/refresh", headers, true).await, refresh, "{headers:?}");
        assert_eq!(status(&app, &ada, "/api/auth/login", headers, false).await, 200, "{headers:?}");
    }
}

#[app_test(each_policy)]
async fn requests_without_an_origin_are_accepted_only_without_cookies(app: TestApp) {
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

/// As text browsers send it. What comes with a cookie and from another page, or from none, is rejected as before.
#[app_test]
async fn without_an_origin_a_page_of_ours_is_enough_and_no_other_page_is(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for path in POSTS {
        for referer in [PUBLIC_URL, &format!("{PUBLIC_URL}/register/code?next=%2Faccount")] {
            assert_ne!(status(&app, &ada, path, &[("referer", referer)], true).await, 403, "{path} {referer}");
        }
        let ours = ("referer", PUBLIC_URL);
        for headers in [
            &[("referer", "https://evil.example/")][..],
            &[("referer", "https://doorward.test.evil.example/")],
            &[("referer", "https://doorward.test@evil.example/")],
            &[("referer", "http://doorward.test/")],
            &[("referer", "https://doorward.test:444/")],
            &[("referer", "doorward.test")],
            &[("referer", "")],
            &[ours, ("referer", "https://evil.example/")],
            &[ours, ("origin", "null")],
            &[ours, ("origin", "https://evil.example")],
            &[ours, ("sec-fetch-site", "cross-site")],
        ] {
            assert_eq!(status(&app, &ada, path, headers, true).await, 403, "{path} {headers:?}");
        }
    }
}

#[app_test(each_policy)]
async fn reads_need_no_origin(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for site in ["cross-site", "same-site", "none", "same-origin"] {
        ada.get("/api/me").header("sec-fetch-site", site).await.assert_status(200);
        let response = ada.get("/api/auth/logout").header("sec-fetch-site", site).await;
        response.assert_refused(ErrorCode::MethodNotAllowed);
    }
    ada.refresh().await.assert_ok();
}

#[app_test(each_policy)]
async fn preflight_requests_are_rejected(app: TestApp) {
    for origin in ["https://evil.example", "null"] {
        for path in POSTS.into_iter().chain(["/api/me", "/.well-known/jwks.json"]) {
            let preflight = app
                .request("OPTIONS", path)
                .without_header("sec-fetch-site")
                .header("sec-fetch-site", "cross-site")
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type");
            // Every response is checked to have no CORS header.
            preflight.await.assert_refused(ErrorCode::CrossSiteRequest);
        }
    }
}

#[app_test(each_policy)]
async fn pages_and_unknown_paths_are_protected_like_the_api(app: TestApp) {
    for path in ["/login", "/account", "/nothing", "/api/nothing", "/healthz"] {
        let response =
            app.request("POST", path).without_header("sec-fetch-site").header("sec-fetch-site", "cross-site").await;
        assert_eq!(response.status, 403, "{path}: {response:?}");
    }
}

#[app_test]
async fn a_browser_may_reach_a_server_on_this_machine_by_another_of_its_names(app: TestApp) {
    app.restart_with(|settings| settings.set("public_url", "http://localhost:3000")).await;
    let log_out = |origin: &str| app.post("/api/auth/logout").header("origin", origin);
    for origin in ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"] {
        log_out(origin).await.assert_status(204);
    }
    for origin in ["http://localhost:3001", "https://localhost:3000", "http://localhost.evil.example:3000", "null"] {
        log_out(origin).await.assert_refused(ErrorCode::CrossSiteRequest);
    }
    // The origin alone must be the public one.
    let without_site = log_out("http://127.0.0.1:3000").without_header("sec-fetch-site");
    without_site.await.assert_refused(ErrorCode::CrossSiteRequest);
}
