//! Response headers. Most of them are checked on every response of every test: see `support/invariants`.

use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

#[app_test(each_policy)]
async fn private_responses_are_not_stored(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for response in [
        app.log_in("ada@example.com", PASSWORD).await,
        ada.refresh().await,
        ada.me().await,
        ada.account().await,
        app.get("/api/nothing").await,
        app.get("/api/me").await,
        app.get("/api").await,
        app.get("/account").await,
        app.get("/").with_cookie_of(&ada).await,
        ada.log_out().await,
    ] {
        assert_eq!(response.header("cache-control"), Some("no-store"), "{response:?}");
    }
}

#[app_test]
async fn hsts_is_sent_only_where_the_origin_is_https(app: TestApp) {
    for path in ["/", "/healthz", "/api/me", "/nothing"] {
        let response = app.get(path).await;
        assert_eq!(response.header("strict-transport-security"), Some("max-age=63072000; includeSubDomains"));
    }

    app.restart_with(|settings| settings.set("public_url", "http://127.0.0.1:3000")).await;

    assert_eq!(app.get("/").await.header("strict-transport-security"), None);
}

#[app_test]
async fn api_responses_have_the_strictest_content_security_policy(app: TestApp) {
    for path in ["/api/me", "/healthz", "/.well-known/jwks.json", "/api/openapi.json"] {
        let response = app.get(path).await;
        let policy = response.header("content-security-policy").expect("a policy");
        assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    }
}

#[app_test(each_policy)]
async fn json_responses_have_a_content_type(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let responses = [ada.me().await, ada.account().await, ada.refresh().await, app.get("/api/openapi.json").await];
    for response in responses.into_iter().chain([app.get("/.well-known/jwks.json").await]) {
        assert_eq!(response.assert_ok().header("content-type"), Some("application/json"));
    }
}
