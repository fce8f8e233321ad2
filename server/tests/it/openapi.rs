//! The API description: `GET /api/openapi.json`.

use std::collections::HashSet;

use serde_json::Value;
use test_macros::app_test;

use crate::support::TestApp;

#[app_test]
async fn the_api_description_lists_the_paths(app: TestApp) {
    let api: Value = app.get("/api/openapi.json").await.assert_status(200).json();

    assert!(api["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", api["openapi"]);
    let paths: HashSet<_> = api["paths"].as_object().expect("paths").keys().map(String::as_str).collect();
    for path in [
        "/api/auth/methods",
        "/api/auth/register",
        "/api/auth/register/confirm",
        "/api/auth/register/resend",
        "/api/auth/login",
        "/api/auth/refresh",
        "/api/auth/logout",
        "/api/auth/confirm",
        "/api/me",
        "/api/account",
        "/api/account/password",
        "/api/admin/users",
        "/api/admin/users/{id}/disable",
        "/api/admin/users/{id}/enable",
        "/api/admin/users/{id}/sessions",
        "/.well-known/jwks.json",
        "/healthz",
        "/readyz",
    ] {
        assert!(paths.contains(path), "{path} is missing");
    }
}

#[app_test(sqlite)]
async fn the_api_description_has_the_version_of_the_api_not_of_the_build(app: TestApp) {
    let api: Value = app.get("/api/openapi.json").await.assert_status(200).json();
    assert_eq!(api["info"]["version"], "1");
}
